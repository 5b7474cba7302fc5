"""Run folders on a table as sinefit leaves them, written at once: their networks are drawn, not trained."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
import yaml
from run_folders import write_run

from sinefit.core.data.files.reading import read_table
from sinefit.core.data.scaling import Scaled, learn_scaling
from sinefit.core.data.table.encoding import encode_targets, learn_encoder
from sinefit.core.models import MLP

if TYPE_CHECKING:
    from pathlib import Path

INPUTS = ("length", "is_wet", "color")
NUM_PARTS = 3
TEST = 4
"""Rows whose number has this remainder by 5 test, whatever the split."""


def write_table(path: Path, num_rows: int = 60, seed: int = 0) -> pd.DataFrame:
    """A csv file with a number, a truth value, a category, a text and the target ``y``; gives its rows.

    The columns part0, part1 and part2 say which rows train, validate and test.

    Args:
        path: the file.
        num_rows: 10 or more.
        seed: of the rows.
    """
    draw = np.random.default_rng(seed)
    length = draw.normal(1e3, 50, num_rows)
    is_wet = draw.random(num_rows) < 0.5
    color = draw.choice(["red", "green", "blue"], num_rows)
    y = 5 + 0.01 * length + 3 * is_wet + 2 * (color == "red") + draw.normal(0, 0.1, num_rows)
    notes = [f"note {number}, {value:.3f}" for number, value in enumerate(length)]
    rows = pd.DataFrame({"length": length, "is_wet": is_wet, "color": color, "note": notes})
    numbers = np.arange(num_rows)
    for part in range(NUM_PARTS):
        said = np.where(numbers % NUM_PARTS == part, "validation", "train")
        rows[f"part{part}"] = np.where(numbers % 5 == TEST, "test", said)
    rows["y"] = y
    path.parent.mkdir(parents=True, exist_ok=True)
    rows.to_csv(path, index=False)
    return rows


def write_table_run(
    folder: Path,
    table: Path,
    *overrides: str,
    seed: int = 0,
    part: int = 0,
    model: dict[str, Any] | None = None,
    **changes: Any,
) -> Scaled:
    """A finished run on a table of `write_table`; gives its model.

    Args:
        folder: the run's.
        table: the file.
        overrides: as typed.
        seed: of the network.
        part: the number of the column that says which rows train; encoding and scaling are learned from them.
        model: settings of an `MLP` beside the sizes of inputs and outputs, which are ``auto``.
        changes: fields of the result.
    """
    file = read_table(table)
    rows = np.flatnonzero(pd.read_csv(table)[f"part{part}"] == "train")
    encoder = learn_encoder(file, INPUTS, rows, missing="mean", unknown="error")
    settings = {"hidden_size": 6, **(model or {})}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = MLP(len(encoder.names), output_size=1, **settings)
    inputs = torch.from_numpy(encoder.encode(file, rows))
    targets = torch.from_numpy(encode_targets(file, ["y"], rows))
    scaled = Scaled(network, learn_scaling(inputs, "standard"), learn_scaling(targets, "standard"))
    write_run(folder, *overrides, seed=seed, **changes)
    node = {"_target_": "sinefit.core.models.MLP", "input_size": "auto", "output_size": "auto", **settings}
    config = {"model": node, "dtype": "float32", "seed": seed, "data": data_node(table, part)}
    (folder / ".hydra" / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (folder / "history.csv").write_text("epoch,train_loss,validation_loss,lr\n1,0.5,0.5,0.1\n")
    torch.save(scaled.state_dict(), folder / "model.pt")
    data = {
        "file": {
            "name": table.name,
            "rows": file.num_rows,
            "columns": len(file.columns),
            "sha256": hashlib.sha256(table.read_bytes()).hexdigest(),
        },
        "reading": {"sep": None, "decimal": ".", "encoding": "utf-8"},
        "inputs": encoder.to_plain(),
        "targets": ["y"],
        "rows": {"training": len(rows), "validation": 10, "test": 10},
    }
    (folder / "data.json").write_text(json.dumps(data), encoding="utf-8")
    return scaled.eval()


def data_node(table: Path, part: int) -> dict[str, Any]:
    """The settings of the data of a run.

    Args:
        table: the file.
        part: the number of the column that says which rows train.
    """
    return {
        "_target_": "sinefit.core.data.Table",
        "path": str(table),
        "target": "y",
        "inputs": list(INPUTS),
        "missing": "mean",
        "split": "column",
        "split_column": f"part{part}",
    }


def encode_by_hand(rows: pd.DataFrame, colors: tuple[str, ...] = ("blue", "green", "red")) -> torch.Tensor:
    """The encoded inputs (N, I) of rows, as pandas makes them.

    Args:
        rows: with the columns `INPUTS`.
        colors: levels of the training rows, sorted.
    """
    encoded = pd.DataFrame({"length": rows["length"], "is_wet": rows["is_wet"].astype(float)})
    for color in colors:
        encoded[f"color={color}"] = (rows["color"] == color).astype(float)
    return torch.tensor(encoded.to_numpy(dtype=float))
