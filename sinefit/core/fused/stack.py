"""Runs trained together until each has ended; knows no arithmetic and no files.

Shapes: R runs, A runs that go on, E epochs of a block.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import torch

from sinefit.core.fused.endings import Ending
from sinefit.core.fused.history import History
from sinefit.core.fused.progress import Progress
from sinefit.core.fused.threads import Cancelled
from sinefit.core.outcome import describe_ending, make_outcome
from sinefit.core.probes import Watch
from sinefit.interrupts import INTERRUPTS
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sinefit.core.fused.member import Member
    from sinefit.core.fused.progress import Checkpoints
    from sinefit.core.fused.steps import Steps
    from sinefit.core.outcome import Epoch, Outcome

    OnEpochs = Callable[[int], None]

BLOCK_SECONDS = 0.1
"""Training without a word: runs of few epochs a second are heard of after each, faster ones this often."""
NEVER = 2**62


class Stack:
    """Members that train together.

    Args:
        members: the runs, one or more, with equal keys.
        steps: computes their steps.
    """

    def __init__(self, members: Sequence[Member], steps: Steps) -> None:
        first = members[0]
        self.members = list(members)
        self.steps = steps
        done = first.progress
        self.epoch = 0 if done is None else done.epoch
        self._ended: dict[int, Ending] = {}
        self._rows = torch.arange(len(members))
        self._epochs_R = torch.full((len(members),), self.epoch, dtype=torch.int64)
        self._history = History(len(members))
        self._has_validation = first.samples.validation is not None
        self._steps_an_epoch = -(-len(first.samples.training.inputs) // first.experiment.data.batch_size)
        self._watches = [Watch(m.experiment.probe, m.samples) for m in members]
        probes = [m.experiment.probe for m in members]
        self._looks = any(probe is not None for probe in probes)
        self._look_every_R = torch.tensor([NEVER if probe is None else probe.every for probe in probes])
        untils = [m.experiment.until for m in members]
        self._until_R = torch.tensor([NEVER if until is None else until for until in untils])
        max_epochs_R = torch.tensor([m.experiment.trainer.max_epochs for m in members])
        self._last_R = torch.minimum(max_epochs_R, self._until_R)
        self._most = 1
        self._started = time.perf_counter() - (0.0 if done is None else done.seconds * len(members))
        for row, member in enumerate(members):
            self._restore(row, member.progress)

    def _restore(self, row: int, done: Progress | None) -> None:
        """Put back what a run had before; the steps know the rest."""
        if done is None:
            return
        self._history.restore(row, done.losses_2E)
        log = self._watches[row].log
        if log is not None and done.looks is not None:
            log.steps, log.rows = list(done.looks[0]), list(done.looks[1])

    def train(
        self, on_epochs: OnEpochs | None = None, checkpoints: Checkpoints | None = None
    ) -> Iterator[tuple[int, Outcome]]:
        """Train until all runs have ended; each one's index among the members and its outcome, when it ends.

        Args:
            on_epochs: called now and then with the number of epochs trained, those of all runs together.
            checkpoints: where the runs are saved every few minutes, and when the training is given up.
        """
        self._ended = self._find_left({})
        yield from self._take_ended()
        try:
            while len(self._rows):
                with INTERRUPTS.held():  # runs are left after a whole epoch
                    trained, self._ended = self._train_block()
                if on_epochs is not None:
                    on_epochs(trained)
                yield from self._take_ended()
                if checkpoints is not None and checkpoints.is_due():
                    checkpoints.save(self.progress())
        except (KeyboardInterrupt, Cancelled, GeneratorExit):
            if checkpoints is not None:
                with INTERRUPTS.held():
                    checkpoints.save(self.progress())
            raise

    def progress(self) -> Iterator[tuple[int, Progress]]:
        """Each run that goes on, by its index among the members, and how far it is."""
        for position, row in enumerate(self._rows.tolist()):
            if position not in self._ended:
                yield row, self._measure_progress(position)

    def _measure_progress(self, position: int) -> Progress:
        row = int(self._rows[position])
        log = self._watches[row].log
        looks = None if log is None else (list(log.steps), list(log.rows))
        losses_2E = self._history.copy(row, self.epoch)
        seconds = (time.perf_counter() - self._started) / len(self.members)
        return Progress(self.steps.engine, self.steps.state(position), losses_2E, looks, seconds)

    def _take_ended(self) -> Iterator[tuple[int, Outcome]]:
        """The runs that ended, which are let go."""
        for position in sorted(self._ended):
            yield int(self._rows[position]), self._make_outcome(position, self._ended[position])
        if self._ended:
            positions = [at for at in range(len(self._rows)) if at not in self._ended]
            if positions:
                self.steps.continue_with(positions)
            self._rows, self._ended = self._rows[positions], {}

    def interrupt_only(self) -> Outcome:
        """The outcome of the only member with the parameters of its last whole epoch."""
        return self._make_outcome(0, Ending(Status.INTERRUPTED))

    def read_history(self, row: int, first: int = 0) -> tuple[Epoch, ...]:
        """A run's whole epochs so far.

        Args:
            row: its index among the members.
            first: how many of them are left out.
        """
        member, epochs = self.members[row], int(self._epochs_R[row])
        every = member.experiment.trainer.evaluate_every if self._has_validation else None
        lrs = [member.schedule.lr(epoch) for epoch in range(first + 1, epochs + 1)]
        return self._history.read(row, first, lrs, every)

    def _train_block(self) -> tuple[int, dict[int, Ending]]:
        """Train as long as no probe wants to look, and no run is at its last epoch.

        Returns:
            The epochs trained, and how runs ended, by their positions.
        """
        started = time.perf_counter()
        every_A = self._look_every_R[self._rows]
        until_look = int((every_A - self.epoch % every_A).min())
        until_end = int(self._last_R[self._rows].min()) - self.epoch
        block = self.steps.train(self.epoch + 1, min(self._most, until_look, until_end))
        self._history.add(self._rows, block.train_loss_EA, block.validation_loss_EA)
        self._epochs_R[self._rows] += block.epochs_A
        self.epoch += len(block.train_loss_EA)
        if self._looks:
            for at in (self._epochs_R[self._rows] == self.epoch).nonzero().flatten().tolist():
                watch = self._watches[int(self._rows[at])]
                steps = self.epoch * self._steps_an_epoch
                watch.look_if_due(self.epoch, steps, partial(self.steps.predict, at))
        seconds = time.perf_counter() - started
        self._most = max(1, int(len(block.train_loss_EA) * min(2, BLOCK_SECONDS / seconds)))
        return int(block.epochs_A.sum()), self._find_left(block.endings)

    def _find_left(self, endings: dict[int, Ending]) -> dict[int, Ending]:
        """How runs ended, and those that have trained the epochs after which they are left."""
        at_end = (self._until_R[self._rows] == self.epoch).nonzero().flatten().tolist()
        return {at: Ending(Status.PRUNED) for at in at_end} | endings

    def _make_outcome(self, position: int, ending: Ending) -> Outcome:
        row = int(self._rows[position])
        member = self.members[row]
        history = self.read_history(row)
        steps = len(history) * self._steps_an_epoch + ending.unfinished_steps
        patience = member.experiment.trainer.patience
        is_left = ending.status is Status.PRUNED
        return make_outcome(
            self.steps.evaluate(position),
            self._watches[row],
            member.experiment.trainer,
            status=ending.status,
            message=describe_ending(
                ending.status, epoch=len(history) + 1, step=steps, best=ending.best, patience=patience
            ),
            parameters=member.state_dict(self.steps.kept_parameters(position)),
            history=history,
            steps=steps,
            train_seconds=(time.perf_counter() - self._started) / len(self.members),
            num_parameters=member.num_parameters,
            engine=self.steps.engine,
            progress=self._measure_progress(position).state_dict() if is_left else None,
        )
