"""A sweep from Python: its table, what it says, its pictures."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Literal

from sinefit.api.page import write_report
from sinefit.api.picture import Picture, draw_picture
from sinefit.api.tables import Statistics, as_statistics, html_lines, html_table
from sinefit.api.trained_run import Run, where_kept
from sinefit.errors import SinefitError, plural
from sinefit.results.best import best_by_median, best_rows, rank_rows
from sinefit.results.cells import name_value
from sinefit.results.collection import collect
from sinefit.results.plots.request import order_values
from sinefit.results.shown import choose_columns, count_statuses, describe_errors
from sinefit.results.statistics import compare, compare_with_best, importance, split_sides, summarize
from sinefit.results.statistics.metric import objective_of, with_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import pandas as pd

    Policy = Literal["worst", "exclude", "only"]

TOP = 10
"""Rows that a notebook shows."""
TWO = 2


@dataclass(frozen=True)
class Sweep:
    """A sweep that is recorded in a folder; its runs in their order are ``list(sweep)``.

    Attributes:
        folder: its own, absolute.
        kept: what must live as long as this does: the temporary folder of a sweep that is not to be kept.
        is_own: whether this process trained it, so that the code that it names may be run.
    """

    folder: Path
    kept: object = field(default=None, repr=False, compare=False)
    is_own: bool = field(default=False, repr=False, compare=False)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row a run, as `sinefit.collect` gives it: settings, metrics, how it ended."""
        return collect(self.folder)

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, job: int) -> Run:
        """The run of a job, by its number.

        Raises:
            IndexError: if there is no such job.
        """
        if not -len(self) <= job < len(self):
            msg = f"the sweep has {plural(len(self), 'job')}, got {job}"
            raise IndexError(msg)
        return self._run_of(self.table.iloc[job])

    def __iter__(self) -> Iterator[Run]:
        return (self[job] for job in range(len(self)))

    def best(self, metric: str | None = None, *, by_median: bool = False) -> Run:
        """The best run.

        Args:
            metric: by which; the runs' objective if None.
            by_median: the run nearest to the best median over seeds and folds, instead of the luckiest one.

        Raises:
            SinefitError: if no run has such a metric.
        """
        metric = metric or objective_of(self.table)
        rows = best_by_median(self.table, metric)[1] if by_median else best_rows(self.table, metric)
        return self._run_of(rows.iloc[0])

    def summary(
        self, by: str | Sequence[str] = (), metric: str | None = None, *, diverged: Policy = "worst"
    ) -> Statistics:
        """A metric over seeds, a row for each combination of settings, the best first; see `summarize`.

        Args:
            by: settings; all swept ones but seed and fold, if there are none.
            metric: what is summarized; the runs' objective if None.
            diverged: what diverged runs count as: ``worst``, ``exclude`` or ``only``.

        Raises:
            SinefitError: if a setting does not exist or no run has the metric.
        """
        keys = [by] if isinstance(by, str) else list(by)
        return as_statistics(summarize(self.table, keys, metric, diverged=diverged))

    def compare(
        self,
        between: str | Sweep,
        values: Sequence[object] = (),
        metric: str | None = None,
        *,
        diverged: Policy = "worst",
    ) -> Statistics:
        """Is another value of a setting, or another sweep, better, by how much, and is it luck?

        Args:
            between: the setting, such as ``"optimizer"``, or the other sweep.
            values: of the setting; all that were swept if there are none. More than two are compared with
                the best of them.
            metric: what is compared; the runs' objective if None.
            diverged: what diverged runs count as: ``worst``, ``exclude`` or ``only``.

        Raises:
            SinefitError: if there are not two sides, or they have no pairs.
        """
        if isinstance(between, Sweep):
            sides, key = {self._name(): self.table, os.path.relpath(between.folder): between.table}, None
            if len(sides) < TWO:
                msg = f"a sweep cannot be compared with itself: {self._name()}"
                raise SinefitError(msg)
        else:
            named = [name_value(value) for value in values] or order_values(
                with_keys(self.table, [between])[between]
            )
            if len(named) < TWO:
                msg = f"{between} has one value alone, {', '.join(named)}; a comparison needs two"
                raise SinefitError(msg)
            sides, key = split_sides(self.table, between, named), between
        if len(sides) > TWO:
            return as_statistics(compare_with_best(sides, metric, between=key, diverged=diverged))
        (first, a), (second, b) = sides.items()
        return as_statistics(compare(a, b, metric, names=(first, second), between=key, diverged=diverged))

    def importance(
        self, metric: str | None = None, keys: Sequence[str] = (), *, diverged: Policy = "worst"
    ) -> Statistics:
        """Which setting matters: the share of the metric's variance that each explains; see `importance`."""
        return as_statistics(importance(self.table, metric, keys, diverged=diverged))

    def plot(
        self,
        kind: str = "curves",
        metric: str | Sequence[str] | None = None,
        x: str | None = None,
        y: str | None = None,
        by: str | Sequence[str] = (),
    ) -> Picture:
        """A picture: curves, lines, heatmap, box, parallel, fits, spectrum, best, slices or front.

        Args:
            kind: what is drawn; ``sinefit-results plot --help`` says what each shows.
            metric: what is shown, several as panels; the runs' objective if None.
            x: the setting along x, for lines and heatmap.
            y: the setting along y, for heatmap.
            by: settings whose combinations are told apart; all swept ones if there are none.

        Raises:
            SinefitError: if there is no such kind, or the table has not what it shows.
        """
        return draw_picture(self.table, kind, metric, x, y, by)

    def report(self, output: str | os.PathLike[str] = "report.html", metric: str | None = None) -> Path:
        """Write one page with everything that is known of the sweep; it needs no network.

        Args:
            output: FILE.html.
            metric: what runs are judged by; their objective if None.

        Returns:
            The file.

        Raises:
            SinefitError: if it cannot be written, or there is no such metric.
        """
        return write_report(self.table, output, metric)

    def _run_of(self, row: pd.Series[Any]) -> Run:
        return Run(
            self.folder / str(row["job"]), self.kept, self.is_own
        )  # where it lies, from wherever one looks

    def _name(self) -> str:
        return os.path.relpath(self.folder)

    def __repr__(self) -> str:
        return f"<Sweep: {self._counted()}, {where_kept(self.folder, self.kept)}>"

    def _counted(self) -> str:
        return f"{plural(len(self.table), 'job')}: {count_statuses(self.table)}"

    def _repr_html_(self) -> str:
        """For notebooks: the best rows, what failed, where it is."""
        ranked = rank_rows(self.table, objective_of(self.table)).head(TOP)
        shown = choose_columns(ranked, objective_of(self.table))
        lines = [*describe_errors(self.table), self._counted(), where_kept(self.folder, self.kept)]
        constant = [f"constant: {', '.join(shown.constants)}"] if shown.constants else []
        top = f"the best {len(ranked)} of {len(self.table)}" if len(self.table) > TOP else ""
        return (
            f"<div style='opacity:0.75'>{escape(top)}</div>"
            + html_table(ranked, shown.columns)
            + html_lines([*constant, *lines])
        )
