"""`run`: from an experiment to its outcome, by its own engine; for many of them see `sinefit.core.fused`."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import torch

from sinefit.core.evaluation import check_objectives
from sinefit.core.experiment import draw_samples
from sinefit.core.fused.engine import choose_engine, make_steps, refuse
from sinefit.core.fused.progress import Checkpoints, read_progress
from sinefit.core.fused.schedule import UnstackableError
from sinefit.core.fused.stack import Stack
from sinefit.core.fused.templates import Templates
from sinefit.core.plain import Training, run_plain

if TYPE_CHECKING:
    from sinefit.core.experiment import Experiment
    from sinefit.core.fused.member import Member
    from sinefit.core.outcome import Outcome
    from sinefit.core.plain import CheckpointStore, OnEpoch

log = logging.getLogger("sinefit")


def run(
    experiment: Experiment, on_epoch: OnEpoch | None = None, checkpoints: CheckpointStore | None = None
) -> Outcome:
    """Train one run by its engine, and evaluate it; ``auto`` is native where it can be, else plain.

    Ctrl-C (`KeyboardInterrupt`) ends it as interrupted, with the parameters of the last whole epoch.

    Args:
        experiment: what to run.
        on_epoch: called with each row of the history, soon after it is made.
        checkpoints: where the run is saved, by the plain engine every `trainer.checkpoint_every` epochs, by
            the others every few minutes; it goes on from the checkpoint found there.

    Raises:
        SinefitError: if parts of the experiment do not fit each other, or if the engine that it names cannot
            train it.
    """
    if experiment.engine == "plain":
        return run_plain(experiment, on_epoch, checkpoints)
    try:
        member = _make_single(experiment)
    except UnstackableError as reason:
        log.info("trained by the plain engine: %s", reason)
        return run_plain(experiment, on_epoch, checkpoints)
    return _train_single(member, on_epoch, checkpoints)


def check(experiment: Experiment, objective: str | None = None, second: str | None = None) -> None:
    """Set a run up without training it, for the mistakes that only show together; draws nothing.

    Args:
        experiment: what is to run.
        objective: the metric that it is to be ranked by, if any.
        second: the second objective, if any.

    Raises:
        SinefitError: if the run could not start, or would not have an objective.
    """
    samples = draw_samples(experiment)
    if objective is not None:
        check_objectives(objective, second, samples)
    if experiment.engine not in {"auto", "plain"}:
        _make_single(experiment)
    with torch.random.fork_rng(devices=[]):
        Training(experiment, samples)


def _make_single(experiment: Experiment) -> Member:
    """A stack's only member."""
    is_auto = experiment.engine == "auto"
    try:
        return Templates().make_member(replace(experiment, engine="native") if is_auto else experiment)
    except UnstackableError as reason:
        if is_auto:
            raise
        raise refuse(experiment, str(reason)) from reason


def _train_single(member: Member, on_epoch: OnEpoch | None, checkpoints: CheckpointStore | None) -> Outcome:
    if checkpoints is not None:
        member = member.going_on(None, read_progress(checkpoints.load()))
    stack = Stack([member], make_steps([member], choose_engine([member])))
    told = stack.epoch

    def tell_rows(_: int) -> None:
        nonlocal told
        rows = stack.read_history(0, told)
        told += len(rows)
        for row in rows:
            on_epoch(row)  # type: ignore[misc]  # not called without one

    try:
        saving = None if checkpoints is None else Checkpoints([checkpoints])
        ((_, outcome),) = stack.train(None if on_epoch is None else tell_rows, saving)
    except KeyboardInterrupt:
        return stack.interrupt_only()
    return outcome
