"""In words: whether a network beats a straight line, and what the test rows say of it; loads no pandas."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TEST = "test_"
"""What names of metrics of the test rows begin with."""
CLOSE = 1.5
"""Errors that differ by a smaller factor are compared in per cent."""
MANY = 100
"""Factors from here on are whole numbers."""


def describe_baselines(metrics: Mapping[str, float | None]) -> str | None:
    """One sentence: whether the network's error is smaller than a straight line's on the same rows.

    >>> sentence = describe_baselines({"rmse": 5.25, "linear_rmse": 10.5, "mean_rmse": 16.8})
    >>> sentence.partition(": ")[2]
    "the network's error is 2.0 times smaller"

    Args:
        metrics: of a run, or medians over several, by name; whatever they are judged by, rmse is compared.

    Returns:
        None where rmse or one of the baselines is missing or not finite, as of runs on functions.
    """
    rmse, linear, mean = (_read(metrics, name) for name in ("rmse", "linear_rmse", "mean_rmse"))
    if rmse is None or linear is None or mean is None:
        return None
    line = f"a straight line (ordinary least squares) has rmse {linear:.3g} on the same rows"
    lines = f"{line}, the mean {mean:.3g}"
    if rmse < linear:
        return f"{lines}: the network's error is {_describe_gain(rmse, linear)}"
    beaten = "a straight line" if rmse < mean else "a straight line, nor the mean"
    return f"{lines}: the network's {rmse:.3g} does not beat {beaten}"


def describe_test_rows(metrics: Mapping[str, float | None], metric: str = "rmse") -> str | None:
    """One sentence: the error on the test rows, and a straight line's there.

    >>> describe_test_rows({"test_rmse": 5.31, "test_r2": 0.89, "test_linear_rmse": 10.9})
    'on the test rows, which chose nothing: rmse 5.31 (r2 0.89); a straight line has rmse 10.9 there'

    Args:
        metrics: of a run, or medians over several, by name.
        metric: what the run was chosen by, which stands first where the test rows have it.

    Returns:
        None where there are no test rows.
    """
    names = dict.fromkeys([metric, "rmse", "r2"])
    found = {name: value for name in names if (value := _read(metrics, TEST + name)) is not None}
    if not found:
        return None
    first, *others = [f"{name} {value:.3g}" for name, value in found.items()]
    more = f" ({', '.join(others)})" if others else ""
    linear = _read(metrics, f"{TEST}linear_rmse")
    line = "" if linear is None else f"; a straight line has rmse {linear:.3g} there"
    return f"on the test rows, which chose nothing: {first}{more}{line}"


def describe_fit(metrics: Mapping[str, float | None], metric: str = "rmse") -> list[str]:
    """Both sentences, as far as there is something to say.

    Args:
        metrics: of a run, or medians over several, by name.
        metric: what the run was chosen by.
    """
    return [text for text in (describe_test_rows(metrics, metric), describe_baselines(metrics)) if text]


def _describe_gain(rmse: float, linear: float) -> str:
    """By how much the smaller of two errors is smaller: a factor, or per cent where they are close.

    >>> _describe_gain(5.0, 10.0), _describe_gain(9.9, 10.0), _describe_gain(0.0, 10.0)
    ('2.0 times smaller', '1 % smaller', '0')
    """
    if rmse == 0:
        return "0"
    ratio = linear / rmse
    if ratio < CLOSE:
        return f"{100 * (1 - rmse / linear):.2g} % smaller"
    return f"{ratio:.1f} times smaller" if ratio < MANY else f"{ratio:,.0f} times smaller"


def _read(metrics: Mapping[str, float | None], name: str) -> float | None:
    """A metric that exists and is finite."""
    value = metrics.get(name)
    return value if isinstance(value, int | float) and math.isfinite(value) else None
