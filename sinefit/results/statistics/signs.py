"""Is a paired difference more than luck? The exact test of signed ranks, and Holm's correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MOST_EXACT = 300
"""Pairs up to which the distribution under random signs is counted out; beyond, it is a normal one."""


def signed_rank_p(differences: ArrayLike) -> float:
    """The two-sided p value of Wilcoxon's signed-rank statistic under random signs.

    Ties share their mean rank, zeros have none, and infinite differences have the highest rank: the
    statistic is permuted as it is, so that the p value is valid for any of them. Where there are neither ties
    nor zeros, it is that of `scipy.stats.wilcoxon(method="exact")`.

    Args:
        differences: (N,), no nan.

    >>> round(signed_rank_p([1, 2, 3, 4, 5, 6]), 5)
    0.03125
    """
    from scipy.stats import norm, rankdata  # noqa: PLC0415 - takes a second

    d = np.asarray(differences, dtype=float)
    d = d[d != 0]
    if len(d) == 0:
        return 1.0
    ranks = rankdata(np.abs(d))
    positive, negative = float(ranks[d > 0].sum()), float(ranks[d < 0].sum())
    if len(d) > MOST_EXACT:
        distance = (abs(positive - negative) - 1) / float(np.sqrt((ranks**2).sum()))
        return min(1.0, float(2 * norm.sf(distance)))
    return min(1.0, 2 * _share_of_sums_up_to(min(positive, negative), ranks))


def _share_of_sums_up_to(limit: float, ranks: NDArray[np.float64]) -> float:
    """How many of all subsets of ranks have at most such a sum, as a share; by adding rank after rank."""
    halves = np.rint(2 * ranks).astype(int)  # mean ranks of ties are whole or half numbers
    shares = np.zeros(halves.sum() + 1)
    shares[0] = 1.0
    for rank in halves:
        shares[rank:] = shares[rank:] + shares[:-rank]
        shares /= 2
    return float(shares[: round(2 * limit) + 1].sum())


def holm(p_values: ArrayLike) -> NDArray[np.float64]:
    """P values corrected for their number: Holm 1979, Scandinavian Journal of Statistics 6, page 65.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    stepped = p[order] * np.arange(len(p), 0, -1)
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(1, np.maximum.accumulate(stepped))
    return corrected
