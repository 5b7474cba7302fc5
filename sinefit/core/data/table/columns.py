"""Which columns of a file are inputs and which are targets; knows no split and no encoding.

All that is wrong with the columns that are used is reported together. Missing values are not looked at.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import numpy as np

from sinefit.core.data.files.typed import shorten, type_list
from sinefit.errors import Problem, SettingsError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sinefit.core.data.files.table_file import Column, TableFile

_MOST_SHOWN = 10


@dataclass(frozen=True)
class Chosen:
    """The columns that are used.

    Attributes:
        inputs: their names, in the file's order.
        targets: their names, in the order typed.
    """

    inputs: tuple[str, ...]
    targets: tuple[str, ...]


def choose_columns(
    file: TableFile,
    target: str | Sequence[str],
    inputs: Sequence[str] | str | None,
    drop: Sequence[str] | str | None,
    reserved: str | None = None,
) -> Chosen:
    """The inputs and targets of a table.

    Args:
        file: the table.
        target: one or several names.
        inputs: names, and patterns such as ``x*``; None for all other columns. A name that the table has
            is no pattern.
        drop: names and patterns of columns that are no inputs.
        reserved: a column that the split uses; it is an input only if `inputs` names it.

    Raises:
        SettingsError: with all problems, of the settings ``target``, ``inputs`` and ``drop``.
    """
    problems: list[Problem] = []
    targets = list_typed(target)
    _check_targets(file, targets, problems)
    dropped = _find(file, "drop", list_typed(drop), problems)
    _check_dropped(file, targets, inputs, list_typed(drop), problems)
    if inputs is None:
        chosen = set(file.columns) - {reserved}
    else:
        chosen = _find(file, "inputs", list_typed(inputs), problems)
        _check_inputs(file, targets, list_typed(inputs), problems)
        if reserved not in list_typed(inputs):
            chosen.discard(str(reserved))
    names = tuple(name for name in file.columns if name in chosen - dropped - set(targets))
    if not names and not problems:
        known = f": the table has {_list_names(file.columns)}"
        allowed = "one column or more, besides the target and those dropped"
        problems.append(Problem("inputs", inputs, allowed, remark=known))
    _check_usable([file.columns[name] for name in names], inputs, list_typed(drop), problems)
    if problems:
        raise SettingsError(problems)
    return Chosen(names, tuple(targets))


def list_typed(names: Sequence[str] | str | float | None) -> list[str]:
    """One or several names as text; Hydra reads names such as 1 as numbers."""
    if names is None:
        return []
    return [str(name) for name in ([names] if isinstance(names, str | int | float) else names)]


def _check_targets(file: TableFile, targets: list[str], problems: list[Problem]) -> None:
    if not targets:
        problems.append(Problem("target", targets, f"one or several of {_list_names(file.columns)}"))
    if twice := sorted({name for name in targets if targets.count(name) > 1}):
        remark = f": {_quote(twice)} stands there again"
        problems.append(Problem("target", targets, "columns that are named once", remark=remark))
    for name in dict.fromkeys(targets):
        if name not in file.columns:
            problems.append(_unknown(file, "target", name))
        elif fault := _describe_target(file.columns[name]):
            allowed = "a column of finite numbers that vary"
            problems.append(Problem("target", name, allowed, remark=f", which {fault}"))


def _describe_target(column: Column) -> str:
    """Why a column is no target; empty if it is one."""
    if column.problem:
        return column.problem
    if column.kind == "boolean":
        return "holds truth values; write them as 1 and 0 to fit them as numbers"
    if column.kind == "category":
        return f"holds categories, such as {shorten(column.levels[0])}; sinefit predicts numbers only"
    lowest, highest = np.fmin.reduce(column.values), np.fmax.reduce(column.values)
    if np.isnan(lowest):
        return "has no value in any row"
    return f"has the value {lowest:g} in all rows" if lowest == highest else ""


def _check_usable(
    columns: list[Column], inputs: Sequence[str] | str | None, dropped: list[str], problems: list[Problem]
) -> None:
    """All inputs can be used; the last problem says how to leave out those that cannot."""
    found = {column.name: problem for column in columns if (problem := _describe_input(column))}
    allowed = "columns of numbers, truth values or categories"
    for number, (name, problem) in enumerate(found.items(), 1):
        remark = f", which {problem}"
        if number == len(found):
            remark += f"\n{_describe_leaving(list(found), list_typed(inputs), dropped)}"
        problems.append(Problem("inputs", name, allowed, remark=remark))


def _describe_leaving(names: list[str], inputs: list[str], dropped: list[str]) -> str:
    """What to type so that columns are no inputs."""
    them = "this column" if len(names) == 1 else "these columns"
    if set(names) & set(inputs):
        return f"to leave {them} out, take the name out of data.inputs"
    return f"to leave {them} out, type {type_list('data.drop', [*dropped, *names])}"


def _describe_input(column: Column) -> str:
    """Why a column is no input; empty if it is one."""
    if column.kind == "number" and not column.problem and np.isnan(np.fmin.reduce(column.values)):
        return "has no value in any row"
    return column.problem


def _find(file: TableFile, setting: str, words: list[str], problems: list[Problem]) -> set[str]:
    """The columns that names and patterns mean."""
    found: set[str] = set()
    for word in words:
        if word in file.columns:
            found.add(word)
        elif "*" not in word:
            problems.append(_unknown(file, setting, word))
        elif matches := [name for name in file.columns if fnmatchcase(name, _escape(word))]:
            found.update(matches)
        else:
            known = f"; the table has {_list_names(file.columns)}"
            allowed = "names of columns, or patterns that match some"
            problems.append(Problem(setting, word, allowed, remark=known))
    return found


def _escape(pattern: str) -> str:
    """The pattern in which the star alone is special, since names often hold brackets."""
    return re.sub(r"([\[?])", r"[\1]", pattern)


def _check_inputs(file: TableFile, targets: list[str], words: list[str], problems: list[Problem]) -> None:
    """No target is named as an input; patterns leave targets out."""
    if both := [name for name in words if name in targets and name in file.columns]:
        rest = [name for name in words if name not in both]
        remark = f"; type {type_list('data.inputs', rest)}" if rest else ""
        problems.append(Problem("inputs", words, f"without the target {_quote(both)}", remark=remark))


def _check_dropped(
    file: TableFile,
    targets: list[str],
    inputs: Sequence[str] | str | None,
    words: list[str],
    problems: list[Problem],
) -> None:
    """What is dropped by name is neither a target nor named as an input."""
    for what, names in {"target": targets, "input": list_typed(inputs)}.items():
        if both := [name for name in words if name in names and name in file.columns]:
            problems.append(Problem("drop", words, f"without the {what} {_quote(both)}"))


def _unknown(file: TableFile, setting: str, name: str) -> Problem:
    """What is said of a name that the table does not have."""
    same = [each for each in file.columns if each.casefold() == name.casefold()]
    close = same or difflib.get_close_matches(name, file.columns, n=3)
    meant = f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""
    known = f"{meant}; the table has {_list_names(file.columns)}"
    return Problem(setting, name, f"the name of a column of {file.path}", remark=known)


def _list_names(names: Collection[str]) -> str:
    shown = ", ".join(map(repr, list(names)[:_MOST_SHOWN]))
    return f"{shown} and {len(names) - _MOST_SHOWN:,} more" if len(names) > _MOST_SHOWN else shown


def _quote(names: Sequence[str]) -> str:
    return " and ".join(map(repr, names))
