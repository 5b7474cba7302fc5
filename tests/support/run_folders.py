"""Run folders as sinefit and Hydra leave them, written at once, with results that tests choose."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import yaml
from made_records import make_result

if TYPE_CHECKING:
    from pathlib import Path


def write_run(folder: Path, *overrides: str, finished: bool = True, **changes: Any) -> Path:
    """A run folder with these overrides; `changes` are fields of its result."""
    (folder / ".hydra").mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(list(overrides), width=10_000, allow_unicode=True)
    (folder / ".hydra" / "overrides.yaml").write_text(text, encoding="utf-8")
    if finished:
        told = {"overrides": list(overrides), "config_hash": hashlib.sha256(text.encode()).hexdigest()}
        chosen = dict(word.split("=") for word in overrides if word.startswith("optimizer="))
        result = make_result(**told | {"choices": chosen} | changes)
        (folder / "result.json").write_text(json.dumps(asdict(result)), "utf-8")
    return folder


def write_sweep(folder: Path, *jobs: list[str]) -> Path:
    """A sweep folder with one finished job for each list of overrides."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "multirun.yaml").write_text("hydra: {}\n", encoding="utf-8")
    for number, overrides in enumerate(jobs):
        write_run(folder / str(number), *overrides)
    return folder
