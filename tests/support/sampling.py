"""Searches by samplers that learn, without an app."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from hydra.core.utils import JobReturn, JobStatus
from hydra_plugins.sinefit_search._study import make_study
from searching import make_space

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from hydra_plugins.sinefit_search._space import Trial


class Killed(BaseException):
    """Ends a search in its middle."""


def task(_config: object) -> None:
    """A task function that knows of no finished jobs."""


def finder(_config: object) -> None:
    """A task function that knows its finished jobs."""


finder.prepare = lambda _jobs: ()  # type: ignore[attr-defined]


def returned(value: Any) -> JobReturn:
    """A job that returned this, or that an exception failed."""
    status = JobStatus.FAILED if isinstance(value, Exception) else JobStatus.COMPLETED
    return JobReturn(status=status, _return_value=value)


def search(
    folder: Path,
    words: Sequence[str],
    objective: Callable[..., Any],
    *,
    function: Any = task,
    kill_after: int | None = None,
    **fields: Any,
) -> list[list[Trial]]:
    """Run a search; the trials of its batches come back.

    Args:
        folder: the sweep's.
        words: as typed.
        objective: of the values of a trial and, where there are repeats, of the words of one.
        function: the app's task function.
        kill_after: end it in `tell`, when so many trials have been written.
        fields: of the sweeper.
    """
    space = make_space(*words, **fields)
    study = make_study(space, space.options, folder, function)
    if kill_after is not None:
        _kill_after(study._journal, kill_after)
    batches: list[list[Trial]] = []
    with contextlib.suppress(Killed):
        for trials in study.batches():
            batches.append(trials)
            study.tell(
                trials,
                [[returned(_call(objective, each, words)) for words in space.repeats] for each in trials],
            )
    return batches


def _call(objective: Callable[..., Any], trial: Trial, repeat: tuple[str, ...]) -> Any:
    try:
        return objective(trial.values, *([repeat] if repeat else []))
    except ArithmeticError as error:
        return error


def _kill_after(journal: Any, count: int) -> None:
    """Let the process die before it writes another trial."""
    add, written = journal.add, []

    def write(*arguments: Any) -> None:
        if len(written) == count:
            raise Killed
        written.append(add(*arguments))

    journal.add = write
