"""Records spoiled at random: whatever reads them gives one message or succeeds, soon, and runs no code.

``python tests/support/spoiling.py FOLDER CASES SEED`` tries thousands of cases.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from spoiling import make_place, try_case

if TYPE_CHECKING:
    from pathlib import Path

CASES, COMMANDS = 14, 3


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run and a sweep as they are left."""
    folder = tmp_path_factory.mktemp("spoiled") / "made"
    make_place(folder)
    return folder


@settings(
    max_examples=CASES,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_spoiled_records_end_with_a_message(made: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Never a traceback, a hang, or code that ran."""
    monkeypatch.setattr(sys, "path", sys.path[:])
    assert not try_case(made, made.with_name("case"), seed, COMMANDS)
