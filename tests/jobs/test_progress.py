"""What is seen of a run and a sweep while they train."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from sinefit.jobs.pace import Pace
from sinefit.jobs.progress import Bar, RunReporter
from sinefit.jobs.sweep import Sweep
from sinefit.results.sentences import say

if TYPE_CHECKING:
    from pathlib import Path


class Terminal(io.StringIO):
    """A file that says that it is a terminal."""

    def isatty(self) -> bool:
        """Whether it is one."""
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which the test sets."""
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def made(tmp_path: Path, clock: list[float]) -> tuple[Sweep, Terminal]:
    """A sweep of 40 jobs on a terminal of 60 letters; the time stands at 100 s."""
    clock[0] = 100.0
    sweep, terminal = Sweep(tmp_path, "rmse", 40, in_processes=False), Terminal()
    sweep._bar = Bar("jobs", 40, Console(file=terminal, force_terminal=True, width=60, _environ={}))
    return sweep, terminal


class Ended:
    """What a sweep reads of a result."""

    def __init__(self, value: float = 0.25) -> None:
        self.objective: dict[str, Any] = {"value": value}
        self.status = "completed"


def test_time_left_is_that_of_the_sweep(made: tuple[Sweep, Terminal], clock: list[float]) -> None:
    """After a quarter of the first of two equal stacks, in 5 s, seven times as long is left."""
    sweep, terminal = made
    add = sweep.follow_stack(20, epochs=2000)
    clock[0] += 5
    add(500)
    assert sweep._left() == "35 s left"
    assert "0/40 jobs, 25% of a stack, 35 s left" in terminal.getvalue()


def test_what_was_found_done_tells_nothing_of_the_speed(
    made: tuple[Sweep, Terminal], clock: list[float]
) -> None:
    """Thirty jobs that were there already do not make the ten others quick."""
    sweep, _ = made
    for _ in range(30):
        sweep.count(Ended())
    assert sweep._left() == ""
    add = sweep.follow_stack(10, epochs=100)
    clock[0] += 4
    add(50)
    assert sweep._left() == "4.0 s left"


def test_a_run_by_itself_shows_its_epochs(made: tuple[Sweep, Terminal], clock: list[float]) -> None:
    """And the best so far and the time left, on 60 letters."""
    sweep, terminal = made
    with sweep.following_run(200) as show:
        sweep.count(Ended())
        clock[0] += 2
        show(type("Epoch", (), {"epoch": 50})())
    text = "1/40 jobs, best rmse 0.25, epoch 50/200, 62 s left"
    assert text in terminal.getvalue()


def test_jobs_that_end_do_not_take_the_bar_back(made: tuple[Sweep, Terminal], clock: list[float]) -> None:
    """The first result of a stack that is all trained leaves the share that it has reached."""
    sweep, _ = made
    add = sweep.follow_stack(40, epochs=400)
    clock[0] += 3
    add(399)
    left = sweep._left()
    sweep.count(Ended())
    assert sweep._left() == left == "0.0 s left"


def test_nothing_is_drawn_before_there_is_something_to_show(made: tuple[Sweep, Terminal]) -> None:
    """The plan stands on lines of its own, not behind a bar."""
    sweep, terminal = made
    with sweep:
        sweep.say(["40 jobs in a stack"])
        assert terminal.getvalue() == "40 jobs in a stack\n"


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"TERM": "unknown"}])
def test_a_terminal_without_cursor_has_lines(environment: dict[str, str]) -> None:
    """No bar where it could not be drawn over."""
    console = Console(file=Terminal(), _environ=environment)
    assert not Bar("jobs", 3, console).is_shown


def test_a_file_has_no_bar_whatever_the_colors() -> None:
    """FORCE_COLOR asks for colors, not for a bar in a file, nor for an empty line instead."""
    file = io.StringIO()
    with Bar("jobs", 3, Console(file=file, _environ={"FORCE_COLOR": "1", "TERM": "xterm"})) as bar:
        bar.show(3, ["best rmse 0.1"])
    assert not bar.is_shown
    assert file.getvalue() == ""


@pytest.mark.parametrize("width", [20, 30, 45, 60, 100])
def test_the_bar_fits_any_terminal(width: int) -> None:
    """What has no room is left out, the count never."""
    terminal = Terminal()
    bar = Bar("jobs", 10_032, Console(file=terminal, force_terminal=True, width=width, _environ={}))
    with bar:
        bar.show(9_999, ["12 failed", "best extrapolation_rmse 0.001234", "epoch 10/200", "12 s left"])
        shown = terminal.getvalue()
    assert "9,999/10,032 jobs" in shown
    assert shown.count("\n") == 0


def test_the_pace_of_now_counts(clock: list[float]) -> None:
    """Where slower jobs begin, the time left follows them, once they have been seen for a second."""
    pace = Pace()
    pace.start(0)
    clock[0] = 2.0
    assert pace.left(100, 110) == "0.2 s left"
    pace.start(100)
    clock[0] = 2.5
    assert pace.left(100.1, 110) == "0.2 s left"
    clock[0] = 5.0
    assert pace.left(101, 110) == "27 s left"


def test_words_are_not_broken() -> None:
    """Sentences are wrapped between words on a terminal, and not at all in a file; paths stay whole."""
    text = "jobs 0, 2 trained singly: optimizer LBFGS is none of SGD, Adam, AdamW, RMSprop, Adagrad"
    path = f"outputs/{'long' * 30}/results.csv"
    terminal, file = Terminal(), io.StringIO()
    for sentence in (text, path):
        say(sentence, Console(file=terminal, force_terminal=True, width=60, _environ={}))
        say(sentence, Console(file=file, width=60, _environ={}))
    assert file.getvalue() == f"{text}\n{path}\n"
    assert " ".join(terminal.getvalue().split()) == f"{text} {path}"
    assert len(terminal.getvalue().splitlines()[0]) <= 60
    assert path in terminal.getvalue().splitlines()


def test_what_is_said_of_a_run_is_a_plain_line(
    capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """It stands on the terminal without date and level, and in the log."""
    with caplog.at_level("INFO", logger="sinefit"):
        RunReporter().say(["store does not vary over the rows that train: no input"])
    assert capsys.readouterr().out == "store does not vary over the rows that train: no input\n"
    assert caplog.messages == ["store does not vary over the rows that train: no input"]
