"""Shares of variance where not all combinations of values were run equally often, by least squares."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from sinefit.errors import SinefitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

RANK_TOLERANCE = 1e-10
"""Eigenvalues below this share of the largest are zeros with rounding errors."""


def explain_by_least_squares(
    settings: Mapping[str, NDArray[np.intp]], y: NDArray[np.float64], notes: list[str]
) -> dict[str, float]:
    """What each setting and each pair explains beyond the other terms, as a share of the sum of squares.

    The other terms are without those that determine it: pairs that a setting is part of (so that these are
    sums of squares of type II), or a momentum that only SGD has, which determines the optimizer.

    Args:
        settings: the level of each run as a number, by setting: (N,), from 0.
        y: (N,), with a mean of 0.
        notes: where it is said what was done.

    Raises:
        SinefitError: if there are too few runs for so many settings.
    """
    free = {name: int(codes.max()) for name, codes in settings.items()}
    pairs = {}
    for a, b in combinations([name for name in settings if free[name]], 2):
        codes = settings[a] * (free[b] + 1) + settings[b]
        if len(np.unique(codes)) == (free[a] + 1) * (free[b] + 1):
            pairs[f"{a} x {b}"], free[f"{a} x {b}"] = codes, free[a] * free[b]
    model, terms = _Model({**settings, **pairs}, y), [*settings, *pairs]
    if 1 + sum(free.values()) == model.fit(terms)[1] < len(y):
        notes.append("not a full grid: type II analysis of variance, with two-way effects")
    else:
        terms = list(settings)
        rank = model.fit(terms)[1]
        if rank >= len(y):
            msg = (
                f"{len(y)} runs are too few to tell the effects of {len(settings)} settings apart where they"
                " are no full grid; run more, or name fewer with --keys"
            )
            raise SinefitError(msg)
        is_nested = rank < 1 + sum(free[name] for name in settings)
        notes.append("not a full grid: type II analysis of variance, main effects only")
        notes += ["settings that others determine have what is explained without those"] if is_nested else []
    shares = {}
    for name in terms:
        others = [other for other in terms if not model.determines(other, name)]
        explained = model.fit([*others, name])[0] - model.fit(others)[0]
        shares[name] = max(0.0, explained) / float((y**2).sum())
    return shares


class _Model:
    """Least squares by the normal equations, whose matrix is small and holds counts, for any number of runs.

    Args:
        terms: the level of each run as a number, by term: (N,), from 0.
        y: (N,).
    """

    def __init__(self, terms: Mapping[str, NDArray[np.intp]], y: NDArray[np.float64]) -> None:
        from scipy import sparse  # noqa: PLC0415 - takes a tenth of a second

        codes = {"": np.zeros(len(y), dtype=int), **terms}
        runs, ones = np.arange(len(y)), np.ones(len(y))
        design = sparse.hstack([sparse.csr_array((ones, (runs, each))) for each in codes.values()], "csr")
        self._owners = np.repeat(list(codes), [each.max() + 1 for each in codes.values()])
        self._counts, self._sums = (design.T @ design).toarray(), design.T @ y

    def fit(self, terms: Iterable[str]) -> tuple[float, int]:
        """The sum of squares that a mean and these terms explain, and how many parameters are free."""
        chosen = np.isin(self._owners, ["", *terms])
        sizes, directions = np.linalg.eigh(self._counts[np.ix_(chosen, chosen)])
        kept = sizes > RANK_TOLERANCE * sizes.max()
        explained = (directions[:, kept].T @ self._sums[chosen]) ** 2 / sizes[kept]
        return float(explained.sum()), int(kept.sum())

    def determines(self, term: str, other: str) -> bool:
        """Whether one term's level decides another's.

        Args:
            term: the one.
            other: the other.
        """
        together = self._counts[np.ix_(self._owners == term, self._owners == other)]
        return bool(((together > 0).sum(1) == 1).all())
