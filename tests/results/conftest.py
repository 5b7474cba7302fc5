"""What the tests of tables share: run folders as sinefit and Hydra leave them, written at once."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from known_sweep import write_known_sweep
from made_records import make_result

from sinefit.results import collect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd


def write_run(folder: Path, *overrides: str, finished: bool = True, **changes: Any) -> Path:
    """A run folder with these overrides; `changes` are fields of its result."""
    (folder / ".hydra").mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(list(overrides), width=10_000, allow_unicode=True)
    (folder / ".hydra" / "overrides.yaml").write_text(text, encoding="utf-8")
    if finished:
        result = make_result(**{"overrides": list(overrides)} | changes)
        (folder / "result.json").write_text(json.dumps(asdict(result)), "utf-8")
    return folder


def write_sweep(folder: Path, *jobs: list[str]) -> Path:
    """A sweep folder with one finished job for each list of overrides."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "multirun.yaml").write_text("hydra: {}\n", encoding="utf-8")
    for number, overrides in enumerate(jobs):
        write_run(folder / str(number), *overrides)
    return folder


@pytest.fixture
def run_folder() -> Callable[..., Path]:
    """`write_run`, as a fixture."""
    return write_run


@pytest.fixture
def sweep_folder() -> Callable[..., Path]:
    """`write_sweep`, as a fixture."""
    return write_sweep


@pytest.fixture
def known_sweep(tmp_path: Path) -> Path:
    """`write_known_sweep` in a folder with a hostile name."""
    return write_known_sweep(tmp_path / "a <b>sweep<b> $x$", write_run)


@pytest.fixture
def table(known_sweep: Path) -> pd.DataFrame:
    """Its table."""
    return collect(str(known_sweep))
