"""A run from Python: its record, its model, its pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sinefit.api.page import write_report
from sinefit.api.picture import Picture, draw_picture
from sinefit.api.tables import html_lines, html_table
from sinefit.jobs.folders import shown_from_here
from sinefit.jobs.summary import describe_training
from sinefit.record.folder import RunFolder
from sinefit.results.collection import collect
from sinefit.settings.plain import plain_settings
from sinefit.settings.saved import restore_config
from sinefit.settings.trust import list_targets

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from omegaconf import DictConfig
    from torch import Tensor, nn

    from sinefit.predictors.run import LoadedRun
    from sinefit.record.result import Result


@dataclass(frozen=True)
class Run:
    """A run that is recorded in a folder.

    Attributes:
        folder: its own, absolute.
        kept: what must live as long as this does: the temporary folder of a run that is not to be kept.
        is_own: whether this process trained it, so that the code that it names may be run.
    """

    folder: Path
    kept: object = field(default=None, repr=False, compare=False)
    is_own: bool = field(default=False, repr=False, compare=False)

    @cached_property
    def result(self) -> Result:
        """What `result.json` holds."""
        return RunFolder(self.folder).read_result()

    @property
    def status(self) -> str:
        """How it ended: completed, converged, stopped, diverged, ..."""
        return str(self.result.status)

    @property
    def metrics(self) -> dict[str, float | None]:
        """Its metrics by name, in the units of the target."""
        return dict(self.result.metrics)

    @cached_property
    def history(self) -> pd.DataFrame:
        """A row an epoch: training loss, validation loss, learning rate."""
        rows = pd.DataFrame(RunFolder(self.folder).read_history()).astype(float)
        return rows.astype({"epoch": int})

    @cached_property
    def table(self) -> pd.DataFrame:
        """Its row, as `sinefit.collect` gives it."""
        return collect(self.folder)

    @cached_property
    def loaded(self) -> LoadedRun:
        """Its model with the trained weights, its config, its history."""
        from sinefit.predictors.run import load_run  # noqa: PLC0415 - loads torch

        return load_run(self.folder, trust=self._own_code())

    @property
    def model(self) -> nn.Module:
        """The trained model; of a run on a table it takes and gives raw numbers, in float64."""
        return self.loaded.model

    @property
    def config(self) -> DictConfig:
        """The composed config that it had."""
        return self.loaded.config

    def __call__(self, inputs: Any) -> Tensor:
        """The model's outputs (N, O) for inputs (N, I), without a graph."""
        return self.loaded(inputs)

    def predict(self, inputs: Any) -> Any:
        """Predictions for new rows.

        Args:
            inputs: an array (N, I) or (N,), a DataFrame with the columns of the training table, or a file.

        Returns:
            Of an array an array, (N,) for one target and else (N, O); of a DataFrame or a file a DataFrame
            with columns ``predicted_TARGET``.

        Raises:
            SinefitError: if the rows do not fit the training table.
        """
        if isinstance(inputs, pd.DataFrame | str | Path):
            return self.loaded.predict(inputs)
        points = np.asarray(inputs)
        names = _columns_of(self.loaded)
        rows = pd.DataFrame(points.reshape(len(points), -1) if points.ndim else points.reshape(1, 1))
        if len(rows.columns) == len(names):
            rows.columns = pd.Index(names)
        predicted = self.loaded.predict(rows).to_numpy()
        return predicted[:, 0] if predicted.shape[1] == 1 else predicted

    def plot(
        self, kind: str = "fits", metric: str | Sequence[str] | None = None, by: str | Sequence[str] = ()
    ) -> Picture:
        """A picture: ``fits``, ``curves`` or ``spectrum``.

        Args:
            kind: what is drawn.
            metric: what is shown; the run's objective if None.
            by: settings that name the run in the picture.

        Raises:
            SinefitError: if the run has not what is to be shown.
        """
        return draw_picture(self.table, kind, metric, by=by)

    def report(self, output: str | os.PathLike[str] = "report.html", metric: str | None = None) -> Path:
        """Write one page with everything that is known of it; see `Sweep.report`."""
        return write_report(self.table, output, metric)

    def _own_code(self) -> tuple[str, ...]:
        """The packages whose code was trained with just now."""
        if not self.is_own:
            return ()
        targets = list_targets(plain_settings(restore_config(self.folder)))
        return tuple(dict.fromkeys(str(target).partition(".")[0] for _, target in targets))

    def __repr__(self) -> str:
        name, value = self.result.objective["name"], self.result.objective["value"]
        said = f"{self.status} after {self.result.epochs:,} epochs, {name} {float(value):.4g}"
        return f"<Run: {said}, {where_kept(self.folder, self.kept)}>"

    def _repr_html_(self) -> str:
        """For notebooks: how it ended, its metrics, where it is."""
        result = self.result
        rows = pd.DataFrame({"metric": list(result.metrics), "value": list(result.metrics.values())})
        head = f"{result.status} {describe_training(result)}"
        return (
            f"<div style='font-weight:bold'>{escape(head)}</div>"
            + html_table(rows.astype({"value": float}))
            + html_lines([*filter(None, [result.message]), where_kept(self.folder, self.kept)])
        )


def _columns_of(loaded: LoadedRun) -> tuple[str, ...]:
    """The names of the raw columns that a run takes."""
    if loaded.table is None:
        return loaded.inputs
    return tuple(column.name for column in loaded.table.encoder.inputs)


def where_kept(folder: Path, kept: object) -> str:
    """Where a run or a sweep is, as one would type it here.

    Args:
        folder: its own.
        kept: the temporary folder of what is not to be kept; None if it is recorded.
    """
    return f"saved in {shown_from_here(folder)}" if kept is None else "not recorded"
