"""What makes runs of equal settings differ: seeds, and the folds and splits of a table's rows.

They are repeats, never settings: they are averaged over and paired, and no statistics are split by them
unless somebody asks for that by name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sinefit.errors import plural
from sinefit.record.neutral import REPEATS
from sinefit.results.cells import differs, is_number, name_column, name_value
from sinefit.results.text import join_ranges, join_words, list_some

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    import pandas as pd

_NOUNS = dict(zip(REPEATS, ("seed", "fold", "split seed"), strict=True))
_MOST_LISTED = 3
"""Values that are listed of a column that holds no numbers."""


def repeat_keys(tables: Iterable[pd.DataFrame], without: Collection[str | None] = ()) -> list[str]:
    """What tells the repeats in some tables apart: the seed, and those others of `REPEATS` that differ.

    Args:
        tables: looked at together; a column that one of them lacks is left out.
        without: those of `REPEATS` other than the seed that do not count.
    """
    tables = list(tables)
    found = [
        key
        for key in REPEATS[1:]
        if key not in without
        and all(key in table for table in tables)
        and len({name for table in tables for name in name_column(table[key])}) > 1
    ]
    return ["seed", *found]


def has_splits(keys: Collection[str]) -> bool:
    """Whether repeats are told apart by more than their seeds.

    >>> has_splits(["seed"]), has_splits(["seed", "data.fold"])
    (False, True)
    """
    return bool({*REPEATS[1:]} & {*keys})


def name_repeats(keys: Sequence[str]) -> str:
    """The nouns of some of `REPEATS`, as in a sentence.

    >>> name_repeats(["seed"]), name_repeats(["seed", "data.fold"])
    ('seed', 'seed and fold')
    """
    return join_words([_NOUNS[key] for key in keys])


def count_repeats(table: pd.DataFrame, without: Collection[str] = ()) -> str:
    """How many seeds a table has, and how many folds and splits where these differ: ``5 seeds and 10 folds``.

    Args:
        table: from `sinefit.collect`.
        without: those of `REPEATS` that do not count.
    """
    keys = [key for key in repeat_keys([table], without) if key in table and key not in without]
    return join_words([plural(table[key].nunique(), _NOUNS[key]) for key in keys])


def list_repeats(keys: Sequence[str], *tables: pd.DataFrame) -> str:
    """Which seeds, folds and splits tables have: ``seeds 0-4, folds 0-9``, of two ``seeds 0-4 and 5-9``.

    Args:
        keys: some of `REPEATS`.
        tables: with such columns.
    """
    values = {key: " and ".join(_list_values(table[key]) for table in tables) for key in keys}
    return ", ".join(f"{_NOUNS[key]}s {listed}" for key, listed in values.items())


def _list_values(column: pd.Series[Any]) -> str:
    values = column.dropna()
    if is_number(values):
        return join_ranges(values.astype(int)) or "none"
    return list_some(dict.fromkeys(map(name_value, values.tolist())), _MOST_LISTED) or "none"


def explain_repeats(table: pd.DataFrame, without: Collection[str] = ()) -> list[str]:
    """What statistics are over, and how far their intervals hold; nothing where only seeds differ.

    Args:
        table: from `sinefit.collect`.
        without: those of `REPEATS` by which the statistics are split.
    """
    keys = [key for key in repeat_keys([table], without) if key not in without]
    if not has_splits(keys):
        return []
    shared = join_words([f"{_NOUNS[key]}s" for key in keys if key != "seed"])
    note = (
        f"over {count_repeats(table, without)}; {shared} share training rows, so that their runs are less"
        " independent than those of seeds and intervals may be too narrow"
    )
    return [note]


def warn_of_unequal_rows(table: pd.DataFrame, without: Collection[str] = ()) -> list[str]:
    """That single runs of several folds or splits were judged on different rows; nothing if they were not.

    Args:
        table: from `sinefit.collect`.
        without: those of `REPEATS` within whose values runs are ranked.
    """
    apart = [key for key in REPEATS[1:] if key not in without and key in table and differs(table[key])]
    if not apart:
        return []
    counts = join_words([plural(table[key].nunique(), _NOUNS[key]) for key in apart])
    note = (
        f"the runs are of {counts}, each judged on rows of its own, some of which are easier to fit;"
        " sinefit-results best --by-median judges settings over all of them"
    )
    return [note]
