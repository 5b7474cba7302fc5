"""What decides a search, in words: to tell whether a study on disk is of the same; must not know studies."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from hydra_plugins.sinefit_search._axis import Axis
    from hydra_plugins.sinefit_search._options import Options
    from hydra_plugins.sinefit_search._space import Space


def list_facts(space: Space, options: Options, batch_size: int, *, with_fixed: bool) -> dict[str, str]:
    """What decides the trials of a search and what their objectives mean, each fact by its name.

    How many trials there are is none of it: a search can go on with more.

    Args:
        space: that is searched.
        options: of the sweeper.
        batch_size: trials that are asked for at once.
        with_fixed: whether words with a single value count.
    """
    facts = {
        "hydra.sweeper.sampler": str(options.sampler),
        "hydra.sweeper.seed": str(options.seed),
        "hydra.sweeper.batch_size": str(batch_size),
        "hydra.sweeper.direction": ",".join(options.directions),
        "hydra.sweeper.repeats_by": options.repeats_by,
        "hydra.sweeper.where": str(options.where),
    }
    axes = [axis for axis in space.axes if with_fixed or not axis.is_fixed]
    facts |= {axis.key: _describe(axis) for axis in axes}
    return facts | {axis.key: f"repeats {_describe(axis)}" for axis in space.of_repeats}


def list_differences(then: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What differs, a line each.

    >>> list_differences({"a": "1", "b": "2"}, {"a": "3", "b": "2"})
    ['a: 1 then, 3 now']
    """
    return [
        f"{name}: {then.get(name, 'not there')} then, {now.get(name, 'not there')} now"
        for name in dict.fromkeys([*then, *now])
        if then.get(name) != now.get(name)
    ]


def _describe(axis: Axis) -> str:
    """All that an axis holds, so that different axes have different words."""
    conditions = [f"{name} {'|'.join(sorted(wanted))}" for name, wanted in sorted(axis.conditions.items())]
    only = f" for {' and '.join(conditions)}" if conditions else ""
    if axis.range is None or axis.rows:
        return f"{', '.join(axis.texts)}{only}"
    kinds = [" log"] * axis.range.is_log + [" whole"] * axis.range.is_int
    step = "" if axis.range.step is None else f" in steps of {axis.range.step!r}"
    return f"{axis.range.low!r} to {axis.range.high!r}{''.join(kinds)}{step}{only}"
