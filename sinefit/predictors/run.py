"""A run that was trained before, back in Python: its model with the weights, its config, its record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sinefit.predictors.tables import encode_rows, index_of, predict_rows, read_rows
from sinefit.predictors.trained_table import parse_table
from sinefit.record.folder import RunFolder
from sinefit.settings.plain import plain_settings
from sinefit.settings.saved import restore_config
from sinefit.settings.trust import read_trust

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import ArrayLike
    from omegaconf import DictConfig
    from torch import Tensor, nn

    from sinefit.predictors.network import Saved
    from sinefit.predictors.tables import Table
    from sinefit.predictors.trained_table import TrainedTable
    from sinefit.record.result import Result


@dataclass(frozen=True)
class LoadedRun:
    """A run read back from its folder.

    Attributes:
        model: with the trained weights, on the CPU, in evaluation mode. Of a run on a table it takes and
            gives raw numbers in float64, the scaling is inside.
        config: the composed config that the run had.
        result: what `result.json` holds.
        history: one dict an epoch.
        table: the columns that it was trained on; None for a function.
    """

    model: nn.Module
    config: DictConfig
    result: Result
    history: list[dict[str, float | None]]
    table: TrainedTable | None = None

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the I numbers that the model takes: encoded columns; of a function x, or x1, x2, ..."""
        return self._number("x", "input_size") if self.table is None else self.table.encoder.names

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the O numbers that the model predicts."""
        return self._number("y", "output_size") if self.table is None else self.table.targets

    @property
    def tables(self) -> tuple[TrainedTable, ...]:
        """The table that the run was trained on, if it was one."""
        return () if self.table is None else (self.table,)

    def _number(self, name: str, size: str) -> tuple[str, ...]:
        """Names for as many columns as the model's settings say, 1 if they say nothing."""
        count = self.config.model.get(size)
        if not isinstance(count, int) or count == 1:
            return (name,)
        return tuple(f"{name}{number}" for number in range(1, count + 1))

    def __call__(self, inputs: ArrayLike | Tensor) -> Tensor:
        """The model's outputs (N, O), without a graph.

        Args:
            inputs: (N, I) as a tensor, an array or a list, in any dtype; N numbers are N points of one input.
                Of a run on a table they are encoded columns, as ``table.encoder.names`` has them.
        """
        import torch  # noqa: PLC0415 - loaded with the model

        dtype = getattr(torch, self.config.dtype) if self.table is None else torch.float64
        points = torch.as_tensor(inputs, dtype=dtype)
        with torch.no_grad():
            outputs: Tensor = self.model(points if points.ndim > 1 else points.reshape(-1, 1))
        return outputs

    def predict(
        self,
        table: Table,
        *,
        sep: str | None = None,
        decimal: str | None = None,
        encoding: str | None = None,
    ) -> pd.DataFrame:
        """Predictions for new rows, a row each, in columns ``predicted_TARGET``.

        Args:
            table: a file or a DataFrame with the raw columns that the run was trained on, besides any others;
                for a run on a function it has its variables, under any names.
            sep: between cells of a csv or tsv file; as in the training file if None, as the next two.
            decimal: the character before the digits of a fraction.
            encoding: of the file.

        Raises:
            SinefitError: if the table cannot be read, or a column is absent or holds what training never saw.
        """
        import pandas as pd  # noqa: PLC0415 - only tables need it

        file = read_rows(table, self.tables, sep=sep, decimal=decimal, encoding=encoding)
        inputs = encode_rows(file, self.table, len(self.inputs))
        outputs = predict_rows(self, inputs, len(self.targets))
        names = [f"predicted_{name}" for name in self.targets]
        return pd.DataFrame(outputs, index=index_of(table), columns=names)


def load_run(folder: str | os.PathLike[str], trust: str | Sequence[str] = ()) -> LoadedRun:
    """Read a run folder, which may be anybody's: it is data, and no code that it names is run unasked.

    The weights are read with ``weights_only=True``, so that a pickle with code in it is refused. A model
    made of modules (`torch.nn.Module`) of sinefit and torch is built; a model with other classes or functions
    in it is refused, unless their packages are named.

    Args:
        folder: the run's.
        trust: packages whose code may be run, such as ``"my_models"``; also resolvers, such as ``"oc.env"``,
            that the model's settings may call.

    Raises:
        RecordError: if a file is missing, broken or foreign, the weights do not fit the model, or the
            model is not to be trusted.
    """
    return load_with_saved(folder, trust)[0]


def load_with_saved(
    folder: str | os.PathLike[str], trust: str | Sequence[str] = ()
) -> tuple[LoadedRun, Saved]:
    """A run as `load_run` reads it, and its network as it was saved.

    Args:
        folder: the run's.
        trust: see `load_run`.

    Raises:
        RecordError: see `load_run`.
    """
    from sinefit.predictors.network import Saved, build_trained  # noqa: PLC0415 - loads torch

    trusted = read_trust(trust)
    files = RunFolder(folder)
    result = files.read_result()
    history = files.read_history()
    parameters = files.read_parameters()
    plain = files.read_data()
    table = None if plain is None else parse_table(plain, str(files.data))
    config = restore_config(folder, trusted)
    node = plain_settings(config)["model"]
    saved = Saved(node, config.dtype, parameters, table, str(files.config), str(files.model))
    return LoadedRun(build_trained(saved, trusted), config, result, history, table), saved
