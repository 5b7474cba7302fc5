"""The report: one page that says what was swept, what was best, how sure that is, and why runs failed."""

from __future__ import annotations

import os
from html import escape
from typing import TYPE_CHECKING, Any

from sinefit.core.metrics import is_of_test_rows
from sinefit.errors import SinefitError, plural
from sinefit.record.neutral import REPEATS
from sinefit.results.cells import format_cell
from sinefit.results.frame import LOG_SCALED, METRICS, SETTINGS
from sinefit.results.page import Page, describe_columns, notes
from sinefit.results.plots import KINDS, draw
from sinefit.results.plots.request import Request, order_values
from sinefit.results.report.answers import compare_values, describe_best, has_value
from sinefit.results.report.details import describe_runs
from sinefit.results.shown import choose_columns, count_statuses
from sinefit.results.statistics import compare, importance, summarize
from sinefit.results.statistics.comparison import CONCLUSION
from sinefit.results.statistics.intervals import REASONS
from sinefit.results.statistics.levels import has_many_values, is_full_grid
from sinefit.results.statistics.metric import objective_of, swept_keys
from sinefit.results.statistics.repeats import count_repeats, name_repeats, repeat_keys
from sinefit.results.statistics.summary import NOTES
from sinefit.results.text import list_some

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

PATHS = ("sweep", "folder")
SHARES = ("diverged", "pruned", "failed", "improvement", "share")
MOST_IN_TITLE = 3
MOST_VALUES = 12
"""Values of a setting that are listed."""
FILTER_NOTE = (
    "A click on a run shows its settings, its curve and its fit. The filter takes words and conditions,"
    " such as: completed optimizer=adam rmse&lt;0.1, joined by spaces or by and"
)


def render_report(
    table: pd.DataFrame,
    title: str | None = None,
    metric: str | None = None,
    sides: Sequence[tuple[str, pd.DataFrame]] = (),
) -> str:
    """The report of a table as the text of an HTML file that needs no network.

    Args:
        table: from `sinefit.collect`.
        title: above it; None: what was swept.
        metric: what runs are judged by; their objective if None.
        sides: parts of the table with names; the first is compared with each of the others.

    Raises:
        SinefitError: if there is no such metric.
    """
    metric = metric or objective_of(table)
    page = Page(title or _title_of(table))
    is_judged = has_value(table, metric)
    _add_overview(page, table, metric, is_judged=is_judged)
    if is_judged:
        _add_sides(page, sides, metric)
        _add_summary(page, table, metric)
        _add_importance(page, table, metric)
        _add_values(page, table, metric)
        _add_pictures(page, table, metric)
    _add_runs(page, table)
    _add_failures(page, table)
    return page.render()


def _title_of(table: pd.DataFrame) -> str:
    """What was swept, and how many runs that made."""
    keys = swept_keys(table)
    of = f" of {list_some(keys, MOST_IN_TITLE)}" if keys else ""
    return f"sinefit: {plural(len(table), 'run')}{of}"


def _add_overview(page: Page, table: pd.DataFrame, metric: str, *, is_judged: bool) -> None:
    """How many runs ended how, what was swept, and the best run."""
    counts = f"{plural(len(table), 'run')}: {count_statuses(table)}; {count_repeats(table)}"
    parts = [f"<p>{escape(counts)}.</p>"]
    folders = [str(folder) for folder in dict.fromkeys(table["sweep"].dropna())]
    parts += [f'<p class="quiet">From {escape(list_some(folders, MOST_VALUES))}</p>'] if folders else []
    keys = swept_keys(table)
    if keys:
        swept = {key: _describe_values(table, key) for key in keys}
        parts.append(f"<h3>What was swept</h3>{_definitions(swept)}")
    constants = [
        text for text in choose_columns(table).constants if not text.startswith(("sweep=", "status="))
    ]
    if constants:
        parts.append(f'<p class="quiet">The same in all runs: {escape(", ".join(constants))}</p>')
    if is_judged:
        parts += describe_best(table, metric)
    else:
        parts.append(f"<p>No run has a finite {escape(metric)}, so that there is nothing to compare.</p>")
    page.add("Overview", *parts)


def _describe_values(table: pd.DataFrame, key: str) -> str:
    """The values of a setting; of many numbers how many and between which ends."""
    column = table[key]
    if not has_many_values(column):
        return list_some(order_values(column), MOST_VALUES)
    ends = f"{format_cell(column.min())} to {format_cell(column.max())}"
    scale = ", on a log scale" if key in table.attrs.get(LOG_SCALED, ()) else ""
    count = int(column.isna().sum())
    unset = f"; unset in {plural(count, 'run')}" if count else ""
    return f"{column.nunique()} values from {ends}{scale}{unset}"


def _pairs_note(table: pd.DataFrame) -> str:
    """What the columns of paired comparisons are."""
    same = name_repeats(repeat_keys([table]))
    return (
        f"pairs have the same other settings and the same {same}; ratio: median of b / a; improvement: in how"
        " many pairs b is better; a difference is called clear where the interval and p agree on it"
    )


def _add_sides(page: Page, sides: Sequence[tuple[str, pd.DataFrame]], metric: str) -> None:
    """The first side against each of the others."""
    parts = []
    for number, (name, table) in enumerate(sides[1:]):
        first, first_table = sides[0]
        try:
            result = compare(first_table, table, metric, names=(first, name))
        except SinefitError as error:
            parts.append(f'<p class="lead">{escape(f"{first} and {name} cannot be compared: {error}")}</p>')
            continue
        caption = f"{first} (a) against {name} (b)"
        parts += [
            f'<p class="lead">{escape(str(result.attrs[CONCLUSION]))}</p><p>{escape(caption)}</p>',
            page.add_table(f"sides{number}", _columns(result), caption),
            notes([*result.attrs[NOTES], _pairs_note(first_table)]),
        ]
    if parts:
        page.add("Which sweep is better?", *parts)


def _add_summary(page: Page, table: pd.DataFrame, metric: str) -> None:
    summary = summarize(table, metric=metric)
    losses = [name for name in ("diverged", "pruned", "failed") if not summary[name].any()]
    columns = _columns(summary, [str(name) for name in summary if name not in losses])
    for column in columns:
        if column["name"] == "low":
            column["reasons"] = {
                row: REASONS[n] for row, n in enumerate(summary["n"].tolist()) if n in REASONS
            }
    over = " and ".join(f"{name_repeats([key])}s" for key in repeat_keys([table]))
    shown = page.add_table("summary", columns, f"{metric} by settings, over {over}")
    page.add(f"{metric} over {over}", shown, notes(summary.attrs[NOTES]))


def _add_importance(page: Page, table: pd.DataFrame, metric: str) -> None:
    try:
        shares = importance(table, metric)
    except SinefitError as error:
        page.add("What matters?", f"<p>{escape(str(error))}</p>")
        return
    columns = _columns(shares)
    columns[1]["bar"] = True
    first = shares.iloc[0]
    lead = f"{first['key']} explains {first['share']:.0%} of the variance"
    shown = page.add_table("importance", columns, "importance of settings")
    page.add("What matters?", f'<p class="lead">{escape(lead)}</p>', shown, notes(shares.attrs[NOTES]))


def _add_values(page: Page, table: pd.DataFrame, metric: str) -> None:
    """The two best values of each setting."""
    values = compare_values(table, metric)
    if values.empty:
        return
    sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in values.attrs[CONCLUSION])
    caption = "the two best values of each setting"
    shown = page.add_table("values", _columns(values), caption)
    small = notes([*values.attrs[NOTES], _pairs_note(table), "p_holm: corrected for the number of settings"])
    page.add("Which value is better?", f"<ul>{sentences}</ul>", shown, small)


def _add_pictures(page: Page, table: pd.DataFrame, metric: str) -> None:
    """Every kind of picture that suits the table and that it can fill; reasons only where there is none."""
    parts, reasons = [], []
    left_out = _unsuited(table)
    suited = [name for name, kind in KINDS.items() if kind.suits not in left_out]
    for name in sorted(suited, key=lambda each: KINDS[each].suits != "searches"):
        try:
            parts.append(page.add_chart(draw(name, Request(table, metric))))
        except SinefitError as error:
            reasons.append(f'<p class="quiet">No {name}: {escape(str(error))}</p>')
    page.add("Pictures", *(parts or reasons))


def _unsuited(table: pd.DataFrame) -> set[str]:
    """What a table is not, of a grid with all combinations of values and a search that drew numbers."""
    settings = [table[key] for key in swept_keys(table)]
    if is_full_grid(settings):
        return {"searches"}
    return {"grids"} if any(map(has_many_values, settings)) else set()


def _add_runs(page: Page, table: pd.DataFrame) -> None:
    """All runs, each with what a click shows."""
    shown = choose_columns(table)
    first = [name for name in ("job", "sweep") if name in shown.columns][:1]
    names = [*first, *(name for name in shown.columns if name not in first)]
    made = page.add_table("runs", _columns(table, names or ["folder"]), "all runs", opens=True)
    page.add("Runs", f"<p>{FILTER_NOTE}</p>", made)
    page.extra["details"] = describe_runs(table)


def _add_failures(page: Page, table: pd.DataFrame) -> None:
    failures = table[table["error"].notna()]
    if failures.empty:
        return
    names = [
        name
        for name in ("job", *swept_keys(table), *repeat_keys([table]), "status", "error", "folder")
        if name in failures
    ]
    made = page.add_table("failures", _columns(failures, names), "failures")
    page.add("Failures", f"<p>{plural(len(failures), 'run')} ended with an error.</p>", made)


def _columns(table: pd.DataFrame, names: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Columns for the page: settings with all digits, shares as percentages."""
    described = describe_columns(table, names)
    for column in described:
        if column["name"] in PATHS:
            column |= {"path": True, "cells": _shorten_paths(column["cells"])}
    settings = {*table.attrs.get(SETTINGS, ()), *REPEATS, "job", "epochs", "steps", "num_parameters"}
    for column in described:
        if column["name"] in SHARES:
            column["kind"] = "share"
        elif column["name"] in settings - set(table.attrs.get(METRICS, ())):
            column["digits"] = 12
        if is_of_test_rows(column["name"]):
            column["fixed"] = "of the test rows, which must not choose: nothing is sorted or filtered by it"
    return described


def _shorten_paths(paths: Sequence[str | None]) -> list[str | None]:
    """Paths without the folder that all of them lie in."""
    parents = {os.path.dirname(path) for path in paths if path is not None}
    shared = (
        os.path.commonpath(parents) if parents and len({os.path.isabs(each) for each in parents}) == 1 else ""
    )
    start = len(shared) + 1 if shared.strip(os.sep) else 0
    return [None if path is None else path[start:] for path in paths]


def _definitions(entries: dict[str, str]) -> str:
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in entries.items())
    return f"<dl>{rows}</dl>"
