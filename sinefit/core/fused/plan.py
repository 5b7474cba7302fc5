"""Which runs of a sweep are trained together, and which by themselves and why."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sinefit.core.evaluation import check_objective
from sinefit.core.fused.engine import (
    choose_engine,
    count_threads,
    make_steps,
    pays_to_compile,
    refuse,
    train_stack,
)
from sinefit.core.fused.native.library import load_library
from sinefit.core.fused.progress import read_progress
from sinefit.core.fused.schedule import UnstackableError
from sinefit.core.fused.templates import Templates
from sinefit.core.fused.vectorized import explain_no_compiler
from sinefit.core.plain import run_plain
from sinefit.errors import plural
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    import torch
    from torch import nn

    from sinefit.core.experiment import Experiment
    from sinefit.core.fused.member import Member
    from sinefit.core.outcome import Outcome

    OnOutcome = Callable[[int, Outcome], None]

CHUNK_BYTES = 1_000_000
"""Parameters and optimizer state of a chunk of a stack of torch's: more does not stay in the cache."""
STATE_COPIES = 5
"""Vectors as long as the parameters that a stack holds: p, m, v, the kept ones, and the gradient."""
MOST_NAMES = 6
"""Models that a stack's line names."""


class Plan:
    """Sorts experiments into stacks, one by one.

    Attributes:
        members: index of an experiment to its run made ready.
        unstackable: index of an experiment to the reason why it is trained by itself.
    """

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self.unstackable: dict[int, str] = {}
        self._stacks: dict[Hashable, list[int]] = {}
        self._wants_native: set[torch.dtype] = set()
        self._templates = Templates()

    def add(
        self,
        index: int,
        experiment: Experiment,
        engine: str | None = None,
        saved: dict[str, Any] | None = None,
        objective: str | None = None,
    ) -> None:
        """Find the stack of an experiment.

        Args:
            index: by which it is told from the others.
            experiment: the run.
            engine: the one that was chosen for it when its sweep was started, in stacks of torch's.
            saved: its checkpoint, if it was trained before and not to the end.
            objective: the metric that it is ranked by, if any.

        Raises:
            SinefitError: if it could not start, would not have the objective, or names an engine that cannot
                train it.
        """
        if experiment.engine == "auto" and experiment.device.type == "cpu":
            self._wants_native.add(experiment.dtype)
        try:
            member = self._templates.make_member(experiment)
        except UnstackableError as reason:
            if experiment.engine not in {"auto", "plain"}:
                raise refuse(experiment, str(reason)) from reason
            self.unstackable[index] = str(reason)
            return
        if objective is not None:
            check_objective(objective, member.samples)
        if engine is not None or saved is not None:
            member = member.going_on(engine, read_progress(saved))
        self.members[index] = member
        self._stacks.setdefault(member.key, []).append(index)

    def stacks(self) -> list[list[int]]:
        """Indices of experiments that share a stack, in chunks that fit the cache."""
        return [chunk for indices in self._stacks.values() for chunk in self._cut(indices)]

    def _cut(self, indices: Sequence[int]) -> Iterator[list[int]]:
        """A stack of torch's in chunks whose parameters and state fit the cache.

        Each but the last holds a multiple of 64 runs. The C program has one run in the cache at a time.
        """
        first = self.members[indices[0]]
        width = len(indices)
        if first.network is None:
            bytes_each = 3 * first.num_parameters * first.experiment.dtype.itemsize
            width = max(64, CHUNK_BYTES // bytes_each // 64 * 64)
        for at in range(0, len(indices), width):
            yield list(indices[at : at + width])

    def pop_members(self, indices: Sequence[int]) -> list[Member]:
        """Hand the members at these indices over; the plan no longer holds them."""
        return [self.members.pop(index) for index in indices]

    def chosen_engines(self) -> dict[int, str]:
        """What computes the steps of experiments whose company decides it, by their indices."""
        stacks = ([self.members[index] for index in indices] for indices in self.stacks())
        engines = [choose_engine(members) for members in stacks]
        return {
            index: engine
            for indices, engine in zip(self.stacks(), engines, strict=True)
            for index in indices
            if engine != "native" and self.members[index].experiment.engine == "auto"
        }

    def missing_compilers(self) -> list[str]:
        """One sentence for each compiler that would have been used and is missing; usually none."""
        missing = {load_library(dtype).why_not for dtype in self._wants_native} - {""}
        told = [f"steps are computed by torch alone: {reason}" for reason in sorted(missing)]
        firsts = [[self.members[index] for index in indices] for indices in self.stacks()]
        if (reason := explain_no_compiler()) and any(map(pays_to_compile, firsts)):
            told.append(f"steps by torch are not compiled: {reason}")
        return told


def plan_stacks(experiments: Sequence[Experiment]) -> Plan:
    """The plan of experiments that are all known, each by its index.

    Raises:
        SinefitError: if one could not start, or if the engine that it names cannot train it.
    """
    plan = Plan()
    for index, experiment in enumerate(experiments):
        plan.add(index, experiment)
    return plan


def run_many(
    experiments: Sequence[Experiment], *, workers: int | None = None, on_outcome: OnOutcome | None = None
) -> list[Outcome]:
    """Train experiments, together where they can be: ``[run(e) for e in experiments]``, but faster.

    A library call: the experiments may differ in everything, their models are any modules of torch
    (`torch.nn.Module`), and no config and no file is needed or left. Runs of equal structure are trained as
    one.

    A run's bits follow from its own experiment and from what computes its steps (`Outcome.engine`), never
    from the runs that it is trained with, nor from `workers`. The engine is that of `run` where the
    experiment names one or the C program knows the run; for other runs ``auto`` takes stacks of torch's here.

    Args:
        experiments: what to run.
        workers: how many threads the C program computes in; None for one a processor.
        on_outcome: called with each run's index and outcome as soon as it is known.

    Raises:
        SinefitError: if an experiment could not start, or if the engine that it names cannot train it.
        Exception: what a run raised while it was trained.
        KeyboardInterrupt: after the run that was interrupted was handed out.

    >>> from functools import partial
    >>> import torch
    >>> from sinefit.core.data import SampledFunction
    >>> from sinefit.core.experiment import Experiment
    >>> from sinefit.core.models import MLP
    >>> from sinefit.core.trainer import Trainer
    >>> experiments = [
    ...     Experiment(
    ...         data=SampledFunction(torch.sin, lower=-3, upper=3, num_points=200),
    ...         model=partial(MLP, hidden_size=8, activation="tanh"),
    ...         loss=torch.nn.MSELoss(),
    ...         optimizer=partial(torch.optim.Adam, lr=lr),
    ...         scheduler=partial(torch.optim.lr_scheduler.ConstantLR, factor=1),
    ...         trainer=Trainer(max_epochs=20),
    ...         seed=seed,
    ...     )
    ...     for lr in (0.003, 0.03)
    ...     for seed in range(5)
    ... ]
    >>> outcomes = run_many(experiments)
    >>> len(outcomes), str(outcomes[0].status), outcomes[0].epochs
    (10, 'completed', 20)
    >>> max(outcome.metrics["rmse"] for outcome in outcomes[5:]) < 0.3
    True
    """
    outcomes: dict[int, Outcome] = {}

    def collect(index: int, outcome: Outcome | Exception | SystemExit) -> None:
        if isinstance(outcome, BaseException):
            raise outcome
        outcomes[index] = outcome
        if on_outcome is not None:
            on_outcome(index, outcome)
        if outcome.status is Status.INTERRUPTED:
            raise KeyboardInterrupt

    plan = plan_stacks(experiments)
    for indices in plan.stacks():
        for at, outcome in train_stack(plan.pop_members(indices), workers=workers):
            collect(indices[at], outcome)
    for index in plan.unstackable:
        collect(index, run_plain(experiments[index]))
    return [outcomes[index] for index in range(len(experiments))]


def describe_stack(members: Sequence[Member]) -> str:
    """One line on a stack: how many runs, what they share, and what computes their steps."""
    first = members[0].experiment
    names = list(dict.fromkeys(_name_model(member.model) for member in members))
    shown = names[:MOST_NAMES] + ["..."] * (len(names) > MOST_NAMES)
    losses = dict.fromkeys(type(member.experiment.loss).__name__ for member in members)
    return (
        f"{plural(len(members), 'job')} in a stack: {', '.join(shown)}; {', '.join(losses)},"
        f" batch {first.data.batch_size}, {len(members[0].samples.training.inputs):,} points,"
        f" {str(first.dtype).rpartition('.')[2]}, {choose_engine(members)}"
    )


def estimate_stack(members: Sequence[Member], *, workers: int | None = None) -> tuple[float, int]:
    """What a stack will take: seconds of training, by the time that an epoch takes here, and bytes.

    Compiling is not counted; a stack that would be compiled is timed without.

    Args:
        members: the runs.
        workers: how many threads the C program computes in; None for one a processor.
    """
    engine = choose_engine(members)
    steps = make_steps(members, "eager" if engine == "compiled" else engine)
    steps.train(1, 1)
    started = time.perf_counter()
    steps.train(1, 1)
    epochs = max(member.experiment.trainer.max_epochs for member in members)
    seconds = (time.perf_counter() - started) * epochs / min(count_threads(engine, workers), len(members))
    numbers = sum(member.num_parameters for member in members)
    samples = {id(m.samples): m.samples for m in members}.values()
    points = sum(s.training.inputs.nbytes + s.training.targets.nbytes for s in samples)
    orders = 4 * len(members) * len(members[0].samples.training.inputs)
    state = STATE_COPIES * numbers * members[0].experiment.dtype.itemsize
    return seconds, state + points + orders + 2 * 8 * epochs * len(members)


def _name_model(model: nn.Module) -> str:
    """A model's type and the sizes of its layers, as in ``MLP 1-10-1``."""
    shapes = [tuple(p.shape) for name, p in model.named_parameters() if name.endswith("weight")]
    sizes = "-".join(str(shape[-1]) for shape in shapes) + f"-{shapes[-1][0]}" if shapes else ""
    return f"{type(model).__name__} {sizes}".strip()
