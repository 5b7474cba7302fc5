"""Trains the members of a stack by the engine that they share; knows no files and no plans."""

from __future__ import annotations

import functools
import logging
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sinefit.core.fused.native.steps import NativeSteps
from sinefit.core.fused.progress import Checkpoints
from sinefit.core.fused.stack import Stack
from sinefit.core.fused.threads import merge
from sinefit.core.fused.vectorized import NotCompiledError, VectorizedSteps, explain_no_compiler
from sinefit.errors import SinefitError, plural

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence

    from sinefit.core.experiment import Experiment
    from sinefit.core.fused.member import Member
    from sinefit.core.fused.stack import OnEpochs
    from sinefit.core.fused.steps import Steps
    from sinefit.core.fused.threads import Cancellation
    from sinefit.core.outcome import Outcome
    from sinefit.core.plain import CheckpointStore

log = logging.getLogger("sinefit")

COMPILE_SECONDS = 10.0
"""What compiling a stack's step costs at most."""
SAVED_SECONDS = (4e-4, 5e-6)
"""What a compiled step saves: once, and for each run in it."""
PART = 32
"""Runs that a thread trains before it hands its results over and takes others. With 256 all threads end at
once, and a sweep of 1,008 jobs takes 22 s instead of 17."""


class EngineError(SinefitError):
    """The engine that an experiment names cannot train it."""


def refuse(experiment: Experiment, reason: str) -> EngineError:
    """The error for an experiment that the engine it names cannot train.

    Args:
        experiment: the run.
        reason: why, as a clause.
    """
    return EngineError(f"engine={experiment.engine} cannot train this run: {reason}; type engine=auto")


def choose_engine(members: Sequence[Member]) -> str:
    """What computes the steps of a stack: ``native``, ``compiled`` or ``eager``."""
    if members[0].network is not None:
        return "native"
    if members[0].experiment.engine != "auto":
        return members[0].experiment.engine
    if members[0].engine is not None:
        return members[0].engine
    return "compiled" if pays_to_compile(members) and not explain_no_compiler() else "eager"


def pays_to_compile(members: Sequence[Member]) -> bool:
    """Whether a stack of torch's may be compiled, and that saves more than it costs."""
    first = members[0]
    if first.network is not None or first.experiment.engine != "auto" or first.engine == "eager":
        return False
    steps = -(-len(first.samples.training.inputs) // first.experiment.data.batch_size)
    total = steps * max(member.experiment.trainer.max_epochs for member in members)
    once, each = SAVED_SECONDS
    return total * (once + each * len(members)) > COMPILE_SECONDS


def make_steps(members: Sequence[Member], engine: str) -> Steps:
    """What computes the steps of members.

    Args:
        members: the runs, with equal keys.
        engine: as `choose_engine` names it; where torch cannot compile, runs with ``engine=auto`` do without.

    Raises:
        EngineError: if the runs are to be compiled and cannot be.
    """
    if engine == "native":
        return NativeSteps(members)
    if all(member.is_left_at_once for member in members):  # nothing is left to compile steps for
        steps = VectorizedSteps(members, compiled=False)
        steps.engine = engine
        return steps
    try:
        return VectorizedSteps(members, compiled=engine == "compiled")
    except NotCompiledError as error:
        experiment = members[0].experiment
        if experiment.engine == "compiled":
            raise refuse(experiment, str(error)) from error
        _tell_not_compiled(str(error))
        return VectorizedSteps(members, compiled=False)


@functools.cache
def _tell_not_compiled(reason: str) -> None:
    """Say why steps are not compiled; once in a process."""
    log.warning("steps are not compiled: %s", reason)


def train_stack(
    members: Sequence[Member],
    *,
    workers: int | None = None,
    on_epoch: OnEpochs | None = None,
    stores: Sequence[CheckpointStore] | None = None,
) -> Iterator[tuple[int, Outcome | Exception | SystemExit]]:
    """Train members together; each one's index and its outcome, or what it raised, as soon as it is known.

    Where training breaks, what is left is trained again in two halves, and so on: what fails by itself fails
    alone, and the others keep their engine and so their bits.

    Args:
        members: the runs, with equal keys.
        workers: how many threads the C program computes in; None for one a processor.
        on_epoch: called now and then with the epochs trained, those of all runs, perhaps in a thread.
        stores: where each run's checkpoint is kept, for a sweep that is stopped on the way; None for none.
    """
    engine = choose_engine(members)
    training = _Training(engine, count_threads(engine, workers), on_epoch)
    yield from training.train_or_halve(members, stores)


@dataclass(frozen=True)
class _Training:
    """How a stack, and what becomes of it where it breaks, is trained; see `train_stack`."""

    engine: str
    threads: int
    on_epoch: OnEpochs | None

    def train_or_halve(
        self, members: Sequence[Member], stores: Sequence[CheckpointStore] | None
    ) -> Iterator[tuple[int, Outcome | Exception | SystemExit]]:
        """Train members; where that breaks, each half of those that are left."""
        left = dict.fromkeys(range(len(members)))
        try:
            for index, outcome in self._train(members, stores):
                del left[index]
                yield index, outcome
        except (Exception, SystemExit) as error:  # noqa: BLE001 - one run's fault must not cost the others
            if isinstance(error, EngineError) or len(members) == 1:
                yield from ((index, error) for index in left)
                return
            log.warning("a stack of %s broke, it is trained in halves: %r", plural(len(left), "run"), error)
        indices = list(left)
        middle = -(-len(indices) // 2)
        for half in (indices[:middle], indices[middle:]):
            if half:
                again = self.train_or_halve([members[i] for i in half], stores and [stores[i] for i in half])
                yield from ((half[at], result) for at, result in again)

    def _train(
        self, members: Sequence[Member], stores: Sequence[CheckpointStore] | None
    ) -> Iterator[tuple[int, Outcome]]:
        """Train members in one or several threads."""

        def train(indices: Sequence[int], cancellation: Cancellation) -> Iterator[tuple[int, Outcome]]:
            part = [members[index] for index in indices]
            checkpoints = Checkpoints([stores[index] for index in indices]) if stores else None

            def tell(epochs: int) -> None:
                cancellation.check()
                if self.on_epoch is not None:
                    self.on_epoch(epochs)

            for at, outcome in Stack(part, make_steps(part, self.engine)).train(tell, checkpoints):
                yield indices[at], outcome

        parts = _share_out(members, self.threads)
        yield from merge([functools.partial(train, part) for part in parts], self.threads)


def _share_out(members: Sequence[Member], threads: int) -> list[list[int]]:
    """Indices in equal parts, the largest models first; runs that share lanes or orders stay together."""
    if threads == 1:
        return [list(range(len(members)))]
    parts = threads * max(1, -(-len(members) // (PART * threads)))
    seen: dict[Hashable, int] = {}
    lanes = [seen.setdefault(member.lanes, len(seen)) for member in members]
    orders = [seen.setdefault(member.generator.numpy().tobytes(), len(seen)) for member in members]
    together = sorted(
        range(len(members)),
        key=lambda index: (-members[index].num_parameters, lanes[index], orders[index]),
    )
    size = -(-len(members) // parts)
    return [together[at : at + size] for at in range(0, len(members), size)]


def count_threads(engine: str, workers: int | None) -> int:
    """How many threads an engine trains a stack in.

    Args:
        engine: only the C program uses more than one.
        workers: how many were asked for; None for one a processor.
    """
    if engine != "native":
        return 1
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return workers or available
