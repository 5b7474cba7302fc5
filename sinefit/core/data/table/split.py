"""Which rows of a table train, which validate, and which test; knows no values but one column's.

The draws are those of scikit-learn's splitters with `random_state` = `split_seed`: `ShuffleSplit`, `KFold`,
`GroupShuffleSplit`; tested against them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np

from sinefit.core.checks import Checks
from sinefit.errors import Problem, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Rows = NDArray[np.intp]

Kind = Literal["auto", "random", "kfold", "group", "time", "column", "uci"]
KINDS: tuple[Kind, ...] = get_args(Kind)
PARTS = ("train", "validation", "test")
"""What a column may say with ``split=column``."""
TAKES = {
    "random": {"validation_share", "test_share", "split_seed"},
    "kfold": {"test_share", "split_seed", "num_folds", "fold"},
    "group": {"validation_share", "test_share", "split_seed", "num_folds", "fold", "split_column"},
    "time": {"validation_share", "test_share", "split_column"},
    "column": {"split_column"},
    "uci": {"validation_share", "fold"},
}
"""The settings that each kind of split reads; one that it does not read is refused, not ignored."""
SHARE = 0.2
NUM_FOLDS = 10
UCI_SHARE = 0.9
"""Of the rows, that train or validate in a split of the UCI benchmark."""


@dataclass(frozen=True)
class Parts:
    """Row numbers, ascending, each (N,); of validation and test there may be none."""

    training: Rows
    validation: Rows
    test: Rows


@dataclass(frozen=True)
class Split:
    """How rows are split; None stands for what a kind does by itself.

    Attributes:
        kind: ``random``; ``kfold``: fold `fold` of the rows that do not test validates; ``group``: rows with
            one value of `column` stay together; ``time``: the last rows test, those before them validate;
            ``column``: `column` says it; ``uci``: split number `fold` of Hernandez-Lobato and Adams (2015);
            ``auto``: kfold where a fold is given, else random.
        column: name of the column that `group`, `time` and `column` look at; `time` can do without.
        validation_share: of the rows (of a `group`: of the groups; of `uci`: of the rows that do not test).
        test_share: likewise.
        seed: of the draws.
        num_folds: 2 or more.
        fold: from 0.

    Raises:
        SettingsError: if a setting is out of range, or has no effect with this kind of split.
    """

    kind: Kind = "auto"
    column: str | None = None
    validation_share: float | None = None
    test_share: float | None = None
    seed: int | None = None
    num_folds: int | None = None
    fold: int | None = None

    def __post_init__(self) -> None:
        checks = Checks()
        checks.choice("split", self.kind, KINDS)
        for name in ("validation_share", "test_share"):
            if getattr(self, name) is not None:
                checks.share(name, getattr(self, name), example=SHARE)
        if self.seed is not None:
            checks.seed("split_seed", self.seed)
        if self.num_folds is not None:
            checks.whole("num_folds", self.num_folds, at_least=2, example=NUM_FOLDS)
        if self.fold is not None:
            checks.whole("fold", self.fold, at_least=0, example=0)
        if not checks.problems:
            self._check_together(checks)
        checks.raise_if_any()

    def _check_together(self, checks: Checks) -> None:
        kind = self.chosen
        for name, value in self._given().items():
            takers = [other for other, names in TAKES.items() if name in names]
            allowed = f"null with split={kind}, where it has no effect (it is for {', '.join(takers)})"
            checks.require(value is None or name in TAKES[kind], name, value, allowed, "null")
        if kind in {"group", "column"}:
            allowed = f"the name of a column, with split={kind}"
            checks.require(isinstance(self.column, str), "split_column", self.column, allowed, "NAME")
        if kind == "group" and self.uses_folds:
            allowed = "null where a fold validates"
            checks.require(
                self.validation_share is None, "validation_share", self.validation_share, allowed, "null"
            )
        if self.uses_folds and self.fold is not None:
            folds = self.num_folds or NUM_FOLDS
            checks.require(self.fold < folds, "fold", self.fold, f"below num_folds={folds}", folds - 1)
        if kind in {"random", "time"}:
            together = self._share("validation_share") + self._share("test_share")
            allowed = "below 1 together with test_share, so that rows are left for training"
            checks.require(together < 1, "validation_share", self.validation_share, allowed, SHARE)

    def _given(self) -> dict[str, Any]:
        names = {"split_column": "column", "split_seed": "seed"}
        keys = ("split_column", "validation_share", "test_share", "split_seed", "num_folds", "fold")
        return {key: getattr(self, names.get(key, key)) for key in keys}

    def _share(self, name: str) -> float:
        value: float | None = getattr(self, name)
        return SHARE if value is None else value

    @property
    def chosen(self) -> str:
        """The kind, with `auto` decided."""
        return self.kind if self.kind != "auto" else "random" if self.fold is None else "kfold"

    @property
    def uses_folds(self) -> bool:
        """Whether one of several folds validates."""
        given = self.fold is not None or self.num_folds is not None
        return self.chosen == "kfold" or (self.chosen == "group" and given)

    def split(self, num_rows: int, values: Sequence[Any] | NDArray[Any] | None = None) -> Parts:
        """The parts of a table.

        Args:
            num_rows: how many rows there are, N.
            values: of the column, (N,); None if the split looks at none.

        Raises:
            SettingsError: if no row is left for training.
        """
        parts = _sort(getattr(self, f"_split_{self.chosen}")(num_rows, values))
        if not len(parts.training):
            counts = f"{len(parts.validation)} validate and {len(parts.test)} test"
            allowed = f"such that rows are left for training: of {num_rows} rows {counts}"
            raise SettingsError([Problem("split", self.kind, allowed)])
        return parts

    def _split_random(self, num_rows: int, _: object) -> Parts:
        order = self._generator().permutation(num_rows)
        return self._cut(order, "test_share", "validation_share")

    def _split_kfold(self, num_rows: int, _: object) -> Parts:
        share = self._share("test_share")
        num_test = math.ceil(share * num_rows)
        order = self._generator().permutation(num_rows) if num_test else np.arange(num_rows)
        test, rest = order[:num_test], np.sort(order[num_test:])
        training, validation = self._pick_fold(rest)
        return Parts(training, validation, test)

    def _split_group(self, _: int, values: NDArray[Any]) -> Parts:
        groups, which = np.unique(np.asarray(values), return_inverse=True)
        order = self._generator().permutation(len(groups))
        if self.uses_folds:
            num_test = math.ceil(self._share("test_share") * len(groups))
            training, validation = self._pick_fold(np.sort(order[num_test:]))
            parts = Parts(training, validation, order[:num_test])
        else:
            parts = self._cut(order, "test_share", "validation_share")
        each = (np.flatnonzero(np.isin(which, part)) for part in _list(parts))
        return Parts(*each)

    def _split_time(self, num_rows: int, values: NDArray[Any] | None) -> Parts:
        order = np.arange(num_rows) if values is None else np.argsort(np.asarray(values), kind="stable")
        return self._cut(order[::-1], "test_share", "validation_share")

    def _split_column(self, _: int, values: NDArray[Any]) -> Parts:
        said = np.asarray(values)
        return Parts(*(np.flatnonzero(said == part) for part in PARTS))

    def _split_uci(self, num_rows: int, _: object) -> Parts:
        generator = np.random.RandomState(1)  # the benchmark's own draws
        for _number in range((self.fold or 0) + 1):
            order = generator.choice(range(num_rows), num_rows, replace=False)
        num_training = round(UCI_SHARE * num_rows)
        num_validation = round(self._share("validation_share") * num_training)
        end = num_training - num_validation
        return Parts(order[:end], order[end:num_training], order[num_training:])

    def _generator(self) -> np.random.RandomState:
        return np.random.RandomState(self.seed or 0)

    def _cut(self, order: Rows, *names: str) -> Parts:
        """The first of an order test, the next validate, the others train."""
        num_test, num_validation = (math.ceil(self._share(name) * len(order)) for name in names)
        validated = num_test + num_validation
        return Parts(order[validated:], order[num_test:validated], order[:num_test])

    def _pick_fold(self, rows: Rows) -> tuple[Rows, Rows]:
        """The rows that train, and those of the fold that validates."""
        order = np.arange(len(rows))
        self._generator().shuffle(order)
        folds = np.array_split(order, self.num_folds or NUM_FOLDS)
        validation = rows[np.sort(folds[self.fold or 0])]
        return np.setdiff1d(rows, validation), validation


def _list(parts: Parts) -> tuple[Rows, Rows, Rows]:
    return parts.training, parts.validation, parts.test


def _sort(parts: Parts) -> Parts:
    return Parts(*(np.sort(part).astype(np.intp) for part in _list(parts)))
