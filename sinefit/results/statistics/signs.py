"""Is a paired difference more than luck? The exact test of signed ranks, and Holm's correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

RESAMPLES = 9_999
"""Signs are tried exhaustively as long as there are no more ways than this, else so many at random."""
MOST_EXACT = 13
"""Pairs up to which they are."""


def signed_rank_p(differences: ArrayLike, seed: int = 0) -> float:
    """The two-sided p value of Wilcoxon's signed-rank statistic under random signs.

    Ties share their mean rank, zeros have none, and infinite differences have the highest rank: the
    statistic is permuted as it is, so that the p value is valid for any of them. Where there are neither ties
    nor zeros and few pairs, it is that of `scipy.stats.wilcoxon(method="exact")`.

    Args:
        differences: (N,), no nan.
        seed: of the signs, where they are drawn.

    >>> round(signed_rank_p([1, 2, 3, 4, 5, 6]), 5)
    0.03125
    """
    from scipy.stats import permutation_test, rankdata  # noqa: PLC0415 - takes a second

    d = np.asarray(differences, dtype=float)
    d = d[d != 0]
    if len(d) == 0:
        return 1.0
    ranks = np.sign(d) * rankdata(np.abs(d))
    test = permutation_test(
        (ranks,),
        lambda x, axis: x.sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    )
    return float(test.pvalue)


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
