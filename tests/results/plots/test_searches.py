"""Pictures of searches, against numpy: the best so far, slices, parallel coordinates with what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from made_tables import make_table
from run_folders import write_run

from sinefit.errors import SinefitError
from sinefit.results.collection import collect
from sinefit.results.plots import draw
from sinefit.results.plots.request import Request
from sinefit.results.plots.ticks import place_along
from sinefit.results.report import render_report

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

COUNT = 60
LOST = {3: "pruned", 5: "diverged", 7: "failed", 40: "pruned"}
"""Jobs that did not end as the others; they have lower errors than all of them."""
KEYS = ["optimizer", "optimizer.lr", "model.hidden_size", "optimizer.momentum"]


@pytest.fixture
def search() -> pd.DataFrame:
    """Sixty draws, the momentum of sgd alone; errors and their negatives."""
    dice = np.random.default_rng(0)
    errors = dice.lognormal(0, 1, COUNT) + 0.01
    rows = [
        {
            "sweep": "s",
            "job": job,
            "status": LOST.get(job, "completed"),
            "optimizer": "sgd" if job % 2 else "adam",
            "optimizer.lr": 10 ** dice.uniform(-4, -1),
            "model.hidden_size": int(dice.integers(4, 65)),
            "optimizer.momentum": dice.uniform() if job % 2 else None,
            "rmse": 0.001 if job in LOST else errors[job],
            "r2": 1.0 if job in LOST else -errors[job],
        }
        for job in range(COUNT)
    ]
    return make_table(rows, KEYS, ["rmse", "r2"])


@pytest.mark.parametrize(("metric", "accumulate"), [("rmse", np.minimum), ("r2", np.maximum)])
def test_the_best_so_far_is_a_running_extreme(
    search: pd.DataFrame, metric: str, accumulate: np.ufunc
) -> None:
    """Over the jobs that ended well; those that did not are jobs along the axis, and are told."""
    (panel,) = draw("best", Request(search, metric)).panels
    points, steps = panel.lines
    good = [job for job in range(COUNT) if job not in LOST]
    assert points.x == [job + 1 for job in good]
    assert points.is_faint
    expected = accumulate.accumulate(search[metric].to_numpy()[good])
    where = np.searchsorted(steps.x, [job + 1 for job in good], "right") - 1
    assert np.array(steps.y)[where].tolist() == expected.tolist()
    assert (steps.x[0], steps.x[-1], steps.marks) == (1, COUNT, "steps")
    notes = draw("best", Request(search, metric)).notes
    assert any("2 pruned, 1 diverged, 1 failed: counted as jobs, never the best" in note for note in notes)


def test_sweeps_are_told_apart(search: pd.DataFrame) -> None:
    """A line each, over its own jobs."""
    two = search.assign(sweep=["a"] * 20 + ["b"] * 40)
    two.attrs = search.attrs
    (panel,) = draw("best", Request(two)).panels
    assert {line.name: line.x[-1] for line in panel.lines if line.marks == "steps"} == {"a": 20, "b": 40}


def test_nothing_finite_has_no_best(search: pd.DataFrame) -> None:
    """All three kinds say that nothing can be drawn."""
    diverged = search.assign(status="diverged")
    diverged.attrs = search.attrs
    for kind in ("best", "slices", "parallel"):
        with pytest.raises(SinefitError, match="no run has a finite rmse"):
            draw(kind, Request(diverged))


def test_slices_have_a_panel_a_setting(search: pd.DataFrame) -> None:
    """Logarithmic where values are even in their logarithms; the best is a star, pruned runs are faint."""
    chart = draw("slices", Request(search))
    panels = {panel.x.label: panel for panel in chart.panels}
    assert set(panels) == set(KEYS)
    assert {name for name, panel in panels.items() if panel.x.is_log} == {"optimizer.lr"}
    assert panels["optimizer"].x.categories == ("adam", "sgd")
    lines = {line.name: line for line in panels["optimizer.lr"].lines}
    good = search[~search.index.isin(LOST)]
    best = good.loc[good["rmse"].idxmin()]
    assert (lines["the best"].x, lines["the best"].marks) == ([best["optimizer.lr"]], "star")
    assert lines["pruned"].is_faint
    assert lines["pruned"].x == search.loc[[3, 40], "optimizer.lr"].tolist()
    thirds = [lines[name] for name in ("first third of the jobs", "second third", "last third")]
    assert sum(len(line.x) for line in thirds) == len(good)
    assert thirds[1].x == good.loc[20:39, "optimizer.lr"].tolist()
    assert any("30 runs without optimizer.momentum: not in its panel" in note for note in chart.notes)


def test_what_was_drawn_on_a_log_scale_is_shown_on_one(search: pd.DataFrame) -> None:
    """Also where a sampler has left one end: the words of the sweep tell it."""
    search["optimizer.lr"] = 0.1 - search["optimizer.lr"] / 2
    assert not draw("slices", Request(search, by=("optimizer.lr",))).panels[0].x.is_log
    search.attrs["log_scaled"] = ["optimizer.lr"]
    assert draw("slices", Request(search, by=("optimizer.lr",))).panels[0].x.is_log


def test_parallel_lines_pass_below_what_they_lack(search: pd.DataFrame) -> None:
    """A run without a momentum is drawn, below all numbers; pruned runs are, without a color."""
    parallel = draw("parallel", Request(search)).parallel
    assert parallel is not None
    position = [axis.label for axis in parallel.axes].index("optimizer.momentum")
    momenta = parallel.runs[position]
    assert len(momenta) == COUNT - 2
    assert np.isnan(momenta).sum() == 30
    places, labels = place_along(parallel.axes[position], momenta)
    (below,) = [place for place, name in labels.items() if name == "unset"]
    assert places.count(below) == 30
    assert below < min(place for place in places if place != below)
    assert sum(parallel.is_pruned) == 2


@pytest.mark.parametrize("is_high_best", [False, True])
def test_the_front_is_made_of_steps(search: pd.DataFrame, *, is_high_best: bool) -> None:
    """Each value of one objective holds until a better one of the other; settings count by their medians."""
    second = "r2" if is_high_best else "num_parameters"
    sizes = [10.0, 20.0, 30.0, 40.0]
    rows = [
        {"sweep": "s", "lr": lr, "seed": seed, "front": lr < 3, "rmse": rmse + seed, second: size}
        for (lr, rmse), size in zip(enumerate([3.0, 2.0, 1.0, 5.0]), sizes, strict=True)
        for seed in (0, 1, 2)
    ]
    table = make_table(rows, ["lr"], ["rmse", "r2"] if is_high_best else ["rmse"])
    table.attrs["second_objective"] = second
    (panel,) = draw("front", Request(table, "rmse")).panels
    points, steps = panel.lines
    assert len(points.x) == 12
    x, y = [10.0, 20.0, 30.0], [4.0, 3.0, 2.0]
    assert (steps.x, steps.y) == ((x[::-1], y[::-1]) if is_high_best else (x, y))
    with pytest.raises(SinefitError, match="a front is of two objectives, and the runs have one"):
        draw("front", Request(search))


def write_search(folder: Path, lr_of: dict[int, float]) -> Path:
    """A sweep of these learning rates, by job."""
    (folder / "multirun.yaml").parent.mkdir(parents=True)
    (folder / "multirun.yaml").write_text("hydra: {}\n")
    for job, lr in lr_of.items():
        words = [f"optimizer.lr={lr}", f"model.hidden_size={8 * (1 + job % 2)}"]
        write_run(folder / str(job), *words, metrics={"rmse": lr + job})
    return folder


def test_the_report_chooses_by_what_was_swept(tmp_path: Path) -> None:
    """Of a search how it went on comes first; of a full grid it is left out."""
    search = collect(str(write_search(tmp_path / "search", {job: 0.01 * 1.3**job for job in range(16)})))
    page = render_report(search)
    headings = [
        page.index(f"<h3>{title}") for title in ("best rmse so far", "rmse against each", "rmse of 16")
    ]
    assert headings == sorted(headings)
    assert "16 values from 0.01 to " in page
    grid = collect(str(write_search(tmp_path / "grid", {job: (0.1, 0.1, 1.0, 1.0)[job] for job in range(4)})))
    page = render_report(grid)
    assert "<h3>best rmse so far" not in page
    assert "<h3>rmse against optimizer.lr" in page
