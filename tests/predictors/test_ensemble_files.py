"""The file of an ensemble, which may be anybody's: what is foreign, broken or code is refused."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import torch
from table_runs import write_table, write_table_run

import sinefit
from sinefit.predictors import joining
from sinefit.predictors.ensemble_file import read_ensemble, write_ensemble

if TYPE_CHECKING:
    from pathlib import Path


def write_one(folder: Path) -> None:
    """The file ``e.sinefit`` with a single member of hidden size 3."""
    write_table(folder / "rows.csv")
    write_table_run(folder / "run", folder / "rows.csv", model={"hidden_size": 3})
    write_ensemble(folder / "e.sinefit", joining.join_runs(joining.load_candidates([["run"]])))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": "other"}, "is no file of an ensemble of sinefit"),
        ({"members": {}}, "is no file of an ensemble of sinefit"),
        ({"members": []}, "its members must be one or more"),
        ({"members": [3]}, "member 1 is no network of sinefit: model, dtype"),
        ({"version": 2}, "has version 2 of an ensemble; this sinefit reads 1"),
    ],
)
def test_a_foreign_file_is_refused(folder: Path, change: dict[str, Any], message: str) -> None:
    """With its name and what is wrong."""
    write_one(folder)
    content = torch.load(folder / "e.sinefit", weights_only=True)
    torch.save(content | change, folder / "e.sinefit")
    with pytest.raises(sinefit.RecordError, match=message):
        sinefit.load("e.sinefit")


NODE = {"_target_": "sinefit.core.models.MLP", "input_size": 5, "output_size": 1, "hidden_size": 3}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"dtype": "save"}, "dtype is missing or of a wrong kind"),
        ({"weight": float("nan")}, "weight is missing or of a wrong kind"),
        ({"weight": -1.0}, "weight is missing or of a wrong kind"),
        ({"state": {"a": 1}}, "state is missing or of a wrong kind"),
        ({"state": {}}, "must hold input_shift of 5 columns, got none"),
        ({"data": "{"}, "member 1 is broken"),
        ({"data": "[" * 100_000}, "member 1 is broken"),
        ({"data": "[]"}, "is no record of a table"),
        ({"model": json.dumps(NODE | {"_target_": "os.abort"})}, r"'os\.abort'.*trust=os"),
        ({"model": json.dumps(NODE | {"activation": {"_target_": "tripwire.make"}})}, r"'tripwire\.make'"),
        ({"model": json.dumps(NODE | {"activation": "${oc.env:HOME}"})}, "without references"),
        ({"model": "[]"}, "without references"),
        ({"model": json.dumps(NODE | {"hidden_size": 10**12})}, "which has more numbers"),
        ({"model": json.dumps(NODE | {"hidden_size": 4})}, "does not fit the model"),
    ],
)
def test_a_file_runs_no_code(folder: Path, change: dict[str, Any], message: str) -> None:
    """What a member names is built only if it is sinefit's or torch's, and fits its weights."""
    write_one(folder)
    content = torch.load(folder / "e.sinefit", weights_only=True)
    content["members"][0] |= change
    torch.save(content, folder / "e.sinefit")
    with pytest.raises(sinefit.RecordError, match=message):
        read_ensemble("e.sinefit")


def test_a_pickle_with_code_is_refused(folder: Path) -> None:
    """It is named, and its code does not run."""
    torch.save({"format": print}, folder / "e.sinefit")
    with pytest.raises(sinefit.RecordError, match=r"e\.sinefit is no state_dict that can be read safely"):
        sinefit.load("e.sinefit")
