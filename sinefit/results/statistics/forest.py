"""Shares of variance where settings were drawn: functional analysis of variance of a small random forest.

Hutter, Hoos and Leyton-Brown 2014, An Efficient Approach for Assessing Hyperparameter Importance (fANOVA):
a tree is constant on boxes of settings, so that its mean over all settings but one, and the variance of that
mean, are sums over its leaves. Only the order of numbers counts, so that scales do not matter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from sinefit.errors import SinefitError, plural
from sinefit.results.cells import is_number, name_column
from sinefit.results.statistics.conditions import find_decider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Codes = NDArray[np.intp]
    Numbers = NDArray[np.float64]

NUM_TREES = 64
FEWEST_DRAWS = 12
"""With fewer no forest is grown: it could not be told from luck."""
MOST_LEAVES = 1000
"""Leaves of a tree, at most: those of thousands of draws hold several."""
POOR_FIT = 0.3
"""Below this share of the variance of draws that a tree has not seen, shares say little."""


class _Design(NamedTuple):
    """Different settings, numbered in their order, and what was measured.

    Attributes:
        codes: (D draws, S settings), the values by their order, from 0.
        y: (D,), the mean over the repeats of a draw.
        has: (D, S), whether a draw has the setting at all; true also where not having it is a value.
    """

    codes: Codes
    y: Numbers
    has: NDArray[np.bool_]


class _Leaves(NamedTuple):
    """The leaves of a tree.

    Attributes:
        low: (L, S), the first value of each setting that belongs to a leaf.
        high: (L, S), the last one.
        means: (L,), what the tree says there.
    """

    low: Codes
    high: Codes
    means: Numbers


def explain_by_forest(
    settings: Mapping[str, pd.Series[Any]], y: NDArray[np.float64], notes: list[str]
) -> dict[str, float]:
    """The share of the variance of a forest's prediction that each setting explains by itself.

    Args:
        settings: a value a run, numbers or text; empty where a run does not have it.
        y: (N,).
        notes: where it is said what was done.

    Raises:
        SinefitError: if there are too few different settings.
        ImportError: if scikit-learn is not installed.
    """
    from sklearn.ensemble import RandomForestRegressor  # noqa: PLC0415 - an extra, and takes a second

    design = _make_design(settings, y, notes)
    if len(design.y) < FEWEST_DRAWS:
        msg = (
            f"{plural(len(design.y), 'draw')} of {plural(len(settings), 'setting')} are too few to tell what"
            f" matters: it takes {FEWEST_DRAWS}; run more, or name fewer settings with --keys"
        )
        raise SinefitError(msg)
    smallest = -(-len(design.y) // MOST_LEAVES)
    forest = RandomForestRegressor(NUM_TREES, min_samples_leaf=smallest, oob_score=True, random_state=0)
    forest.fit(design.codes.astype(float), design.y)
    fit = float(forest.oob_score_)
    notes.append(
        f"no grid: shares of what a forest of {NUM_TREES} trees over {len(design.y)} draws predicts (fANOVA);"
        f" R2 out-of-bag, of draws that a tree has not seen: {fit:.2f}"
    )
    if fit < POOR_FIT:
        notes.append("the forest hardly predicts what it has not seen: these shares say little; run more")
    if len(design.y) < len(y):
        notes.append("repeats of a draw are one, with their mean")
    trees = [_read_leaves(each.tree_, len(settings)) for each in forest.estimators_]
    shares = np.array([each for tree in trees if (each := _explain(tree, design)) is not None])
    means = shares.mean(0) if len(shares) else np.zeros(len(settings))
    means /= max(1.0, means.sum())
    return dict(zip(settings, means.tolist(), strict=True))


def _make_design(settings: Mapping[str, pd.Series[Any]], y: Numbers, notes: list[str]) -> _Design:
    """Runs as draws.

    A setting that exists only with some values of another says nothing where it does not exist: that it is
    there is what the other one decides. There it has any of its values, evenly, and its share is measured
    over the draws that have it. Elsewhere not having a setting is one more value of it, the last one.
    """
    codes = np.column_stack([_number(column, y) for column in settings.values()])
    has = np.ones(codes.shape, dtype=bool)
    for index, name in enumerate(settings):
        missing = settings[name].isna().to_numpy()
        if not missing.any():
            continue
        decider = find_decider(name, settings)
        count = f"{name} is unset in {missing.sum()} of {plural(len(y), 'run')}"
        if decider is None:
            notes.append(f"{count}: counted as a value of its own")
        else:
            has[:, index] = ~missing
            notes.append(f"{count}, which {decider} decides: its share is over the others")
    kept, inverse = np.unique(np.where(has, codes, -1), axis=0, return_inverse=True)
    inverse = inverse.reshape(-1)
    means = np.bincount(inverse, y) / np.bincount(inverse)
    dice, filled = np.random.default_rng(0), kept.copy()
    for column in filled.T:
        empty = column < 0
        column[empty] = dice.permutation(np.resize(column[~empty], int(empty.sum())))
    return _Design(filled, means, kept >= 0)


def _number(column: pd.Series[Any], y: Numbers) -> Codes:
    """Values by their order; words by the mean of what was measured, so that a tree can part any of them."""
    if is_number(column):
        numbers = column.to_numpy(dtype=float, na_value=np.nan)
        return np.unique(numbers, return_inverse=True)[1].reshape(-1)  # what is missing is sorted last
    names = pd.factorize(pd.Series(name_column(column)))[0]
    means = np.bincount(names, y) / np.bincount(names)
    ranks = np.empty(len(means), dtype=int)
    ranks[np.argsort(means, kind="stable")] = np.arange(len(means))
    return ranks[names]


def _read_leaves(tree: Any, num_settings: int) -> _Leaves:  # noqa: ANN401 - of scikit-learn, without types
    """The boxes of a tree's leaves; a node stands before those below it."""
    count = tree.node_count
    low, high = np.zeros((count, num_settings), dtype=int), np.full((count, num_settings), np.iinfo(int).max)
    nodes = zip(tree.children_left, tree.children_right, tree.feature, tree.threshold, strict=True)
    for node, (left, right, setting, threshold) in enumerate(nodes):
        if left < 0:
            continue
        low[[left, right]], high[[left, right]] = low[node], high[node]
        high[left, setting] = int(np.floor(threshold))
        low[right, setting] = high[left, setting] + 1
    is_leaf = tree.children_left < 0
    return _Leaves(low[is_leaf], high[is_leaf], tree.value[is_leaf, 0, 0])


def _explain(tree: _Leaves, design: _Design) -> Numbers | None:
    """The share of each setting in the variance of a tree, (S,); None if it is constant."""
    sizes = np.prod(_measure(tree, design, np.ones(len(design.y), dtype=bool)), axis=1)
    total = float(sizes @ (tree.means - sizes @ tree.means) ** 2)
    if total <= 0:
        return None
    shares = np.zeros(design.codes.shape[1])
    for setting in range(len(shares)):
        rows = design.has[:, setting]
        weights = _measure(tree, design, rows)
        weights[:, setting] = 1.0
        parts = np.prod(weights, axis=1) * tree.means
        codes = design.codes[rows, setting]
        steps = np.zeros(codes.max() + 2)  # the mean at each value, as differences from the one before
        np.add.at(steps, np.minimum(tree.low[:, setting], codes.max() + 1), parts)
        np.add.at(steps, np.minimum(tree.high[:, setting], codes.max()) + 1, -parts)
        shares[setting] = rows.mean() * np.cumsum(steps)[codes].var() / total
    return shares


def _measure(tree: _Leaves, design: _Design, rows: NDArray[np.bool_]) -> Numbers:
    """The share of some draws that lies within each leaf's values of each setting, (L, S).

    Args:
        tree: the leaves.
        design: the draws.
        rows: (D,), which of them; of a setting that none of them has, all that have it.
    """
    columns = []
    for setting, (codes, has) in enumerate(zip(design.codes.T, design.has.T, strict=True)):
        chosen = np.sort(codes[rows & has] if (rows & has).any() else codes[has])
        ends = np.searchsorted(chosen, tree.high[:, setting], "right")
        columns.append((ends - np.searchsorted(chosen, tree.low[:, setting], "left")) / len(chosen))
    return np.column_stack(columns)
