"""The C program's functions of activations and losses, written from the tables of both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinefit.core.activations import ACTIVATIONS
from sinefit.core.losses.pointwise import POINTWISE_LOSSES

if TYPE_CHECKING:
    from collections.abc import Iterable

ACTIVATE = """
/* Values of `count` numbers z of each unit, `pitch` from unit to unit; activation 0 is none, whose values lie
   where the numbers do. */
static void activate(REAL *restrict values, const REAL *restrict numbers, int units, int pitch, int count,
                     int activation, REAL factor) {
    switch (activation) {
%s
    default:
        break;
    }
}
"""
ACTIVATE_CASE = """\
    case %d:
        for (int u = 0; u < units; u++) {
            const int64_t from = (int64_t)u * pitch;
#pragma omp simd simdlen(LANES)
            for (int64_t t = from; t < from + count; t++) {
                const REAL z = numbers[t];
                values[t] = %s;
            }
        }
        break;"""
MULTIPLY = """
/* The loss's derivatives by `count` values of each unit become those by its numbers z. */
static void multiply_by_slope(REAL *restrict derivatives, const REAL *restrict values,
                              const REAL *restrict numbers, int units, int pitch, int count,
                              int activation, REAL factor) {
    switch (activation) {
%s
    default:
        break;
    }
}
"""
MULTIPLY_CASE = """\
    case %d:
        for (int u = 0; u < units; u++) {
            const int64_t from = (int64_t)u * pitch;
#pragma omp simd simdlen(LANES)
            for (int64_t t = from; t < from + count; t++) {
                const REAL z = numbers[t], a = values[t], d = derivatives[t];
                (void)z, (void)a;
                derivatives[t] = %s;
            }
        }
        break;"""
LOSSES = """
/* Losses of errors, and their slopes. */
static void losses_of(REAL *restrict losses, REAL *restrict slopes, const REAL *restrict errors,
                      int64_t count, int loss, REAL factor) {
    switch (loss) {
%s
    }
}
"""
LOSS_CASE = """\
    case %d:
#pragma omp simd simdlen(LANES)
        for (int64_t t = 0; t < count; t++) {
            const REAL e = errors[t], size = e < 0 ? -e : e;
            (void)size;
            losses[t] = %s;
            slopes[t] = %s;
        }
        break;"""


def write_tables() -> str:
    """The text of tables.h. A loss's number is its index in its table; for activations see below."""
    fast = [ACTIVATIONS[name] for name in fast_activations()]
    losses = POINTWISE_LOSSES.values()
    return "".join(
        (
            f"enum {{ RELU = {fast_activations().index('relu') + 1} }};\n",
            ACTIVATE % _write_cases(ACTIVATE_CASE, ((each.value,) for each in fast), first=1),
            MULTIPLY % _write_cases(MULTIPLY_CASE, ((each.gradient,) for each in fast), first=1),
            LOSSES % _write_cases(LOSS_CASE, ((each.value, each.slope) for each in losses), first=0),
        )
    )


def fast_activations() -> list[str]:
    """Names of the activations that the C program knows; the first is its number 1."""
    return [name for name, activation in ACTIVATIONS.items() if activation.value]


def _write_cases(case: str, expressions: Iterable[tuple[str, ...]], first: int) -> str:
    return "\n".join(case % (number, *parts) for number, parts in enumerate(expressions, first))
