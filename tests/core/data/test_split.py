"""Splits are those of scikit-learn's splitters, bit for bit, and every kind keeps its promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GroupShuffleSplit, KFold, ShuffleSplit

from sinefit.core.data.table.split import Parts, Split
from sinefit.errors import SettingsError

SIZES = st.integers(10, 200)
SEEDS = st.integers(0, 2**32 - 1)


def as_lists(parts: Parts) -> list[list[int]]:
    """Training, validation and test rows."""
    return [part.tolist() for part in (parts.training, parts.validation, parts.test)]


@given(size=SIZES, seed=SEEDS)
def test_random_test_rows_are_those_of_shuffle_split(size: int, seed: int) -> None:
    """The rows that test are the test rows of `ShuffleSplit`, and those that remain are all others."""
    training, validation, test = as_lists(Split("random", seed=seed, test_share=0.25).split(size))
    ((_, expected),) = ShuffleSplit(1, test_size=0.25, random_state=seed).split(np.zeros(size))
    assert test == sorted(expected)
    assert sorted(training + validation + test) == list(range(size))
    assert len(validation) == -(-size // 5)


@given(size=SIZES, seed=SEEDS, folds=st.integers(2, 10))
def test_folds_are_those_of_kfold(size: int, seed: int, folds: int) -> None:
    """Without rows that test, each fold is that of a shuffled `KFold`."""
    splits = KFold(folds, shuffle=True, random_state=seed).split(np.zeros(size))
    for fold, (training, validation) in enumerate(splits):
        split = Split("kfold", seed=seed, test_share=0.0, num_folds=folds, fold=fold)
        assert as_lists(split.split(size)) == [training.tolist(), validation.tolist(), []]


def test_folds_share_the_rows_that_test() -> None:
    """All folds have the same test rows; together they validate each other row once."""
    found = [as_lists(Split(num_folds=4, fold=fold).split(103)) for fold in range(4)]
    assert len({tuple(test) for _, _, test in found}) == 1
    assert sorted(sum((validation for _, validation, _ in found), found[0][2])) == list(range(103))


@given(groups=st.lists(st.integers(0, 8), min_size=20, max_size=60), seed=SEEDS)
def test_groups_are_those_of_group_shuffle_split(groups: list[int], seed: int) -> None:
    """Test groups are those of `GroupShuffleSplit`, and no group is in two parts."""
    if len(set(groups)) < 4:
        return
    parts = Split("group", "who", seed=seed, test_share=0.25).split(len(groups), np.array(groups))
    splitter = GroupShuffleSplit(1, test_size=0.25, random_state=seed)
    ((_, expected),) = splitter.split(groups, groups=groups)
    training, validation, test = as_lists(parts)
    assert test == sorted(expected)
    in_parts = [{groups[row] for row in part} for part in (training, validation, test)]
    assert sum(map(len, in_parts)) == len(set(groups))


def test_folds_of_groups_cover_each_group_once() -> None:
    """With folds, each group that does not test validates in one of them."""
    groups = np.array([f"g{row % 13}" for row in range(100)], dtype=object)
    found = [
        as_lists(Split("group", "who", num_folds=3, fold=fold, test_share=0.2).split(100, groups))
        for fold in range(3)
    ]
    assert sorted(sum((validation for _, validation, _ in found), found[0][2])) == list(range(100))
    for training, validation, _ in found:
        assert not set(groups[training]) & set(groups[validation])


def test_the_last_rows_test() -> None:
    """By time the last rows test and those before them validate, in a column's order if there is one."""
    assert as_lists(Split("time").split(10)) == [list(range(6)), [6, 7], [8, 9]]
    backwards = np.arange(10)[::-1].astype(float)
    assert as_lists(Split("time", "t").split(10, backwards)) == [list(range(4, 10)), [2, 3], [0, 1]]


def test_a_column_says_which_row_does_what() -> None:
    """The column's words decide."""
    said = np.array(["train", "test", "validation", "train"], dtype=object)
    assert as_lists(Split("column", "part").split(4, said)) == [[0, 3], [2], [1]]


def test_uci_splits_are_the_published_draws() -> None:
    """Drawn one after the other after ``numpy.random.seed(1)``; the first round(0.9 n) do not test."""
    np.random.seed(1)  # noqa: NPY002 - the published code
    published = [np.random.choice(range(308), 308, replace=False) for _ in range(3)]  # noqa: NPY002
    for fold, order in enumerate(published):
        training, validation, test = as_lists(Split("uci", fold=fold).split(308))
        assert test == sorted(order[277:])
        assert sorted(training + validation) == sorted(order[:277])
        assert len(validation) == 55
    all_train = Split("uci", fold=1, validation_share=0.0).split(308)
    assert all_train.training.tolist() == sorted(published[1][:277])


@pytest.mark.parametrize(
    ("split", "text"),
    [
        ({"kind": "random", "num_folds": 5}, "num_folds must be null with split=random.*kfold, group.*got 5"),
        ({"kind": "kfold", "validation_share": 0.1}, "validation_share must be null with split=kfold"),
        ({"kind": "time", "seed": 3}, "split_seed must be null with split=time"),
        ({"kind": "uci", "test_share": 0.1}, "test_share must be null with split=uci"),
        ({"kind": "column"}, "split_column must be the name of a column, with split=column, got None"),
        ({"fold": 10}, "fold must be below num_folds=10, got 10"),
        (
            {"kind": "random", "validation_share": 0.5, "test_share": 0.5},
            "validation_share must be below 1 toge",
        ),
        ({"kind": "halves"}, "split must be one of auto, random, .* got 'halves'"),
        ({"test_share": 1.5}, "test_share must be a number from 0 to below 1, got 1.5"),
    ],
)
def test_settings_without_effect_are_refused(split: dict, text: str) -> None:
    """What a kind of split does not read is an error that says who reads it."""
    with pytest.raises(SettingsError, match=text):
        Split(**split)


def test_no_rows_left_for_training() -> None:
    """A column that leaves no row for training is told with the counts."""
    said = np.array(["test", "validation"], dtype=object)
    with pytest.raises(SettingsError, match="of 2 rows 1 validate and 1 test, got 'column'"):
        Split("column", "part").split(2, said)
