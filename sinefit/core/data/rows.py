"""Rows in memory as the points of a run: numbers that are split and scaled as those of a table in a file."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import torch

from sinefit.core.checks import Checks
from sinefit.core.data.points import Points, Samples, TableFacts
from sinefit.core.data.scaling import KINDS, Kind, learn_scaling
from sinefit.core.data.table.split import Split
from sinefit.errors import Problem, SettingsError

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Rows:
    """Numbers in memory: some rows train, others choose.

    Attributes:
        inputs: (N, I), in float64.
        targets: (N, O), in float64.
        scale: of inputs and targets: ``standard``, ``robust``, ``minmax`` or ``none``.
        validation_share: of the rows, that validate; 0 and more, below 1.
        split_seed: of their draw.
        batch_size: rows in a batch.
        shuffle: whether each epoch draws a new order.

    Raises:
        SettingsError: if a setting is out of range; all such settings at once.
    """

    inputs: Tensor
    targets: Tensor
    scale: Kind = "standard"
    validation_share: float = 0.0
    split_seed: int = 0
    batch_size: int = 32
    shuffle: bool = True

    def __post_init__(self) -> None:
        checks = Checks()
        checks.choice("scale", self.scale, KINDS)
        checks.share("validation_share", self.validation_share, example=0.2)
        checks.whole("batch_size", self.batch_size, at_least=1, example=32)
        checks.truth("shuffle", self.shuffle)
        checks.raise_if_any()

    def draw(self, seed: int) -> Samples:
        """The points of a run in float64, the same for each seed.

        Args:
            seed: of the run; `split_seed` decides the split.

        Raises:
            SettingsError: if no row is left for training.
        """
        del seed
        return self._samples

    @cached_property
    def _samples(self) -> Samples:
        split = Split("random", validation_share=self.validation_share, test_share=0.0, seed=self.split_seed)
        count = len(self.inputs)
        try:
            parts = split.split(count)
        except SettingsError as error:
            allowed = f"a share that leaves some of {count} rows for training"
            raise SettingsError([Problem("validation_share", self.validation_share, allowed)]) from error
        inputs = learn_scaling(self.inputs[parts.training], self.scale)
        targets = learn_scaling(self.targets[parts.training], self.scale)
        facts = TableFacts(inputs, targets, tuple(f"y{n}" for n in range(self.targets.shape[1])), {}, {})

        def pick(rows: Tensor) -> Points:
            return Points(inputs.scale(self.inputs[rows]), targets.scale(self.targets[rows]))

        training = pick(torch.from_numpy(parts.training))
        validation = pick(torch.from_numpy(parts.validation)) if len(parts.validation) else None
        evaluation = training if validation is None else validation
        return Samples(training, validation, evaluation, None, None, facts)
