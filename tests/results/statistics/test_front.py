"""The front of two objectives against the definition, and the column of tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_records import make_result
from run_folders import write_run, write_sweep

from sinefit.results.collection import collect
from sinefit.results.statistics.front import front, is_on_front

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def by_definition(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Every point against every other one."""
    no_worse = (points[None] <= points[:, None]).all(-1)
    better = (points[None] < points[:, None]).any(-1)
    return ~(no_worse & better).any(1) & np.isfinite(points).all(1)


VALUES = st.sampled_from([-1.0, 0.0, 0.5, 1.0, 2.0, np.inf]) | st.floats(-5, 5)


@given(st.lists(st.tuples(VALUES, VALUES), max_size=30))
def test_points_on_the_front(pairs: list[tuple[float, float]]) -> None:
    """Those that no other point dominates, ties among them; infinite ones never."""
    points = np.array(pairs, float).reshape(-1, 2)
    finite = np.isfinite(points).all(1)
    expected = np.zeros(len(points), bool)
    expected[finite] = by_definition(points[finite])
    assert is_on_front(points).tolist() == expected.tolist()


def write_job(sweep: Path, job: int, size: int, seed: int, rmse: float | None, **changes: Any) -> None:
    """A job with the objective r2, which is to be large, and few parameters."""
    metrics = {"r2": rmse} if rmse is not None else {}
    second = {"name": "num_parameters", "value": size, "direction": "minimize"}
    objective = {"name": "r2", "value": rmse, "direction": "maximize", "second": second}
    fields = {"metrics": metrics, "objective": objective, "num_parameters": size, "seed": seed} | changes
    write_run(sweep / str(job), f"model.hidden_size={size}", f"seed={seed}", **fields)


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    """Three repeats of four sizes: 4 and 16 are on the front, 8 is dominated, 2 diverged."""
    folder = write_sweep(tmp_path / "sweep")
    scores = {4: (0.5, 0.9, 0.4), 8: (0.4, 0.45, 0.99), 16: (0.8, 0.7, 0.6), 2: (0.9, None, None)}
    job = 0
    for size, values in scores.items():
        for seed, value in enumerate(values):
            changes = {} if value is not None else {"status": "diverged", "metrics": {"r2": 5.0}}
            write_job(folder, job, size, seed, value, **changes)
            job += 1
    return folder


def test_the_column(sweep: Path) -> None:
    """It says of all repeats whether their settings are on the front, by medians over seeds."""
    table = collect(str(sweep))
    by_size = table.groupby("model.hidden_size")["front"].unique().map(list).to_dict()
    assert by_size == {2: [False], 4: [True], 8: [False], 16: [True]}
    assert table["front"].dtype == bool


def test_the_settings_on_the_front(sweep: Path) -> None:
    """The best by the first objective first, with the medians of both."""
    found = front(collect(str(sweep)))
    assert found.to_dict("list") == {
        "model.hidden_size": [16, 4],
        "n": [3, 3],
        "r2": [0.7, 0.5],
        "num_parameters": [16.0, 4.0],
    }


def test_each_sweep_has_its_own(sweep: Path, tmp_path: Path) -> None:
    """A better sweep beside it takes nothing from a front; single runs are on none."""
    other = write_sweep(tmp_path / "other")
    write_job(other, 0, 3, 0, 0.99)
    write_run(tmp_path / "single", "seed=0", objective=make_result().objective)
    table = collect([str(sweep), str(other), str(tmp_path / "single")])
    assert table.groupby("sweep")["front"].sum().to_dict() == {str(other): 1, str(sweep): 6}
    assert not table[table["sweep"].isna()]["front"].any()


def test_no_second_objective(tmp_path: Path) -> None:
    """Then there is no column."""
    assert "front" not in collect(str(write_sweep(tmp_path / "sweep", ["seed=0"], ["seed=1"])))
