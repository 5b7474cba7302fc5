"""Runs on tables as they lie on disk, with predictions that tests choose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import yaml
from run_folders import write_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Rows = Sequence[tuple[float | None, float, float]]


def make_rows(error: float, count: int = 12) -> Rows:
    """Rows of a table with several inputs: targets from 0 to 10, each predicted too high by `error`."""
    return [(None, target, target + error) for target in np.linspace(0, 10, count).tolist()]


def write_table_run(  # noqa: PLR0913 - a record has that many parts
    folder: Path,
    rows: Rows | None,
    *,
    inputs: Sequence[str] = ("a", "b"),
    target: str = "firmness",
    file: str = "f00d",
    validation: int = 12,
    seed: int = 0,
) -> Path:
    """A finished run on a table, whose rmse is that of its rows.

    Args:
        folder: where to.
        rows: x, target and prediction; None writes no prediction.
        inputs: columns.
        target: the column.
        file: the hash of its content.
        validation: how many rows validate.
        seed: of the run.
    """
    errors = np.array([prediction - target for _, target, prediction in rows or [(None, 0.0, 9.0)]])
    rmse = float(np.sqrt((errors**2).mean()))
    overrides = ["data=table", f"data.path={file}.csv", f"data.target={target}", f"seed={seed}"]
    write_run(folder, *overrides, metrics={"rmse": rmse}, seed=seed)
    described = {
        "file": {"name": f"{file}.csv", "sha256": file},
        "reading": {},
        "inputs": {"inputs": [{"name": name} for name in inputs], "constant": []},
        "targets": [target],
        "rows": {"training": 30, "validation": validation, "test": 12},
    }
    (folder / "data.json").write_text(json.dumps(described), "utf-8")
    (folder / "history.csv").write_text("epoch,train_loss,validation_loss,lr\n1,0.5,0.6,0.1\n2,0.2,0.3,0.1\n")
    if rows is not None:
        lines = [f"{'' if x is None else x},{target},{prediction}" for x, target, prediction in rows]
        (folder / "prediction.csv").write_text("\n".join(["x,target,prediction", *lines, ""]))
    config = {"data": {"path": f"{file}.csv", "target": target}, "seed": seed}
    (folder / ".hydra" / "config.yaml").write_text(yaml.safe_dump(config))
    return folder


def write_table_sweep(sweep: Path, *predictions: Rows, inputs: Sequence[str] = ("a", "b")) -> Path:
    """A sweep over seeds on one table, a run for each of the predictions."""
    for seed, rows in enumerate(predictions):
        write_table_run(sweep / str(seed), rows, inputs=inputs, seed=seed)
    (sweep / "multirun.yaml").write_text("hydra: {}\n")
    return sweep
