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
    targets = _as_list(target)
    _check_targets(file, targets, problems)
    dropped = _find(file, "drop", _as_list(drop), problems)
    _check_dropped(file, targets, inputs, _as_list(drop), problems)
    if inputs is None:
        chosen = set(file.columns) - {reserved}
    else:
        chosen = _find(file, "inputs", _as_list(inputs), problems)
        _check_inputs(file, targets, _as_list(inputs), problems)
        if reserved not in _as_list(inputs):
            chosen.discard(str(reserved))
    names = tuple(name for name in file.columns if name in chosen - dropped - set(targets))
    if not names and not problems:
        allowed = f"columns besides the target and those dropped; the table has {_list_names(file.columns)}"
        problems.append(Problem("inputs", inputs, allowed))
    _check_usable([file.columns[name] for name in names], _as_list(drop), problems)
    if problems:
        raise SettingsError(problems)
    return Chosen(names, tuple(targets))


def _as_list(names: Sequence[str] | str | float | None) -> list[str]:
    """One or several names as text; Hydra reads names such as 1 as numbers."""
    if names is None:
        return []
    return [str(name) for name in ([names] if isinstance(names, str | int | float) else names)]


def _check_targets(file: TableFile, targets: list[str], problems: list[Problem]) -> None:
    if not targets:
        problems.append(Problem("target", targets, f"one or several of {_list_names(file.columns)}"))
    if twice := sorted({name for name in targets if targets.count(name) > 1}):
        problems.append(Problem("target", targets, f"columns named once, but {_quote(twice)} is named again"))
    for name in dict.fromkeys(targets):
        if name not in file.columns:
            problems.append(Problem("target", name, _describe_known(file, name)))
        elif allowed := _describe_target(file.columns[name]):
            problems.append(Problem("target", name, allowed))


def _describe_target(column: Column) -> str:
    """What a target must be and this column is not; empty if it is."""
    if column.problem:
        return f"a column of finite numbers, but column {column.name!r} {column.problem}"
    if column.kind != "number":
        what = (
            "truth values" if column.kind == "boolean" else f"categories such as {shorten(column.levels[0])}"
        )
        return f"a column of numbers, which is what sinefit fits, but column {column.name!r} holds {what}"
    lowest, highest = np.fmin.reduce(column.values), np.fmax.reduce(column.values)
    if np.isnan(lowest):
        return f"a column of numbers, but column {column.name!r} has no value in any row"
    if lowest == highest:
        return f"a column that varies, but column {column.name!r} has the value {lowest:g} in all rows"
    return ""


def _check_usable(columns: list[Column], dropped: list[str], problems: list[Problem]) -> None:
    """All inputs can be used."""
    found = {column.name: problem for column in columns if (problem := _describe_input(column))}
    problems += [
        Problem("inputs", name, f"columns that can be used, but column {name!r} {problem}")
        for name, problem in found.items()
    ]
    if len(found) > 1:
        together = type_list("data.drop", [*dropped, *found])
        problems.append(Problem("drop", dropped, f"longer to leave out all of these: {together}"))


def _describe_input(column: Column) -> str:
    """Why a column is no input; empty if it is one."""
    if column.kind == "number" and not column.problem and np.isnan(np.fmin.reduce(column.values)):
        return f"has no value in any row; drop it: {type_list('data.drop', [column.name])}"
    return column.problem


def _find(file: TableFile, setting: str, words: list[str], problems: list[Problem]) -> set[str]:
    """The columns that names and patterns mean."""
    found: set[str] = set()
    for word in words:
        if word in file.columns:
            found.add(word)
        elif "*" not in word:
            problems.append(Problem(setting, word, _describe_known(file, word)))
        elif matches := [name for name in file.columns if fnmatchcase(name, _escape(word))]:
            found.update(matches)
        else:
            allowed = (
                f"names of columns or patterns that match some; the table has {_list_names(file.columns)}"
            )
            problems.append(Problem(setting, word, allowed))
    return found


def _escape(pattern: str) -> str:
    """The pattern in which the star alone is special, since names often hold brackets."""
    return re.sub(r"([\[?])", r"[\1]", pattern)


def _check_inputs(file: TableFile, targets: list[str], words: list[str], problems: list[Problem]) -> None:
    """No target is named as an input; patterns leave targets out."""
    if both := [name for name in words if name in targets and name in file.columns]:
        problems.append(Problem("inputs", words, f"without the target {_quote(both)}"))


def _check_dropped(
    file: TableFile,
    targets: list[str],
    inputs: Sequence[str] | str | None,
    words: list[str],
    problems: list[Problem],
) -> None:
    """What is dropped by name is neither a target nor named as an input."""
    for what, names in {"target": targets, "input": _as_list(inputs)}.items():
        if both := [name for name in words if name in names and name in file.columns]:
            problems.append(Problem("drop", words, f"without the {what} {_quote(both)}"))


def _describe_known(file: TableFile, name: str) -> str:
    """What a name must be that the table does not have."""
    same = [each for each in file.columns if each.casefold() == name.casefold()]
    close = same or difflib.get_close_matches(name, file.columns, n=3)
    meant = f" (did you mean {' or '.join(map(repr, close))}?)" if close else ""
    return f"the name of a column of {file.path}, which has {_list_names(file.columns)}{meant}"


def _list_names(names: Collection[str]) -> str:
    shown = ", ".join(map(repr, list(names)[:_MOST_SHOWN]))
    return f"{shown} and {len(names) - _MOST_SHOWN:,} more" if len(names) > _MOST_SHOWN else shown


def _quote(names: Sequence[str]) -> str:
    return " and ".join(map(repr, names))
