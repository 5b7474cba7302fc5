"""The front of two objectives as a small table for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinefit.errors import plural
from sinefit.results.cells import name_cells
from sinefit.results.display import print_fitting
from sinefit.results.rows import SECOND
from sinefit.results.sentences import say
from sinefit.results.statistics.front import front
from sinefit.results.statistics.metric import objective_of, swept_keys

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console


def print_front(table: pd.DataFrame, console: Console) -> None:
    """Print the settings on the front of a table's objectives, if it has two.

    Args:
        table: from `sinefit.collect`.
        console: where to.
    """
    if SECOND not in table.attrs:
        return
    found, keys = front(table), swept_keys(table)
    count = len(set(name_cells(table, keys)))
    both = f"{objective_of(table)} and {table.attrs[SECOND]}"
    if found.empty:
        say(f"no settings have finite medians of {both}: there is no front", console)
        return
    is_one = len(found) == 1
    say(
        f"the front of {both}: {len(found)} of {plural(count, 'setting')}"
        f" {'is' if is_one else 'are'} not dominated, by medians (column front)",
        console,
    )
    print_fitting(found, list(reversed(keys)), console)
