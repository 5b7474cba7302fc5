"""What the tests of tables share: run folders, and a sweep whose numbers are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from known_sweep import write_known_sweep
from run_folders import write_run, write_sweep

from sinefit.results.collection import collect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd


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
