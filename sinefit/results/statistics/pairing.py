"""Two tables joined on the settings that both have, and on the seed, the fold and the split."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from sinefit.errors import SinefitError, plural
from sinefit.results.cells import is_number, name_cells, name_value
from sinefit.results.frame import require_columns
from sinefit.results.statistics.metric import setting_keys, swept_keys
from sinefit.results.statistics.repeats import list_repeats, name_repeats, repeat_keys
from sinefit.results.text import list_some

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinefit.results.statistics.metric import Values

MOST_NAMED = 3


def pair(
    a: Values, b: Values, names: tuple[str, str], between: str | None = None
) -> tuple[list[str], list[str], pd.DataFrame, list[str]]:
    """Pair the runs of two sides that have equal settings and are the same repeat: seed, fold and split.

    Args:
        a: the first side.
        b: the second.
        names: of the sides, for messages.
        between: the setting that tells the sides apart.

    Returns:
        The settings that both sides share and that vary; what tells repeats apart, the seed first; a row a
        pair: these settings and repeats, and the values ``a`` and ``b``; and what was paired and what was
        left over, one sentence each.

    Raises:
        SinefitError: if a side has several different runs of equal settings and repeat, or no seeds, or if
            nothing pairs.
    """
    for table in (a.table, b.table):
        require_columns(table, ["seed"])
    keys, notes = _shared_keys(a.table, b.table, names, between)
    repeats = repeat_keys([a.table, b.table], without=[between])
    columns = [*keys, *repeats]
    left, right = _by_key(a, columns, names[0], "--where-a"), _by_key(b, columns, names[1], "--where-b")
    frame = left.join(right["value"].rename("b"), how="inner").rename(columns={"value": "a"})
    if frame.empty:
        msg = (
            f"no run of {names[0]} has the settings and the {name_repeats(repeats)} of a run of {names[1]};"
            f" shared settings are {', '.join(keys) or 'none'}, {list_repeats(repeats, left, right)}"
        )
        raise SinefitError(msg)
    counts = f"{plural(len(frame), 'pair')} in {plural(len(set(name_cells(frame, keys))), 'cell')}"
    notes.insert(0, f"paired by {', '.join(columns)}: {counts}, {list_repeats(repeats, frame)}")
    for name, side in zip(names, (left, right), strict=True):
        over = side[~side.index.isin(frame.index)]
        if len(over):
            named = "; ".join(_name_run(row, columns) for _, row in over.head(MOST_NAMED).iterrows())
            more = f" and {len(over) - MOST_NAMED} more" if len(over) > MOST_NAMED else ""
            notes.append(f"left over of {name}: {named}{more}")
    return keys, repeats, frame.reset_index(drop=True), notes


def _shared_keys(
    a: pd.DataFrame, b: pd.DataFrame, names: tuple[str, str], between: str | None
) -> tuple[list[str], list[str]]:
    """The settings by which runs are paired, and sentences on those by which they are not."""
    keys, apart, one_sided = [], [], []
    ours = [*setting_keys(a), *repeat_keys([a], without=[between, *b.columns])[1:]]
    theirs = [*setting_keys(b), *repeat_keys([b], without=[between, *a.columns])[1:]]
    for key in dict.fromkeys([*ours, *theirs]):
        if key == between:
            continue
        if key not in ours or key not in theirs:
            one_sided.append(f"{key} (only in {names[key in theirs]})")
            continue
        left, right = ({_exact(value) for value in side[key].tolist()} for side in (a, b))
        if not left & right:
            apart.append(
                f"{key} ({_list_values(a[key])} in {names[0]}, {_list_values(b[key])} in {names[1]})"
            )
        elif len(left | right) > 1:
            keys.append(key)
    notes = [f"what tells the sides apart: {', '.join(apart)}"] if apart else []
    notes += [f"not paired, because one side does not have it: {', '.join(one_sided)}"] if one_sided else []
    return keys, notes


def _by_key(side: Values, keys: Sequence[str], name: str, option: str) -> pd.DataFrame:
    """The runs that have a value, by these columns as text; equal runs once.

    Raises:
        SinefitError: if there are several for a key, saying by which option one is chosen.
    """
    hashes = side.table.get("config_hash", side.table.index)  # a table of somebody's own making has none
    frame = side.table[list(keys)].assign(value=side.numbers, _hash=hashes)
    frame["_key"] = ["\0".join(map(_exact, row)) for row in frame[list(keys)].itertuples(index=False)]
    frame = frame[frame["value"].notna()].drop_duplicates(["_key", "_hash"])
    double = frame[frame["_key"].duplicated(keep=False)]
    if len(double):
        first = double[double["_key"] == double["_key"].iloc[0]]
        rows = side.table.loc[first.index]
        differing = [*swept_keys(rows), *repeat_keys([rows])[1:]]
        told = f", which differ in {', '.join(differing)}" if differing else ""
        advice = _advise(rows, differing[0] if differing else "folder", option)
        runs = f"{len(first)} different runs for {_name_run(first.iloc[0], keys)}"
        msg = f"{name} has {runs}{told}; {advice}"
        raise SinefitError(msg)
    return frame.set_index("_key").drop(columns="_hash")


def _advise(rows: pd.DataFrame, column: str, option: str) -> str:
    """How one of several runs is chosen: by the value of a column, if they have it."""
    if column not in rows:  # in a table of somebody's own making
        return "let the column seed tell them apart"
    value = rows[column].iloc[0]
    condition = f"{column} == {value if is_number(rows[column]) else repr(str(value))}"
    return f'choose one of them, for example with compare {option} "{condition}"'


def _exact(value: Any) -> str:  # noqa: ANN401 - a cell of any type
    """A cell as text that is equal for equal values, whatever the type that its column gave them.

    A column in which a word stands beside numbers holds them as text, and each type has its own empty cell.

    >>> _exact(8) == _exact(8.0) == _exact("8"), _exact(True) == _exact("true"), _exact(None) == _exact(pd.NA)
    (True, True, True)
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if value is None or isinstance(value, bool) or pd.isna(value):
        return name_value(value)
    try:
        number = float(value)
    except ValueError:
        return str(value)
    return str(int(number)) if number.is_integer() else repr(number)


def _list_values(column: pd.Series[Any]) -> str:
    """A column's first different values."""
    return list_some(dict.fromkeys(map(name_value, column.tolist())), MOST_NAMED)


def _name_run(row: pd.Series[Any], keys: Sequence[str]) -> str:
    return " ".join(f"{key}={name_value(row[key])}" for key in keys)
