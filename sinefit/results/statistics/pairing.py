"""Two tables joined on the settings that both have, and on the seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from sinefit.errors import SinefitError
from sinefit.results.cells import format_cell, is_number, name_cells, name_value
from sinefit.results.frame import SETTINGS
from sinefit.results.statistics.metric import differs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinefit.results.statistics.metric import Values

MOST_NAMED = 3


@dataclass(frozen=True)
class Pairs:
    """Runs of two sides with equal settings and seed.

    Attributes:
        keys: the settings that both sides share and that vary.
        frame: a row a pair: the keys, seed, and the values ``a`` and ``b``.
        notes: what was paired and what was left over, one sentence each.
    """

    keys: list[str]
    frame: pd.DataFrame
    notes: tuple[str, ...]


def pair(a: Values, b: Values, names: tuple[str, str], between: str | None = None) -> Pairs:
    """Pair the runs of two sides.

    Args:
        a: the first side.
        b: the second.
        names: of the sides, for messages.
        between: the setting that tells the sides apart.

    Raises:
        SinefitError: if a side has several different runs of equal settings and seed, or if nothing pairs.
    """
    ours, theirs = (_settings(side.table) for side in (a, b))
    shared = [key for key in ours if key in theirs and key != between]
    values = {key: tuple(set(map(_exact, side.table[key])) for side in (a, b)) for key in shared}
    keys = [key for key, (left, right) in values.items() if left & right and len(left | right) > 1]
    apart = [
        f"{key} ({_some(a.table[key])} in {names[0]}, {_some(b.table[key])} in {names[1]})"
        for key, (left, right) in values.items()
        if not left & right
    ]
    one_sided = [
        f"{key} (only in {name})"
        for own, other, name in ((ours, theirs, names[0]), (theirs, ours, names[1]))
        for key in own
        if key not in other and key != between
    ]
    left, right = (
        _keyed(side, keys, name, option)
        for side, name, option in zip((a, b), names, ("--where-a", "--where-b"), strict=True)
    )
    frame = _join(left, right)
    if frame.empty:
        msg = (
            f"no run of {names[0]} has the settings and the seed of a run of {names[1]}; shared settings are"
            f" {', '.join(keys) or 'none'}, seeds {_seeds(left)} and {_seeds(right)}"
        )
        raise SinefitError(msg)
    cells = len(set(name_cells(frame, keys)))
    by = ", ".join([*keys, "seed"])
    notes = [
        f"paired by {by}: {_count(len(frame), 'pair')} in {_count(cells, 'cell')}, seeds {_seeds(frame)}"
    ]
    notes += [f"what tells the sides apart: {', '.join(apart)}"] if apart else []
    notes += [f"not paired, because one side does not have it: {', '.join(one_sided)}"] if one_sided else []
    for name, side in zip(names, (left, right), strict=True):
        over = side[~side["_key"].isin(frame["_key"])]
        if len(over):
            named = "; ".join(_name(row, keys) for _, row in over.head(MOST_NAMED).iterrows())
            more = f" and {len(over) - MOST_NAMED} more" if len(over) > MOST_NAMED else ""
            notes.append(f"left over of {name}: {named}{more}")
    return Pairs(keys, frame.drop(columns="_key"), tuple(notes))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _some(column: pd.Series[Any]) -> str:
    """A column's first different values."""
    values = list(dict.fromkeys(format_cell(value, "{:.12g}") or "nothing" for value in column.tolist()))
    return ", ".join(values[:MOST_NAMED]) + (", ..." if len(values) > MOST_NAMED else "")


def _settings(table: pd.DataFrame) -> list[str]:
    return [key for key in table.attrs.get(SETTINGS, ()) if key in table and key != "seed"]


def _keyed(side: Values, keys: Sequence[str], name: str, option: str) -> pd.DataFrame:
    """The runs that have a value, with a key to join them by; equal runs once.

    Raises:
        SinefitError: if there are several for a key, saying by which option one is chosen.
    """
    frame = side.table[[*keys, "seed"]].copy()
    frame["value"], frame["_hash"] = side.numbers, side.table["config_hash"].astype(str).to_numpy()
    frame = frame[frame["value"].notna()]
    frame["_key"] = ["\0".join(map(_exact, row)) for row in frame[[*keys, "seed"]].itertuples(index=False)]
    frame = frame.drop_duplicates(["_key", "_hash"])
    double = frame[frame["_key"].duplicated(keep=False)]
    if len(double):
        first = double[double["_key"] == double["_key"].iloc[0]]
        rows = side.table.loc[first.index]
        differing = [key for key in _settings(side.table) if differs(rows[key])]
        told = f", which differ in {', '.join(differing)}" if differing else ""
        column = differing[0] if differing else "folder"
        value = rows[column].iloc[0]
        condition = f"{column} == {value if is_number(rows[column]) else repr(str(value))}"
        msg = (
            f"{name} has {len(first)} different runs for {_name(first.iloc[0], list(keys))}{told};"
            f' choose one of them, for example with compare {option} "{condition}"'
        )
        raise SinefitError(msg)
    return frame.drop(columns="_hash")


def _join(left: pd.DataFrame, right: pd.DataFrame) -> pd.DataFrame:
    """A row for each key that both have."""
    values = right.set_index("_key")["value"]
    joined: pd.DataFrame = left[left["_key"].isin(values.index)].rename(columns={"value": "a"})
    joined = joined.assign(b=values.loc[joined["_key"]].to_numpy())
    return joined.reset_index(drop=True)


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


def _name(row: pd.Series[Any], keys: Sequence[str]) -> str:
    return " ".join(f"{key}={format_cell(row[key], '{:.12g}')}" for key in [*keys, "seed"])


def _seeds(frame: pd.DataFrame) -> str:
    """Seeds as a short list, as in ``0-4, 7``."""
    seeds = sorted({int(seed) for seed in frame["seed"].dropna()})
    parts: list[list[int]] = []
    for seed in seeds:
        if parts and seed == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], seed]
        else:
            parts.append([seed])
    return ", ".join("-".join(map(str, part)) for part in parts) or "none"
