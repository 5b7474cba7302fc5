"""Run folders as sinefit and Hydra leave them, written at once, with results that tests choose."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import yaml

from sinefit.record.result import Result

if TYPE_CHECKING:
    from pathlib import Path


def make_result(overrides: list[str], changes: dict[str, Any]) -> dict[str, Any]:
    """The content of a `result.json`."""
    result = Result(
        status="completed",
        error=None,
        message="",
        metrics={"rmse": 0.5, "r2": 0.25},
        objective={"name": "rmse", "value": 0.5},
        epochs=5,
        steps=10,
        seed=0,
        num_parameters=31,
        config_hash="ab12",
        choices={"optimizer": "sgd"},
        overrides=overrides,
        started="2026-11-23T10:00:00+00:00",
        train_seconds=0.25,
        engine={"name": "plain"},
        environment={},
    )
    return asdict(result) | changes


def write_run(folder: Path, *overrides: str, finished: bool = True, **changes: Any) -> Path:
    """A run folder with these overrides; `changes` are fields of its result."""
    (folder / ".hydra").mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(list(overrides), width=10_000, allow_unicode=True)
    (folder / ".hydra" / "overrides.yaml").write_text(text, encoding="utf-8")
    if finished:
        (folder / "result.json").write_text(json.dumps(make_result(list(overrides), changes)), "utf-8")
    return folder


def write_sweep(folder: Path, *jobs: list[str]) -> Path:
    """A sweep folder with one finished job for each list of overrides."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "multirun.yaml").write_text("hydra: {}\n", encoding="utf-8")
    for number, overrides in enumerate(jobs):
        write_run(folder / str(number), *overrides)
    return folder
