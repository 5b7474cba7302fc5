"""`run_many`: what `[run(e) for e in experiments]` gives, in stacks; knows no files.

What cannot be stacked is run alone, and the plan says why.
"""

from __future__ import annotations

import os
import time
from functools import partial
from typing import TYPE_CHECKING, Literal

from sinefit.core.experiment import run
from sinefit.core.fused.member import Workshop
from sinefit.core.fused.native.library import load_library
from sinefit.core.fused.native.steps import NativeSteps
from sinefit.core.fused.schedule import RunsAloneError
from sinefit.core.fused.stack import Stack
from sinefit.core.fused.threads import merge
from sinefit.core.fused.trial import Trials
from sinefit.core.fused.vectorised import VectorisedSteps, why_not_compiled
from sinefit.core.outcome import Outcome, last_losses

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    import torch
    from torch import nn

    from sinefit.core.experiment import Experiment
    from sinefit.core.fused.member import Member
    from sinefit.core.fused.stack import Ended, OnStackEpoch
    from sinefit.core.fused.steps import Steps
    from sinefit.core.fused.threads import Caller

    OnOutcome = Callable[[int, Outcome], None]

Engine = Literal["auto", "native", "compiled", "eager"]
"""``native``: the C program for what it knows, compiled steps for the rest. ``compiled``, ``eager``: steps by
torch for all. ``auto``: native where it can be, compiled where that pays."""

CHUNK_BYTES = 1_000_000
"""Parameters and optimizer state of a chunk of a stack: more does not stay in the cache."""
COMPILE_SECONDS = 10.0
"""What compiling a stack's step costs at most."""
SAVED_SECONDS = (4e-4, 5e-6)
"""What a compiled step saves: once, and for each run in it."""
PART = 256
"""Runs that a thread trains before it hands its results over and takes others."""
STATE_COPIES = 5
"""Vectors as long as the parameters that a stack holds: p, m, v, the kept ones, and the gradient."""
MOST_NAMES = 6
"""Models that a stack's line names."""


class Plan:
    """What is trained together, and what runs alone; experiments are added one by one.

    Args:
        engine: what computes the steps.

    Attributes:
        members: place of an experiment to its run made ready.
        alone: place of an experiment to the reason why it runs alone.
    """

    def __init__(self, engine: Engine = "auto") -> None:
        self.engine: Engine = engine
        self.members: dict[int, Member] = {}
        self.alone: dict[int, str] = {}
        self._stacks: dict[Hashable, list[int]] = {}
        self._workshops: dict[torch.dtype, Workshop] = {}
        self._trials = Trials()

    def add(self, place: int, experiment: Experiment) -> None:
        """Find the stack of an experiment.

        Raises:
            SinefitError: if it could not start.
        """
        try:
            member = self._workshop(experiment.dtype).make(experiment)
            if member.network is None:
                self._trials.require(member)
        except RunsAloneError as reason:
            self.alone[place] = str(reason)
            return
        self.members[place] = member
        self._stacks.setdefault(member.key, []).append(place)

    def why_not_native(self) -> list[str]:
        """Why the C program is not used, where it was wanted: one sentence each, usually none."""
        if self.engine not in {"auto", "native"}:
            return []
        return [reason for dtype in self._workshops if (reason := load_library(dtype).why_not)]

    def why_not_compiled(self) -> str:
        """Why steps by torch are not compiled, where they were to be; usually empty."""
        stacks = ([self.members[place] for place in places] for places in self.stacks())
        wanted = any(wants_compiling(members, self.engine) for members in stacks)
        return why_not_compiled() if wanted else ""

    def _workshop(self, dtype: torch.dtype) -> Workshop:
        if dtype not in self._workshops:
            native = self.engine in {"auto", "native"} and load_library(dtype).functions is not None
            self._workshops[dtype] = Workshop(native=native)
        return self._workshops[dtype]

    def stacks(self) -> list[list[int]]:
        """Places of experiments that share a stack, in chunks that fit the cache."""
        return [chunk for places in self._stacks.values() for chunk in cut(places, self.members)]

    def take(self, places: Sequence[int]) -> list[Member]:
        """Hand the members at these places over; the plan no longer holds them."""
        return [self.members.pop(place) for place in places]


def plan(experiments: Sequence[Experiment], engine: Engine = "auto") -> Plan:
    """Sort experiments into stacks, and those that run alone.

    Raises:
        SinefitError: if one could not start.
    """
    made = Plan(engine)
    for place, experiment in enumerate(experiments):
        made.add(place, experiment)
    return made


def cut(places: Sequence[int], members: dict[int, Member]) -> Iterator[list[int]]:
    """A stack of steps by torch in chunks whose parameters and state fit the cache.

    Each but the last holds a multiple of 64 runs. The C program has one run in the cache at a time.
    """
    first = members[places[0]]
    width = len(places)
    if first.network is None:
        bytes_each = 3 * first.num_parameters * first.experiment.dtype.itemsize
        width = max(64, CHUNK_BYTES // bytes_each // 64 * 64)
    for at in range(0, len(places), width):
        yield list(places[at : at + width])


def run_many(
    experiments: Sequence[Experiment],
    *,
    engine: Engine = "auto",
    workers: int | None = None,
    on_outcome: OnOutcome | None = None,
) -> list[Outcome]:
    """Train experiments together where they can be; the same as ``[run(e) for e in experiments]``.

    The results differ from those of `run` by rounding. A run's bits follow from its own experiment and what
    computes its steps (`Outcome.engine`), never from the runs that it is trained with, nor from `workers`.

    Args:
        experiments: what to run.
        engine: what computes the steps.
        workers: how many threads the C program computes in; None for one a processor.
        on_outcome: called with each run's place and outcome as soon as it is known.

    Raises:
        SinefitError: if an experiment could not start.
    """
    outcomes: dict[int, Outcome] = {}

    def done(place: int, outcome: Outcome) -> None:
        outcomes[place] = outcome
        if on_outcome is not None:
            on_outcome(place, outcome)

    made = plan(experiments, engine)
    for places in made.stacks():
        members = made.take(places)
        for index, outcome in train_stack(members, engine=engine, workers=workers):
            done(places[index], outcome)
    for place in made.alone:
        done(place, run(experiments[place]))
    return [outcomes[place] for place in range(len(experiments))]


def train_stack(
    members: Sequence[Member],
    *,
    engine: Engine = "auto",
    workers: int | None = None,
    on_epoch: OnStackEpoch | None = None,
) -> Iterator[tuple[int, Outcome]]:
    """Train members with equal keys; each outcome with its member's place, as it is known.

    Args:
        members: the runs.
        engine: what computes the steps.
        workers: how many threads the C program computes in; None for one a processor.
        on_epoch: called after each epoch with the number of runs that took part, perhaps in a thread.
    """
    program = choose_program(members, engine)
    threads = (workers or count_processors()) if program == "native" else 1
    parts = share_out(members, threads)
    started = time.perf_counter()

    def train(places: Sequence[int], caller: Caller) -> Iterator[tuple[int, Ended]]:
        own = [members[place] for place in places]

        def end_epoch(runs: int) -> None:
            caller.check()
            if on_epoch is not None:
                on_epoch(runs)

        for ended in Stack(own, make_steps(own, program)).train(end_epoch):
            yield places[ended.index], ended

    for place, ended in merge([partial(train, places) for places in parts], threads):
        seconds = (time.perf_counter() - started) / len(members)
        yield place, make_outcome(ended, seconds)


def share_out(members: Sequence[Member], threads: int) -> list[list[int]]:
    """Places of members in equal parts, some for each thread; what draws the same orders stays together."""
    if threads == 1:
        return [list(range(len(members)))]
    parts = threads * max(1, -(-len(members) // (PART * threads)))
    by_orders = sorted(range(len(members)), key=lambda place: members[place].generator.numpy().tobytes())
    size = -(-len(members) // parts)
    return [by_orders[at : at + size] for at in range(0, len(members), size)]


def make_steps(members: Sequence[Member], program: str) -> Steps:
    """What computes the steps of these members."""
    if program == "native":
        return NativeSteps(members)
    return VectorisedSteps(members, compiled=program == "compiled")


def choose_program(members: Sequence[Member], engine: Engine) -> str:
    """What computes the steps of a stack: ``native``, ``compiled`` or ``eager``."""
    if members[0].network is not None:
        return "native"
    return "compiled" if wants_compiling(members, engine) and not why_not_compiled() else "eager"


def wants_compiling(members: Sequence[Member], engine: Engine) -> bool:
    """Whether the steps of a stack are to be compiled by torch, if it can."""
    if members[0].network is not None or engine == "eager":
        return False
    return engine != "auto" or pays_to_compile(members)


def count_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def make_outcome(ended: Ended, seconds: float) -> Outcome:
    """The outcome of a run that left its stack; its training took its share of the stack's seconds."""
    seen = {} if ended.watch is None else ended.watch.summarize()
    return Outcome(
        status=ended.status,
        parameters=ended.member.state_dict(ended.parameters),
        history=ended.history,
        metrics=ended.evaluation.metrics | last_losses(ended.history) | seen,
        epochs=len(ended.history),
        steps=ended.steps,
        train_seconds=seconds,
        num_parameters=ended.member.num_parameters,
        message=ended.message,
        prediction=ended.evaluation.prediction,
        probe_log=None if ended.watch is None else ended.watch.log,
        engine=f"fused-{ended.program}",
    )


def pays_to_compile(members: Sequence[Member]) -> bool:
    """Whether compiling the stack's step saves more than it costs."""
    first = members[0]
    steps = -(-len(first.samples.training.inputs) // first.experiment.data.batch_size)
    total = steps * max(member.experiment.trainer.max_epochs for member in members)
    once, each = SAVED_SECONDS
    return total * (once + each * len(members)) > COMPILE_SECONDS


def describe_stack(members: Sequence[Member], *, engine: Engine = "auto") -> str:
    """One line on a stack: how many runs, what they share, and what computes their steps."""
    first = members[0].experiment
    names = dict.fromkeys(name_model(member.model) for member in members)
    losses = dict.fromkeys(type(member.experiment.loss).__name__ for member in members)
    points = len(members[0].samples.training.inputs)
    jobs = "1 job" if len(members) == 1 else f"{len(members)} jobs"
    shown = [*names][:MOST_NAMES] + (["..."] if len(names) > MOST_NAMES else [])
    return (
        f"{jobs} in a stack: {', '.join(shown)}; {', '.join(losses)}, batch {first.data.batch_size},"
        f" {points:,} points, {str(first.dtype).rpartition('.')[2]}, {choose_program(members, engine)}"
    )


def estimate_stack(
    members: Sequence[Member], *, engine: Engine = "auto", workers: int | None = None
) -> tuple[float, int]:
    """What a stack will take: seconds of training, by the time that an epoch takes here, and bytes.

    Compiling is not counted; a stack that would be compiled is timed without.
    """
    program = choose_program(members, engine)
    threads = (workers or count_processors()) if program == "native" else 1
    steps = make_steps(members, "eager" if program == "compiled" else program)
    steps.train_epoch(1)
    started = time.perf_counter()
    steps.train_epoch(1)
    epochs = max(member.experiment.trainer.max_epochs for member in members)
    seconds = (time.perf_counter() - started) * epochs / min(threads, len(members))
    numbers = sum(member.num_parameters for member in members)
    samples = {id(m.samples): m.samples for m in members}.values()
    points = sum(s.training.inputs.nbytes + s.training.targets.nbytes for s in samples)
    orders = 4 * len(members) * len(members[0].samples.training.inputs)
    state = STATE_COPIES * numbers * members[0].experiment.dtype.itemsize
    return seconds, state + points + orders + 2 * 8 * epochs * len(members)


def name_model(model: nn.Module) -> str:
    """A model's type and the sizes of its layers, as in ``MLP 1-10-1``."""
    shapes = [tuple(p.shape) for name, p in model.named_parameters() if name.endswith("weight")]
    sizes = "-".join(str(shape[-1]) for shape in shapes) + f"-{shapes[-1][0]}" if shapes else ""
    return f"{type(model).__name__} {sizes}".strip()
