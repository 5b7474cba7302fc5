"""Trials by a sampler that learns, in batches, and how a search goes on; must not know launchers.

A search that goes on asks its sampler for everything anew and tells it what `study.log` knows, so that
whatever comes next is what an uninterrupted search would have asked for.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hydra.core.utils import JobStatus
from hydra.errors import CompactHydraException
from hydra_plugins.sinefit_search._journal import Finished, Journal
from hydra_plugins.sinefit_search._objectives import read_objectives
from hydra_plugins.sinefit_search._sampler_study import SamplerStudy
from hydra_plugins.sinefit_search._samplers import choose_batch_size, describe_limits, require_able
from hydra_plugins.sinefit_search._search_facts import list_facts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import optuna
    from hydra.core.utils import JobReturn
    from hydra.types import TaskFunction
    from hydra_plugins.sinefit_search._options import Options
    from hydra_plugins.sinefit_search._space import Space, Trial

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Member:
    """A trial of a batch.

    Args:
        trial: its words and values.
        handle: what the sampler is told by; None of a trial that it knows already.
        finished: what the file knows of it; None if it has yet to run.
    """

    trial: Trial
    handle: optuna.Trial | None = None
    finished: Finished | None = None


class Study:
    """The trials of one search.

    Args:
        space: that is searched.
        options: of the sweeper.
        journal: of the sweep folder, perhaps with finished trials.
        facts: what decides the search, see `list_facts`.
        batch_size: trials that are asked for before any of them is told.
        launches_finished: whether finished trials are launched too, by a task function that knows them.
    """

    def __init__(  # noqa: PLR0913 - made in one place
        self,
        space: Space,
        options: Options,
        journal: Journal,
        facts: Mapping[str, str],
        batch_size: int,
        *,
        launches_finished: bool,
    ) -> None:
        self._space = space
        self._options = options
        self._journal = journal
        self._facts = facts
        self._batch_size = batch_size
        self._launches_finished = launches_finished
        self._known = journal.finished[: options.num_draws]
        self._sampler = SamplerStudy(space, options, batch_size)
        self._adopted: list[_Member] = []
        self._batch: list[_Member] = []
        self._count = 0
        self._has_learned = any(each.values is not None for each in self._known)

    @property
    def num_done(self) -> int:
        """How many trials are not launched, since they have ended before; those at the start."""
        return 0 if self._launches_finished else len(self._known)

    def batches(self) -> Iterator[list[Trial]]:
        """The trials that are to be launched; a batch is asked for when all before are told."""
        while self._count < (self._options.num_draws or 0):
            self._batch = self._next_batch()
            launched = [each.trial for each in self._batch if self._is_launched(each)]
            if launched:
                yield launched
            else:
                self.tell([], [])

    def tell(self, trials: Sequence[Trial], returns: Sequence[Sequence[JobReturn]]) -> None:
        """Hear what became of a batch.

        Args:
            trials: as `batches` gave them.
            returns: for each of them, what its repeats returned.

        Raises:
            CompactHydraException: if a job did not return what a sampler can learn from.
            Exception: what failed the first job, if all jobs of the search have failed so far.
        """
        del trials
        results = iter(returns)
        values = []
        for member in self._batch:
            repeats = next(results) if self._is_launched(member) else ()
            values.append(member.finished.values if member.finished else self._judge(repeats))
        self._has_learned |= any(each is not None for each in values)
        _report_failures(returns, ends_search=not self._has_learned)
        for member, each in zip(self._batch, values, strict=True):
            self._tell_one(member, each)
        self._sampler.end_batch()

    def _judge(self, repeats: Sequence[JobReturn]) -> tuple[float, ...] | None:
        return read_objectives(repeats, self._options.directions, self._options.repeats_by)

    def _tell_one(self, member: _Member, values: Sequence[float] | None) -> None:
        """Tell the sampler of a trial and, if the file does not know it, the file."""
        num = self._count
        self._count += 1
        if member.handle is None:
            return
        ended = self._sampler.tell(member.handle, values)
        if member.finished is None:
            first = num * self._space.num_repeats
            self._journal.add(ended, self._facts, range(first, first + self._space.num_repeats))

    def _is_launched(self, member: _Member) -> bool:
        return self._launches_finished or member.finished is None

    def _next_batch(self) -> list[_Member]:
        """The next trials, those that the file knows among them."""
        assert self._options.num_draws is not None  # noqa: S101 - a sampler that learns has a number
        size = min(self._batch_size, self._options.num_draws - self._count)
        if self._adopted:
            batch, self._adopted = self._adopted[:size], self._adopted[size:]
            return batch
        known = self._known[self._count : self._count + size]
        asked = [self._sampler.ask() for _ in range(size)]
        is_same = all(handle.params == each.params for (_, handle), each in zip(asked, known, strict=False))
        if is_same:
            finished = [*known, *[None] * (size - len(known))]
            return [_Member(*pair, each) for pair, each in zip(asked, finished, strict=True)]
        for _, handle in asked:
            self._sampler.tell(handle, None)
        self._sampler.end_batch()
        self._adopt_known()
        return self._next_batch()

    def _adopt_known(self) -> None:
        """Tell the sampler of all that the file knows and it would not suggest anew."""
        left = self._known[self._count :]
        log.info(
            "%s suggests other trials than those in %s, as on another machine or by another Optuna: it is"
            " told of the %d that have ended, and goes on from there",
            self._options.sampler,
            self._journal.path,
            len(left),
        )
        try:
            self._adopted = [
                _Member(self._sampler.adopt(each.params, each.values), None, each) for each in left
            ]
        except (LookupError, ValueError) as error:
            msg = f"{self._journal.path} holds a trial that is none of this search: {error}"
            raise CompactHydraException(msg) from error


def _report_failures(returns: Sequence[Sequence[JobReturn]], *, ends_search: bool) -> None:
    """Say which jobs failed: the search goes on without them.

    Raises:
        Exception: what failed the first of them, if that ends the search.
    """
    results = [result for repeats in returns for result in repeats]
    failed = [each for each in results if each.status is not JobStatus.COMPLETED]
    if not failed:
        return
    if ends_search:
        _ = failed[0].return_value  # raises it
    error = failed[0]._return_value  # noqa: SLF001 - `return_value` would raise it
    log.warning("%d of %d jobs failed, the first by %r", len(failed), len(results), error)


def make_study(space: Space, options: Options, sweep_dir: Path, task_function: TaskFunction) -> Study:
    """Where the trials of a sampler that learns come from.

    Args:
        space: that is searched.
        options: of the sweeper.
        sweep_dir: holds `study.log`, perhaps of a search that is to go on.
        task_function: the app's; one with an attribute `prepare` knows by itself which jobs are done.

    Raises:
        CompactHydraException: if the sampler cannot do what is asked for, or the folder holds the study of
            another search.
    """
    journal = Journal(sweep_dir, options.directions)
    known_size = journal.facts.get("hydra.sweeper.batch_size", "")
    is_known = options.batch_size is None and known_size.isdecimal() and int(known_size) > 0
    batch_size = int(known_size) if is_known else choose_batch_size(options)
    require_able(space, options, batch_size)
    finds_finished = hasattr(task_function, "prepare")
    facts = list_facts(space, options, batch_size, with_fixed=not finds_finished)
    journal.require_same(facts)
    for line in describe_limits(space, str(options.sampler)):
        log.info(line)
    return Study(space, options, journal, facts, batch_size, launches_finished=finds_finished)
