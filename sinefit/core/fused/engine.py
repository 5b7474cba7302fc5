"""`run_many`: what `[run(e) for e in experiments]` gives, in stacks; knows no files.

What cannot be stacked is run alone, and the plan says why.
"""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING, Literal

import torch

from sinefit.core.experiment import run
from sinefit.core.fused.member import RunsAloneError, make_member, try_vectorised
from sinefit.core.fused.stack import Stack
from sinefit.core.metrics import evaluate
from sinefit.core.outcome import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from sinefit.core.experiment import Experiment
    from sinefit.core.fused.member import Member
    from sinefit.core.fused.stack import Ended

    OnOutcome = Callable[[int, Outcome], None]

Compile = Literal["auto"] | bool

CHUNK_BYTES = 1_000_000
"""Parameters and optimizer state of a chunk of a stack: more does not stay in the cache."""
COMPILE_SECONDS = 10.0
"""What compiling a stack's step costs at most."""
SAVED_SECONDS = (4e-4, 5e-6)
"""What a compiled step saves: once, and for each run in it."""


class Plan:
    """What is trained together, and what runs alone; experiments are added one by one.

    Attributes:
        members: place of an experiment to its run made ready.
        alone: place of an experiment to the reason why it runs alone.
    """

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self.alone: dict[int, str] = {}
        self._stacks: dict[Hashable, list[int]] = {}

    def add(self, place: int, experiment: Experiment) -> None:
        """Find the stack of an experiment.

        Raises:
            SinefitError: if it could not start.
        """
        try:
            member = make_member(experiment)
            if member.key not in self._stacks:
                try_vectorised(member)
        except RunsAloneError as reason:
            self.alone[place] = str(reason)
            return
        self.members[place] = member
        self._stacks.setdefault(member.key, []).append(place)

    def stacks(self) -> list[list[int]]:
        """Places of experiments that share a stack, in chunks that fit the cache."""
        return [chunk for places in self._stacks.values() for chunk in cut(places, self.members)]

    def take(self, places: Sequence[int]) -> list[Member]:
        """Hand the members at these places over; the plan no longer holds them."""
        return [self.members.pop(place) for place in places]


def plan(experiments: Sequence[Experiment]) -> Plan:
    """Sort experiments into stacks, and those that run alone.

    Raises:
        SinefitError: if one could not start.
    """
    made = Plan()
    for place, experiment in enumerate(experiments):
        made.add(place, experiment)
    return made


def cut(places: Sequence[int], members: dict[int, Member]) -> Iterator[list[int]]:
    """A stack in chunks whose parameters and state fit the cache; a multiple of 64 runs each but the last."""
    bytes_each = 3 * sum(p.numel() * p.element_size() for p in members[places[0]].model.parameters())
    width = max(64, CHUNK_BYTES // bytes_each // 64 * 64)
    for at in range(0, len(places), width):
        yield list(places[at : at + width])


def run_many(
    experiments: Sequence[Experiment],
    *,
    compile: Compile = "auto",  # noqa: A002 - torch's name for it
    on_outcome: OnOutcome | None = None,
) -> list[Outcome]:
    """Train experiments together where they can be; the same as ``[run(e) for e in experiments]``.

    The results differ from those of `run` by rounding. A run's bits follow from its own experiment and the
    engine (eager or compiled), never from the runs that it is trained with.

    Args:
        experiments: what to run.
        compile: whether steps are compiled; ``auto`` decides by the work ahead.
        on_outcome: called with each run's place and outcome as soon as it is known.

    Raises:
        SinefitError: if an experiment could not start.
    """
    outcomes: dict[int, Outcome] = {}

    def done(place: int, outcome: Outcome) -> None:
        outcomes[place] = outcome
        if on_outcome is not None:
            on_outcome(place, outcome)

    made = plan(experiments)
    for places in made.stacks():
        members = made.take(places)
        for index, outcome in train_stack(members, compile=compile):
            done(places[index], outcome)
    for place in made.alone:
        done(place, run(experiments[place]))
    return [outcomes[place] for place in range(len(experiments))]


def train_stack(members: Sequence[Member], *, compile: Compile = "auto") -> Iterator[tuple[int, Outcome]]:  # noqa: A002 - torch's name for it
    """Train members with equal keys; each outcome with its member's place, as it is known."""
    compiled = pays_to_compile(members) if compile == "auto" else compile
    started = time.perf_counter()
    with torch._dynamo.config.patch(recompile_limit=1024):  # noqa: SLF001 - a compilation for each stack
        for ended in Stack(members, compiled=compiled).train():
            seconds = (time.perf_counter() - started) / len(members)
            yield ended.index, make_outcome(ended, seconds, "fused-compiled" if compiled else "fused-eager")


def make_outcome(ended: Ended, seconds: float, engine: str) -> Outcome:
    """The outcome of a run that left its stack; its training took its share of the stack's seconds."""
    member, track = ended.track.member, ended.track
    model, at = member.model, 0
    with torch.no_grad():
        for p in model.parameters():
            p.copy_(ended.kept_P[at : at + p.numel()].view_as(p))
            at += p.numel()
    metrics = evaluate(model, member.samples)
    if track.history:
        metrics["train_loss"] = track.history[-1].train_loss
        evaluated = [row.validation_loss for row in track.history if row.validation_loss is not None]
        metrics |= {"validation_loss": evaluated[-1]} if evaluated else {}
    return Outcome(
        status=ended.status,
        parameters={name: value.detach().cpu().clone() for name, value in model.state_dict().items()},
        history=tuple(track.history),
        metrics=metrics,
        epochs=len(track.history),
        steps=track.steps,
        train_seconds=seconds,
        num_parameters=at,
        message=track.message,
        engine=engine,
    )


def pays_to_compile(members: Sequence[Member]) -> bool:
    """Whether compiling the stack's step saves more than it costs; never without a C++ compiler."""
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        return False
    first = members[0]
    steps = -(-len(first.samples.training.inputs) // first.experiment.data.batch_size)
    total = steps * max(member.experiment.trainer.max_epochs for member in members)
    once, each = SAVED_SECONDS
    return total * (once + each * len(members)) > COMPILE_SECONDS


def describe_stack(members: Sequence[Member], *, compile: Compile = "auto") -> str:  # noqa: A002 - torch's name for it
    """One line on a stack: how many runs, what they share, and how they are trained."""
    first = members[0].experiment
    compiled = pays_to_compile(members) if compile == "auto" else compile
    linear = [tuple(p.shape) for name, p in members[0].model.named_parameters() if name.endswith("weight")]
    sizes = "-".join(str(shape[-1]) for shape in linear) + f"-{linear[-1][0]}" if linear else ""
    points = len(members[0].samples.training.inputs)
    loss = type(first.loss).__name__
    return (
        f"{len(members)} jobs in a stack: {type(members[0].model).__name__} {sizes}, {loss}, "
        f"batch {first.data.batch_size}, {points:,} points, {str(first.dtype).rpartition('.')[2]}, "
        f"{'compiled' if compiled else 'eager'}"
    )
