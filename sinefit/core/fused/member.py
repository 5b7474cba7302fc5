"""One run made ready for a stack: its weights, its draws, its points, and what it can be stacked with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Hashable

    from torch import Tensor, nn

    from sinefit.core.data import Samples
    from sinefit.core.experiment import Experiment
    from sinefit.core.fused.network import Network
    from sinefit.core.fused.progress import Progress
    from sinefit.core.fused.schedule import Schedule


@dataclass(frozen=True)
class Member:
    """A run made ready.

    Attributes:
        experiment: the run.
        samples: its points.
        schedule: its optimizer's numbers.
        model: its module, for its structure; members share it, so that its parameters belong to none of them.
        initial: its first parameters, as one vector (P,).
        generator: the state of torch's global generator after the model was built.
        network: what the C program must know of model and loss; None if torch computes its steps.
        key: runs with equal keys can be stacked.
        engine: the one that was chosen for it when its sweep was started; None where its company decides.
        progress: how far it was trained before; None from the start.
    """

    experiment: Experiment
    samples: Samples
    schedule: Schedule
    model: nn.Module
    initial: Tensor
    generator: Tensor
    network: Network | None
    key: Hashable
    engine: str | None = None
    progress: Progress | None = None

    def going_on(self, engine: str | None, progress: Progress | None) -> Member:
        """The member of a resumed sweep.

        Args:
            engine: the one that was chosen for it.
            progress: how far it is; it begins anew if another engine would go on with it.
        """
        if self.network is not None:
            engine = None
        elif progress is not None and self.experiment.engine == "auto":
            engine = progress.engine
        will_be = "native" if self.network is not None else engine or self.experiment.engine
        kept = progress if progress is not None and progress.engine == will_be else None
        epoch = 0 if kept is None else kept.epoch
        # Runs that are left at once need no place beside those that go on.
        key = (self.key, engine, epoch, epoch == self.experiment.until)
        return replace(self, engine=engine, progress=kept, key=key)

    @property
    def lanes(self) -> Hashable:
        """Runs of the C program in which this is equal can share lanes; see ``native/lanes.h``."""
        return self.network, self.schedule.rule.scales_before, self.schedule.rule.scales_after

    @property
    def num_parameters(self) -> int:
        """Numbers that are trained, P."""
        return len(self.initial)

    @property
    def epochs_left(self) -> int:
        """Epochs that are still to be trained, at most."""
        return self.experiment.trainer.max_epochs - (0 if self.progress is None else self.progress.epoch)

    @property
    def is_left_at_once(self) -> bool:
        """Whether it has trained all the epochs after which it is to be left."""
        return self.progress is not None and self.progress.epoch == self.experiment.until

    def load_parameters(self, flat_P: Tensor) -> None:
        """Give the model these parameters."""
        with torch.no_grad():
            for p, value in zip(self.model.parameters(), split_parameters(flat_P, self.model), strict=True):
                p.copy_(value)

    def state_dict(self, flat_P: Tensor) -> dict[str, Tensor]:
        """What the model's own `state_dict` would be with these parameters, on the CPU.

        The parameters are views of one vector of their own, which makes their file small.
        """
        shapes = {name: p.shape for name, p in self.model.named_parameters()}
        pieces = torch.split(flat_P.detach().cpu().clone(), [shape.numel() for shape in shapes.values()])
        trained = {
            name: piece.view(shape) for (name, shape), piece in zip(shapes.items(), pieces, strict=True)
        }
        return {
            name: trained[name] if name in trained else value.detach().cpu().clone()
            for name, value in self.model.state_dict().items()
        }


def split_parameters(flat_P: Tensor, model: nn.Module) -> list[Tensor]:
    """A vector in pieces.

    Args:
        flat_P: all parameters, one after the other.
        model: each piece has the shape of one of its parameters.
    """
    parameters = list(model.parameters())
    pieces = torch.split(flat_P, [p.numel() for p in parameters])
    return [piece.view_as(p) for piece, p in zip(pieces, parameters, strict=True)]
