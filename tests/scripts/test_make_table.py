"""The example table of the documentation: made again byte for byte, and worth a network."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import KFold, cross_val_score

if TYPE_CHECKING:
    from collections.abc import Callable

    from sinefit.core.experiment import Experiment

ROOT = Path(__file__).parents[2]
_SPEC = importlib.util.spec_from_file_location("make_table", ROOT / "scripts/make_table.py")
assert _SPEC is not None
assert _SPEC.loader is not None
make_table = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(make_table)


def test_the_table_is_made_again_byte_for_byte(tmp_path: Path) -> None:
    """The script writes what the repository holds."""
    make_table.main(["--output", str(tmp_path / "new" / "ripening.csv")])
    assert (tmp_path / "new" / "ripening.csv").read_bytes() == make_table.TABLE.read_bytes()


def test_its_columns_are_of_all_kinds() -> None:
    """Numbers, a category of three levels and a boolean; 300 rows without gaps."""
    frame = pd.read_csv(make_table.TABLE)
    assert list(frame) == ["days", "temperature", "humidity", "variety", "waxed", "firmness"]
    assert len(frame) == 300
    assert not frame.isna().any().any()
    assert sorted(frame["variety"].unique()) == ["bosc", "comice", "conference"]
    assert frame["waxed"].dtype == bool


def test_a_network_beats_a_straight_line(experiment: Callable[..., Experiment]) -> None:
    """By scikit-learn's least squares r2 is about 0.7; the default network's is above 0.93."""
    from sinefit.core.run import run  # noqa: PLC0415 - loads torch

    frame = pd.get_dummies(pd.read_csv(make_table.TABLE), columns=["variety"]).astype(float)
    firmness = frame.pop("firmness")
    folds = KFold(5, shuffle=True, random_state=0)
    line = cross_val_score(LinearRegression(), frame, firmness, cv=folds, scoring="r2").mean()
    assert line == pytest.approx(0.7, abs=0.05)
    outcome = run(experiment("data=table", f"data.path={make_table.TABLE}", "data.target=firmness"))
    assert outcome.metrics["r2"] > 0.93
    assert outcome.metrics["test_r2"] > 0.93
