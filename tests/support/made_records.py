"""Records of runs that nobody trained: results and outcomes with what a test cares for."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import torch

from sinefit.record.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def make_result(**changes: Any) -> Result:
    """A completed run's result; `changes` are fields of it."""
    fields: dict[str, Any] = {
        "status": "completed",
        "error": None,
        "message": "",
        "metrics": {"rmse": 0.5, "r2": 0.25},
        "objective": {"name": "rmse", "value": 0.5, "direction": "minimize"},
        "epochs": 5,
        "steps": 10,
        "seed": 0,
        "num_parameters": 31,
        "config_hash": "ab12",
        "choices": {"optimizer": "sgd"},
        "overrides": ["seed=0"],
        "started": "2026-11-23T10:00:00+00:00",
        "train_seconds": 0.25,
        "engine": {"name": "plain", "runs_together": 1, "threads": 1},
        "environment": {},
    }
    return Result(**fields | changes)


def make_outcome(
    history: Iterable[Sequence[float | None]] = (),
    prediction: Iterable[tuple[float, float, float]] | None = None,
    probe: tuple[Sequence[str], Sequence[Sequence[float]]] | None = None,
) -> Any:
    """What `RunFolder.write` takes of an outcome.

    Args:
        history: its rows.
        prediction: rows of x, target and prediction.
        probe: names, and rows that begin with the step.
    """
    seen = log = None
    if prediction is not None:
        inputs, targets, outputs = torch.tensor(list(prediction), dtype=torch.float64).T
        seen = SimpleNamespace(inputs=inputs, targets=targets, outputs=outputs)
    if probe is not None:
        names, rows = probe
        log = SimpleNamespace(names=names, steps=[row[0] for row in rows], rows=[row[1:] for row in rows])
    return SimpleNamespace(parameters={}, data={}, history=list(history), prediction=seen, probe_log=log)
