"""What is searched: axes, repeats, a filter and their combinations; must not know how jobs are launched."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hydra.errors import CompactHydraException
from hydra_plugins.sinefit_search._axes import explain_many, make_axes
from hydra_plugins.sinefit_search._draws import draw_shares
from hydra_plugins.sinefit_search._options import MOST_JOBS
from hydra_plugins.sinefit_search._where import Where
from hydra_plugins.sinefit_search._words import gather_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hydra.core.config_loader import ConfigLoader
    from hydra.core.override_parser.types import Override
    from hydra_plugins.sinefit_search._axes import Axes
    from hydra_plugins.sinefit_search._axis import Axis, Row
    from hydra_plugins.sinefit_search._options import Options
    from hydra_plugins.sinefit_search._range import Range


class Chooser(Protocol):
    """Chooses a value of each axis that exists."""

    def choose(self, key: str, values: Sequence[str]) -> int:
        """The index of one of the listed values, which are texts as Hydra writes them."""
        ...

    def number(self, key: str, range_: Range) -> float:
        """A number of the range."""
        ...


@dataclass(frozen=True)
class Trial:
    """One setting of everything that is searched.

    Args:
        words: its overrides, without those of repeats.
        values: setting to value, as Python has it.
    """

    words: tuple[str, ...]
    values: Mapping[str, Any]


class Space:
    """The trials of a search and their repeats.

    Args:
        axes: of which it is made.
        options: of the sweeper.

    Attributes:
        axes: of the settings, each behind those that its conditions name.
        of_repeats: the axes of the repeats.
        repeats: the words of each repeat of a trial; one without words where nothing is repeated.
        num_combinations: how many trials there are before the filter drops some; of a sampler that learns,
            how many it makes.

    Raises:
        CompactHydraException: if options contradict the axes, or more is asked for than would be by intent.
    """

    def __init__(self, axes: Axes, options: Options) -> None:
        self.axes = axes.of_setting
        self.options = options
        _require_used(self.axes, options)
        self.of_repeats = axes.of_repeats
        names = dict.fromkeys(name for axis in self.axes for name in axis.names if not name.startswith("~"))
        self._where = None if options.where is None else Where(options.where, names)
        self._drawn = [index for index, axis in enumerate(self.axes) if axis.is_drawn]
        num_repeats = math.prod(map(len, axes.of_repeats))
        self._refuse_many((options.num_draws or 1) * num_repeats)
        self.repeats: Sequence[tuple[str, ...]] = [
            tuple(word for row in rows for _, word in row.words)
            for rows in itertools.product(*(axis.rows for axis in axes.of_repeats))
        ]
        self.num_combinations = (options.num_draws or 0) if options.is_learning else self._count_all()
        self._refuse_many(self.num_combinations * num_repeats)

    @property
    def num_repeats(self) -> int:
        """How many jobs a trial has."""
        return len(self.repeats)

    def walk(self, chooser: Chooser) -> Trial:
        """Ask for a value of each axis that exists by what was chosen so far.

        Args:
            chooser: is not asked where there is a single value; of a pair it chooses one for all.
        """
        rows: list[Row] = []
        identities: dict[str, str] = {}
        for axis in self.axes:
            if axis.exists(identities):
                row = _ask(chooser, axis)
                rows.append(row)
                identities.update(row.identities)
        return _trial(rows)

    def keeps(self, trial: Trial) -> bool:
        """Whether the filter keeps a trial."""
        return self._where is None or self._where.keeps(trial.values)

    def combinations(self) -> Iterator[Trial]:
        """All trials of grids and random draws in order: draws outside, the axis typed last inside."""
        always = not self._drawn or any(not self.axes[index].conditions for index in self._drawn)
        for num, drawn in enumerate(self._draws()):
            own = {id(row) for row in drawn.values()}
            for rows in self._complete(0, (), {}, drawn):
                # Where nothing drawn exists, all draws are the same trial, which is made once.
                if num == 0 or always or any(id(row) in own for row in rows):
                    yield _trial(rows)

    def trials(self) -> Iterator[Trial]:
        """Those of `combinations` that the filter keeps.

        Raises:
            CompactHydraException: if there are none.
        """
        num = -1
        for num, trial in enumerate(filter(self.keeps, self.combinations())):  # noqa: B007 - see below
            yield trial
        if num < 0:
            msg = (
                f"hydra.sweeper.where={self.options.where!r} drops all {self.num_combinations:,}"
                " combinations, so that there is no job"
            )
            raise CompactHydraException(msg)

    def _complete(
        self, index: int, rows: tuple[Row, ...], identities: Mapping[str, str], drawn: Mapping[int, Row]
    ) -> Iterator[tuple[Row, ...]]:
        """All ways to go on from the rows of the first axes."""
        if index == len(self.axes):
            yield rows
            return
        axis = self.axes[index]
        if not axis.exists(identities):
            yield from self._complete(index + 1, rows, identities, drawn)
            return
        for row in (drawn[index],) if index in drawn else axis.rows:
            known = {**identities, **row.identities}
            yield from self._complete(index + 1, (*rows, row), known, drawn)

    def _draws(self) -> Iterator[dict[int, Row]]:
        """For each draw the row of each drawn axis, by the axis' index; a single empty one without draws."""
        if not self._drawn:
            yield {}
            return
        for shares in draw_shares(self.options, len(self._drawn)):
            yield {
                index: self.axes[index].at(share) for index, share in zip(self._drawn, shares, strict=True)
            }

    def _count_all(self) -> int:
        """How many combinations there are, without making them."""
        referred = {name for axis in self.axes for name in axis.conditions}
        if not any(name in referred for index in self._drawn for name in self.axes[index].names):
            any_draw = dict.fromkeys(self._drawn)
            first = self._count(any_draw, is_first=True)
            later = (self.options.num_draws or 1) - 1
            return first + (later * self._count(any_draw, is_first=False) if later else 0)
        return sum(self._count(drawn, is_first=num == 0) for num, drawn in enumerate(self._draws()))

    def _count(self, drawn: Mapping[int, Row | None], *, is_first: bool) -> int:
        """How many combinations a draw has; a later one without those in which nothing is drawn."""
        states: Counter[tuple[frozenset[tuple[str, str]], bool]] = Counter(
            {(frozenset(), not self._drawn): 1}
        )
        for index, axis in enumerate(self.axes):
            later = [each.conditions for each in self.axes[index + 1 :]]
            after: Counter[tuple[frozenset[tuple[str, str]], bool]] = Counter()
            for (known, has_drawn), count in states.items():
                if not axis.exists(dict(known)):
                    after[known, has_drawn] += count
                    continue
                rows = (drawn[index],) if index in drawn else axis.rows
                told = Counter(
                    frozenset(_told(later, {**dict(known), **(row.identities if row else {})}))
                    for row in rows
                )
                for state, times in told.items():
                    after[state, has_drawn or index in drawn] += count * times
            states = after
        return sum(count for (_, has_drawn), count in states.items() if is_first or has_drawn)

    def _refuse_many(self, count: int) -> None:
        if count > MOST_JOBS and not self.options.is_confirmed:
            what = "jobs" if self._where is None else "combinations, before hydra.sweeper.where drops some,"
            raise CompactHydraException(explain_many(count, what))


def read_space(options: Options, overrides: Sequence[Override], loader: ConfigLoader | None = None) -> Space:
    """The space that the words of a sweep stand for.

    Args:
        options: of the sweeper.
        overrides: as typed, those of the app alone.
        loader: knows the choices that a ``glob()`` stands for.

    Raises:
        CompactHydraException: naming all mistakes.
    """
    return Space(make_axes(gather_words(options, overrides, loader), options), options)


def _ask(chooser: Chooser, axis: Axis) -> Row:
    if axis.range is not None and not axis.rows:
        return axis.with_number(chooser.number(axis.key, axis.range))
    return axis.rows[0 if len(axis) == 1 else chooser.choose(axis.key, axis.texts)]


def _trial(rows: Sequence[Row]) -> Trial:
    words = sorted(word for row in rows for word in row.words)
    values: dict[str, Any] = {}
    for row in rows:
        values.update(row.values)
    return Trial(tuple(word for _, word in words), values)


def _told(
    later: Sequence[Mapping[str, frozenset[str]]], identities: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """What later conditions depend on, of what is known."""
    for conditions in later:
        for name, wanted in conditions.items():
            if identities.get(name) in wanted:
                yield name, identities[name]


def _require_used(axes: Sequence[Axis], options: Options) -> None:
    """Refuse options that no axis heeds."""
    if options.levels is not None and not any(axis.range is not None for axis in axes):
        msg = (
            f"hydra.sweeper.levels={options.levels} is of intervals, and there is none; type one, such as"
            " KEY=interval(0,1), or leave it out"
        )
        raise CompactHydraException(msg)
    is_used = any(not axis.is_fixed if options.is_learning else axis.is_drawn for axis in axes)
    if options.num_draws is not None and not is_used:
        msg = (
            f"hydra.sweeper.num_draws={options.num_draws} draws from intervals and ranges, and there is none;"
            " type KEY=interval(0,1), or 'KEY=tag(draw,choice(a,b))' to draw from a list"
        )
        raise CompactHydraException(msg)
