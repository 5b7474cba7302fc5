"""Ctrl-C and SIGTERM, which wait while a record is written."""

from __future__ import annotations

import importlib
import logging
import os
import signal
import subprocess
import sys
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from sinefit.interrupts import Interrupts, start
from sinefit.record.folder import RunFolder
from sinefit.results import ending

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SIGNALS = [signal.SIGINT, signal.SIGTERM]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_held_signal_comes_after_the_block(number: signal.Signals) -> None:
    """The block is done as a whole; then the signal stops the program, and the old handlers are back."""
    interrupts, before = Interrupts(), [signal.getsignal(number) for number in SIGNALS]
    if number == signal.SIGTERM:
        interrupts.install()
    done: list[int] = []

    def block() -> None:
        with interrupts.held():
            signal.raise_signal(number)
            done.append(1)

    with pytest.raises(KeyboardInterrupt):
        block()
    assert done == [1]
    assert interrupts.exit_code() == 128 + number
    signal.signal(signal.SIGTERM, before[1])
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_without_a_signal_nothing_happens() -> None:
    """Blocks without a signal, and blocks in other threads, run as they are."""
    done: list[int] = []

    def block() -> None:
        with Interrupts().held():
            done.append(1)

    block()
    thread = threading.Thread(target=block)
    thread.start()
    thread.join()
    assert done == [1, 1]


def test_ctrl_c_while_torch_is_imported(tmp_path: Path) -> None:
    """The import ends as a whole before the signal stops the program."""
    (tmp_path / "torch.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\nwhole = True\n")
    code = """
import sys
from sinefit.interrupts import loading_modules
try:
    with loading_modules():
        import torch
except KeyboardInterrupt:
    print(sys.modules["torch"].whole)
"""
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("True\n", "")


def test_ctrl_c_while_the_command_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command ends with Ctrl-C's exit code, from its first moment on."""
    before = signal.getsignal(signal.SIGTERM)
    command = SimpleNamespace(main=pytest.fail)
    monkeypatch.setattr(importlib, "import_module", lambda _: signal.raise_signal(signal.SIGINT) or command)
    with pytest.raises(SystemExit) as stop:
        start()
    assert stop.value.code == 130
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_while_the_final_table_is_written(
    sinefit: Callable[..., tuple[int, str, str]],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    """The table is whole, and the exit code is the signal's."""
    write = ending.write_sweep_table
    monkeypatch.setattr(
        ending, "write_sweep_table", lambda *each: signal.raise_signal(number) or write(*each)
    )
    small = ("trainer=quick", "data.num_points=40", "hydra.sweep.dir=sweep")
    code, out, err = sinefit("-m", *small, "seed=0,1")
    assert (code, err) == (128 + number, "")
    assert "table: sweep/results.csv" in out
    assert all((folder / "sweep" / name).stat().st_size for name in ("results.csv", "results.parquet"))


class Press(logging.Handler):
    """Presses Ctrl-C when the log says that a run is completed, which is before its picture is drawn."""

    def emit(self, record: logging.LogRecord) -> None:
        """Send the signal."""
        if record.getMessage().startswith("completed after"):
            signal.raise_signal(signal.SIGINT)


def test_ctrl_c_while_a_run_is_recorded(sinefit: Callable[..., tuple[int, str, str]], folder: Path) -> None:
    """The record is whole, picture included, the summary is shown, and the exit code is that of Ctrl-C."""
    press = "+hydra.job_logging.handlers.press.class=test_interrupts.Press"
    handlers = "hydra.job_logging.root.handlers=[console,file,press]"
    code, out, err = sinefit("trainer=quick", "data.num_points=40", "hydra.run.dir=here", press, handlers)
    assert (code, err) == (130, "")
    assert "completed after 5 epochs" in out
    assert RunFolder(folder / "here").read_result().status == "completed"
    assert (folder / "here" / "fit.png").stat().st_size > 0
