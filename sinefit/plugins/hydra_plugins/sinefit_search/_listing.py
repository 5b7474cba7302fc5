"""What a sweep is going to do, in words, before anything starts; must not know how it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from hydra_plugins.sinefit_search._axis import Axis
    from hydra_plugins.sinefit_search._space import Space, Trial

SMALL = 1000
"""A grid of no more jobs needs no line."""
MOST_VALUES = 8
"""Of an axis with more values than these, the first ones and the last one are shown."""
MOST_JOBS = 3
"""So many of the first jobs, and of the last, are shown."""


def describe_briefly(space: Space, trials: Sequence[Trial] | None) -> Iterator[str]:
    """One line on a search; none on a small grid that Hydra's basic sweeper could make.

    Args:
        space: that is searched.
        trials: its trials; None if a sampler finds them on the way.
    """
    num_jobs = _count(space, trials) * space.num_repeats
    if num_jobs > SMALL or not _is_plain(space):
        yield ", ".join([_total(space, trials), *_name_sampler(space), *_name_filter(space, trials)])


def describe_fully(space: Space, trials: Sequence[Trial] | None) -> Iterator[str]:
    """All that is known of a search, a line each; for the arguments see `describe_briefly`."""
    yield ", ".join([_total(space, trials), *_name_sampler(space)])
    for axis in space.axes:
        yield f"  {_describe(axis)}{_name_conditions(axis)}"
    for axis in space.of_repeats:
        yield f"  {_describe(axis)} (repeats)"
    yield from (f"  {line}" for line in _name_filter(space, trials))
    if trials is None:
        yield "the sampler chooses the jobs by the results of those before"
    else:
        yield from _list_jobs(space, trials)


def _list_jobs(space: Space, trials: Sequence[Trial]) -> Iterator[str]:
    """The first and the last jobs, a line each."""
    count = len(trials) * space.num_repeats
    first = range(min(MOST_JOBS, count))
    last = range(max(len(first), count - MOST_JOBS), count)
    for nums, hidden in ((first, last.start - first.stop), (last, 0)):
        for num in nums:
            trial, repeat = divmod(num, space.num_repeats)
            yield f"  #{num}: {' '.join([*trials[trial].words, *space.repeats[repeat]])}"
        if hidden:
            yield f"  ... {hidden:,} more ..."


def _count(space: Space, trials: Sequence[Trial] | None) -> int:
    return space.num_combinations if trials is None else len(trials)


def _is_plain(space: Space) -> bool:
    is_grid = all(
        axis.range is None and not axis.is_drawn and not axis.conditions and len(axis.settings) == 1
        for axis in space.axes
    )
    options = space.options
    return is_grid and not space.of_repeats and options.where is None and options.sampler is None


def _total(space: Space, trials: Sequence[Trial] | None) -> str:
    count = _count(space, trials)
    num_jobs = count * space.num_repeats
    total = f"{num_jobs:,} job{'' if num_jobs == 1 else 's'}"
    return total if space.num_repeats == 1 else f"{total}: {count:,} trials x {space.num_repeats:,} repeats"


def _name_sampler(space: Space) -> Iterator[str]:
    options = space.options
    if options.sampler is not None:
        what = "trials" if options.is_learning else "draws"
        yield f"{options.num_draws:,} {what} by {options.sampler}, seed {options.seed}"


def _name_filter(space: Space, trials: Sequence[Trial] | None) -> Iterator[str]:
    if space.options.where is not None:
        dropped = "" if trials is None else f" drops {space.num_combinations - len(trials):,}"
        combinations = "" if trials is None else f" of {space.num_combinations:,} combinations"
        yield f"where {space.options.where}{dropped}{combinations}"


def _describe(axis: Axis) -> str:
    """The names of an axis and its values."""
    name = " with ".join(axis.names)
    if axis.range is None:
        drawn = ", drawn" if axis.is_drawn else ""
        return f"{name}: {_shorten(axis.texts)}{drawn}"
    kinds = ["log"] * axis.range.is_log + ["whole numbers"] * axis.range.is_int
    if axis.range.step not in (None, 1):
        kinds.append(f"steps of {axis.range.step:g}")
    ends = f"{axis.range.low:g} to {axis.range.high:g}"
    levels = [f"{len(axis)} levels: {_shorten(axis.texts)}"] if axis.rows else ["drawn"]
    return f"{name}: {', '.join([ends, *kinds, *levels])}"


def _shorten(texts: Sequence[str]) -> str:
    if len(texts) <= MOST_VALUES:
        return "; ".join(texts) if any("," in text for text in texts) else ", ".join(texts)
    return f"{', '.join(texts[: MOST_VALUES - 2])}, ..., {texts[-1]} ({len(texts):,} values)"


def _name_conditions(axis: Axis) -> str:
    parts = [f"{name}={'|'.join(sorted(wanted))}" for name, wanted in axis.conditions.items()]
    return f" only for {' and '.join(parts)}".replace("'", "") if parts else ""
