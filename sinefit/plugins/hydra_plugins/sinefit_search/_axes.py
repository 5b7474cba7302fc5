"""From the words of a search to its axes; must not know how combinations are made of them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.types import RangeSweep
from hydra.errors import CompactHydraException
from hydra_plugins.sinefit_search._axis import Axis, Setting
from hydra_plugins.sinefit_search._options import MOST_JOBS
from hydra_plugins.sinefit_search._range import Range
from hydra_plugins.sinefit_search._value import Value, count_values, list_values

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hydra_plugins.sinefit_search._options import Options
    from hydra_plugins.sinefit_search._words import Word


@dataclass(frozen=True)
class Axes:
    """What combinations are made of.

    Args:
        of_setting: whose combinations are the settings, each behind those that its conditions name.
        of_repeats: whose combinations repeat each setting.
    """

    of_setting: tuple[Axis, ...]
    of_repeats: tuple[Axis, ...]


def make_axes(words: Sequence[Word], options: Options) -> Axes:
    """The axes that words stand for.

    Args:
        words: at most one of a setting, but for different branches.
        options: say whether something is drawn.

    Raises:
        CompactHydraException: naming all words that stand for none.
    """
    mistakes: list[str] = []
    made: list[tuple[Word, Axis]] = []
    for position, word in enumerate(words):
        try:
            made.append((word, _make_axis(word, position, options)))
        except CompactHydraException as error:
            mistakes.append(str(error))
    _raise(mistakes)
    axes = list(_join_pairs(made, mistakes))
    _raise(mistakes)
    repeats = [axis for word, axis in made if word.tags.is_repeats]
    settings = [axis for axis in axes if axis not in repeats]
    mistakes += _find_wrong_conditions(settings, repeats)
    _raise(mistakes)
    return Axes(tuple(_name_apart(_in_order(settings))), tuple(repeats))


def _raise(mistakes: list[str]) -> None:
    if mistakes:
        raise CompactHydraException("\n".join(mistakes))


def _make_axis(word: Word, position: int, options: Options) -> Axis:
    """The axis of one word."""
    setting = Setting(word.name, word.element, position)
    conditions = {
        key: frozenset(value.identity for value in values) for key, values in word.tags.conditions.items()
    }
    range_ = _read_range(word, options)
    axis = Axis((setting,), word.name, conditions=conditions, line=word.line)
    if range_ is None:
        if word.tags.is_drawn and options.num_draws is None:
            msg = f"{word.line}: draw needs hydra.sweeper.num_draws=50, which says how often"
            raise CompactHydraException(msg)
        is_fixed = not word.override.is_sweep_override()
        values = tuple(list_values(word.override))
        return replace(axis, columns=(values,), is_drawn=word.tags.is_drawn, is_fixed=is_fixed)
    if options.levels is not None:
        numbers = range_.levels(options.levels)
        return replace(
            axis, columns=(tuple(Value(repr(number), number) for number in numbers),), range=range_
        )
    return replace(axis, range=range_, is_drawn=True)


def _read_range(word: Word, options: Options) -> Range | None:
    """The range of a word from which numbers are taken; None for a list of values."""
    value: Any = word.override.value()
    tags = word.tags
    if word.override.is_interval_sweep():
        return _read_interval(word, options)
    is_drawn = (
        isinstance(value, RangeSweep)
        and options.num_draws is not None
        and not (tags.pair or tags.is_repeats or value.shuffle)
    )
    if is_drawn:
        return _read_steps(word)
    if tags.is_log or tags.is_int:
        is_range = isinstance(value, RangeSweep)
        hint = "type hydra.sweeper.num_draws=50 to draw it" if is_range else "a list has neither"
        msg = f"{word.line}: log and int say how an interval is spread or a range is drawn; {hint}"
        raise CompactHydraException(msg)
    if (count := count_values(word.override)) > MOST_JOBS and not options.is_confirmed:
        raise CompactHydraException(explain_many(count, f"values of {word.name}"))
    return None


def explain_many(count: int, what: str) -> str:
    """What to type where there is more than one would start by mistake.

    Args:
        count: how many there are.
        what: of which there are so many.
    """
    return (
        f"{count:,} {what} are more than {MOST_JOBS:,}: nothing is run; type hydra.sweeper.confirm=true if"
        " they are meant"
    )


def _read_interval(word: Word, options: Options) -> Range:
    """The range of an ``interval(a,b)``."""
    value: Any = word.override.value()
    if word.tags.pair or word.tags.is_repeats:
        what = "pairs" if word.tags.pair else "repeats"
        msg = f"{word.line}: {what} are of listed values, not of an interval"
        raise CompactHydraException(msg)
    if options.levels is None and options.num_draws is None:
        msg = (
            f"{word.line} is an interval: type hydra.sweeper.levels=7 for a grid of 7 of its values, or"
            " hydra.sweeper.num_draws=50 for 50 draws"
        )
        raise CompactHydraException(msg)
    is_int = word.tags.is_int or (type(value.start) is int and type(value.end) is int)
    low, high = value.start, value.end
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        msg = f"{word.line}: an interval goes from a smaller number to a greater one, got {low:g} to {high:g}"
        raise CompactHydraException(msg)
    if is_int and not (float(low).is_integer() and float(high).is_integer()):
        msg = f"{word.line}: the ends of whole numbers must be whole, got {low:g} and {high:g}"
        raise CompactHydraException(msg)
    low, high = (int(low), int(high)) if is_int else (float(low), float(high))
    return _checked(Range(low, high, is_log=word.tags.is_log, is_int=is_int), word)


def _read_steps(word: Word) -> Range:
    """The range of a ``range(start,stop,step)`` whose numbers are drawn."""
    value: Any = word.override.value()
    count = count_values(word.override)
    if count < 1:
        msg = f"{word.line} stands for no number"
        raise CompactHydraException(msg)
    is_int = all(type(number) is int for number in (value.start, value.stop, value.step))
    if word.tags.is_int and not is_int:
        msg = f"{word.line}: a range of whole numbers has a whole start, stop and step"
        raise CompactHydraException(msg)
    first, step = value.start, value.step
    last = Range(first, first, is_int=is_int, step=step).neighbour(count - 1)
    low, high = sorted((first, last))
    return _checked(Range(low, high, is_log=word.tags.is_log, is_int=is_int, step=abs(step)), word)


def _checked(range_: Range, word: Word) -> Range:
    if range_.is_log and range_.low <= 0:
        msg = f"{word.line}: a log scale has positive numbers alone, got {range_.low:g}"
        raise CompactHydraException(msg)
    return range_


def _join_pairs(made: Sequence[tuple[Word, Axis]], mistakes: list[str]) -> Iterator[Axis]:
    """The axes, those of equal ``pair`` tags as one, where the first of them stands."""
    groups: dict[str, list[Axis]] = {}
    for word, axis in made:
        if word.tags.pair is not None:
            groups.setdefault(word.tags.pair, []).append(axis)
    mistakes += [
        f"{members[0].line}: {tag} stands at one setting only; tag the other one too"
        for tag, members in groups.items()
        if len(members) == 1
    ]
    joined = {tag: _join(tag, members, mistakes) for tag, members in groups.items()}
    for word, axis in made:
        if word.tags.pair is None:
            yield axis
        elif word.tags.pair in joined:
            yield joined.pop(word.tags.pair)


def _join(tag: str, members: Sequence[Axis], mistakes: list[str]) -> Axis:
    first = members[0]
    for other in members[1:]:
        if len(other) != len(first):
            mistakes.append(
                f"{tag}: {first.key} has {len(first)} values and {other.key} has {len(other)}; settings that"
                " go together have equally many"
            )
        if other.conditions != first.conditions:
            mistakes.append(
                f"{tag}: {first.key} and {other.key} go together, so that their conditions are equal"
            )
    if mistakes:
        return first
    return replace(
        first,
        settings=tuple(setting for each in members for setting in each.settings),
        columns=tuple(column for each in members for column in each.columns),
        key=",".join(each.key for each in members),
        line=" ".join(each.line for each in members),
    )


def _find_wrong_conditions(axes: Sequence[Axis], repeats: Sequence[Axis]) -> list[str]:
    """Conditions that never hold, a sentence each."""
    mistakes = []
    for axis in axes:
        for key, wanted in axis.conditions.items():
            sources = [each for each in axes if not each.is_fixed and key in each.names]
            known = {row.identities[key]: None for each in sources for row in each.rows}
            if any(key in each.names for each in repeats):
                mistakes.append(f"{axis.line}: {key} is of repeats, and no setting that others depend on")
            elif not sources:
                swept = ", ".join(name for each in axes if not each.is_fixed for name in each.names)
                mistakes.append(
                    f"{axis.line}: {key} is not swept, so it can be no condition; swept are {swept}"
                )
            elif any(each.range is not None and not each.rows for each in sources):
                mistakes.append(f"{axis.line}: {key} is a range; only listed values can be a condition")
            else:
                mistakes += [
                    f"{axis.line}: {key} is never {each}; its values are {', '.join(known)}"
                    for each in sorted(wanted - known.keys())
                ]
    return mistakes


def _in_order(axes: Sequence[Axis]) -> list[Axis]:
    """The axes as typed, but each behind those that its conditions name."""
    left, ordered = list(axes), list[Axis]()
    while left:
        waiting = {name for axis in left for name in axis.names}
        free = next((axis for axis in left if not (axis.conditions.keys() & waiting)), None)
        if free is None:
            circle = " and ".join(axis.line for axis in left)
            msg = f"{circle} depend on each other: none of them can come first"
            raise CompactHydraException(msg)
        ordered.append(free)
        left.remove(free)
    return ordered


def _name_apart(axes: Sequence[Axis]) -> Iterator[Axis]:
    """The axes, those of one setting in several branches with their conditions in their keys."""
    counts = {axis.key: sum(other.key == axis.key for other in axes) for axis in axes}
    for axis in axes:
        of_branch = " and ".join(
            f"{name}={'|'.join(sorted(values))}" for name, values in axis.conditions.items()
        )
        yield replace(axis, key=f"{axis.key} if {of_branch}") if counts[axis.key] > 1 else axis
