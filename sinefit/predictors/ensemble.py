"""Several networks as one predictor: the mean of what they predict, and how far they spread around it.

Source: Lakshminarayanan et al. 2017, "Simple and scalable predictive uncertainty estimation using deep
ensembles", arXiv 1612.01474; the spread is that between the networks, without the noise of the data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from sinefit.predictors.tables import BLOCK_ROWS, index_of, read_rows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from torch import nn

    from sinefit.core.data.files.table_file import TableFile
    from sinefit.core.data.table.encoding import Encoder
    from sinefit.predictors.network import Saved
    from sinefit.predictors.tables import Table
    from sinefit.predictors.trained_table import TrainedTable

    Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Member:
    """One network of an ensemble.

    Attributes:
        saved: as it is written.
        model: a `Scaled` with its weights, in evaluation mode.
        table: what it was trained on.
        weight: in the mean, above 0.
        origin: the folder of the run that it comes from, as it was called when the ensemble was made.
    """

    saved: Saved
    model: nn.Module
    table: TrainedTable
    weight: float
    origin: str


@dataclass(frozen=True)
class Ensemble:
    """Networks that were trained on the same file and predict the same targets.

    Attributes:
        members: one or more; each has learned its own encoding and scaling.
    """

    members: tuple[Member, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the O numbers that it predicts."""
        return self.members[0].table.targets

    @property
    def tables(self) -> tuple[TrainedTable, ...]:
        """What the members were trained on."""
        return tuple(member.table for member in self.members)

    def predict(
        self,
        table: Table,
        *,
        sep: str | None = None,
        decimal: str | None = None,
        encoding: str | None = None,
    ) -> pd.DataFrame:
        """Predictions for new rows, a row each, in columns ``predicted_TARGET`` and ``spread_TARGET``.

        The spread is the standard deviation between the members, in the target's unit.

        Args:
            table: a file or a DataFrame with the raw columns that the runs were trained on, besides others.
            sep: between cells of a csv or tsv file; as in the training file if None, as the next two.
            decimal: the character before the digits of a fraction.
            encoding: of the file.

        Raises:
            SinefitError: if the table cannot be read, or a column is absent or holds what training never saw.
        """
        import pandas as pd  # noqa: PLC0415 - only tables need it

        file = read_rows(table, self.tables, sep=sep, decimal=decimal, encoding=encoding)
        mean, spread = self._predict(file)
        columns: dict[str, Numbers] = {}
        for number, name in enumerate(self.targets):
            columns |= {f"predicted_{name}": mean[:, number], f"spread_{name}": spread[:, number]}
        return pd.DataFrame(columns, index=index_of(table))

    def predict_rows_of(self, file: TableFile, rows: NDArray[np.intp]) -> Numbers:
        """The mean (M, O) for some rows of a table.

        Args:
            file: the table.
            rows: their numbers (M,).
        """
        return self._predict(file, rows)[0]

    def _predict(self, file: TableFile, rows: NDArray[np.intp] | None = None) -> tuple[Numbers, Numbers]:
        """Mean and spread, both (M, O), computed in blocks of rows.

        Args:
            file: the table.
            rows: numbers (M,) of its rows; all if None.
        """
        encoded: dict[Encoder, Numbers] = {}
        for table in self.tables:
            if table.encoder not in encoded:
                encoded[table.encoder] = table.encoder.encode(file, rows)
        count = file.num_rows if rows is None else len(rows)
        mean, spread = np.empty((2, count, len(self.targets)))
        weights = [member.weight for member in self.members]
        for start in range(0, count, BLOCK_ROWS):
            block = slice(start, start + BLOCK_ROWS)
            each = [apply_model(one.model, encoded[one.table.encoder][block]) for one in self.members]
            mean[block], spread[block] = join_predictions(np.stack(each), weights)
        return mean, spread


def apply_model(model: nn.Module, inputs: Numbers) -> Numbers:
    """Outputs (N, O) of a model for encoded inputs (N, I)."""
    with torch.no_grad():
        outputs: Numbers = model(torch.from_numpy(inputs)).numpy()
    return outputs


def join_predictions(predictions: Numbers, weights: list[float]) -> tuple[Numbers, Numbers]:
    """The weighted mean m = sum w f / sum w, and the spread sqrt(sum w (f - m)^2 / sum w), both (N, O).

    Args:
        predictions: f of M members, (M, N, O).
        weights: w, M numbers of 0 or more.

    >>> join_predictions(np.array([[[1.0]], [[4.0]]]), [2.0, 1.0])
    (array([[2.]]), array([[1.41421356]]))
    """
    mean = np.average(predictions, axis=0, weights=weights)
    variance = np.average((predictions - mean) ** 2, axis=0, weights=weights)
    return mean, np.sqrt(variance)
