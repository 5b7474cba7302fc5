"""From the runs of several settings to an ensemble: checked, weighted, judged once on the rows that test."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sinefit.core.data.table.encoding import encode_targets
from sinefit.errors import SinefitError, plural
from sinefit.predictors.ensemble import Ensemble, Member, apply_model
from sinefit.predictors.greedy import select_greedily
from sinefit.predictors.rows import find_rows
from sinefit.predictors.run import load_with_saved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from sinefit.core.data.files.table_file import TableFile
    from sinefit.predictors.rows import RunRows
    from sinefit.predictors.trained_table import TrainedTable

    Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """A run that can become a member.

    Attributes:
        member: with weight 1.
        rows: that it validates and tests on.
    """

    member: Member
    rows: RunRows


@dataclass(frozen=True)
class Score:
    """How good an ensemble is for one target.

    Attributes:
        target: the column.
        num_validation: rows that validated at least one run of each of its settings.
        validation_rmse: there, each row predicted by the runs that it validated; nan without such rows.
        num_test: rows that test.
        test_rmse: there, by all members; nan without such rows.
    """

    target: str
    num_validation: int
    validation_rmse: float
    num_test: int
    test_rmse: float


def load_candidates(
    settings: Sequence[Sequence[str]], trust: Sequence[str] = ()
) -> tuple[tuple[Trained, ...], ...]:
    """The runs of several settings.

    Args:
        settings: for each of them the folders of its runs.
        trust: packages whose code may be run.

    Raises:
        SinefitError: if a run cannot be loaded, or they differ in file, targets or the rows that test.
    """
    loaded = {folder: _load(folder, trust) for folders in settings for folder in folders}
    _check_alike({folder: one.member.table for folder, one in loaded.items()})
    tests = {folder: one.rows.test.tobytes() for folder, one in loaded.items()}
    if len(set(tests.values())) > 1:
        first, other = _first_two(tests)
        msg = (
            f"the rows that test are others in {other} than in {first}: what one run is tested on trained"
            " another; keep one split by --where, for example --where 'data.fold == 0'"
        )
        raise SinefitError(msg)
    return tuple(tuple(loaded[folder] for folder in folders) for folders in settings)


def join_runs(candidates: Sequence[Sequence[Trained]], counts: Sequence[int] | None = None) -> Ensemble:
    """The mean over all runs of several settings.

    Args:
        candidates: the runs of C settings.
        counts: how often each of them is in the mean, C numbers of 0 or more, shared by its runs; each once
            if None.
    """
    weights = [1] * len(candidates) if counts is None else counts
    members = []
    for runs, weight in zip(candidates, weights, strict=True):
        for run in runs if weight else ():
            old = run.member
            members.append(Member(old.saved, old.model, old.table, weight / len(runs), old.origin))
    return Ensemble(tuple(members))


def count_greedily(candidates: Sequence[Sequence[Trained]]) -> list[int]:
    """How often each of C settings is in the mean, chosen greedily on the rows that validate.

    Args:
        candidates: the runs of C settings.

    Raises:
        SinefitError: if no row validates a run of each setting.
    """
    first = candidates[0][0]
    predictions, rows = predict_held_out(candidates)
    if not len(rows):
        msg = (
            "--greedy needs rows that validate at least one run of each setting, and there are none; sweep"
            " all settings over the same data.fold, or leave out --greedy"
        )
        raise SinefitError(msg)
    return select_greedily(predictions, encode_targets(first.rows.file, first.member.table.targets, rows))


def predict_held_out(candidates: Sequence[Sequence[Trained]]) -> tuple[Numbers, NDArray[np.intp]]:
    """What each setting predicts for rows that its networks were not trained on.

    Args:
        candidates: the runs of C settings.

    Returns:
        Predictions (C, N, O), each the mean over the runs of the setting that the row validated, and the
        numbers (N,) of the rows, ascending: those for which each setting has such a run.
    """
    first = candidates[0][0]
    size = first.rows.file.num_rows
    sums = np.zeros((len(candidates), size, len(first.member.table.targets)))
    counts = np.zeros((len(candidates), size))
    for number, runs in enumerate(candidates):
        for run in runs:
            rows = run.rows.validation
            if len(rows):
                sums[number, rows] += _predict(run.member, run.rows.file, rows)
                counts[number, rows] += 1
    covered = np.flatnonzero((counts > 0).all(axis=0))
    return sums[:, covered] / counts[:, covered, None], covered


def judge(
    ensemble: Ensemble, candidates: Sequence[Sequence[Trained]], counts: Sequence[int] | None = None
) -> list[Score]:
    """The errors of an ensemble, for each target; the rows that test are looked at here and nowhere else.

    Args:
        ensemble: of these candidates.
        candidates: the runs of C settings.
        counts: how often each of them is in the mean; each once if None.
    """
    weights = np.ones(len(candidates)) if counts is None else np.array(counts, dtype=float)
    chosen = [runs for runs, weight in zip(candidates, weights, strict=True) if weight > 0]
    first = candidates[0][0]
    file, targets = first.rows.file, ensemble.targets
    held_out, validation = predict_held_out(chosen)
    known = np.average(held_out, axis=0, weights=weights[weights > 0])
    tested = ensemble.predict_rows_of(file, first.rows.test)
    return [
        Score(
            name,
            len(validation),
            _rmse(known[:, number], encode_targets(file, [name], validation)),
            len(first.rows.test),
            _rmse(tested[:, number], encode_targets(file, [name], first.rows.test)),
        )
        for number, name in enumerate(targets)
    ]


def _rmse(predictions: Numbers, targets: Numbers) -> float:
    """Of predictions (N,) and targets (N, 1); nan without rows."""
    return float(np.sqrt(np.mean((predictions - targets[:, 0]) ** 2))) if len(targets) else float("nan")


def _load(folder: str, trust: Sequence[str]) -> Trained:
    run, saved = load_with_saved(folder, list(trust))
    rows = find_rows(run, folder)
    assert run.table is not None  # noqa: S101 - find_rows refuses runs on functions
    return Trained(Member(saved, run.model, run.table, 1.0, folder), rows)


def _check_alike(tables: dict[str, TrainedTable]) -> None:
    """Check that all runs were trained on the same file and predict the same columns.

    Raises:
        SinefitError: naming two runs that differ.
    """
    for what, values in (
        ("files", {folder: (table.name, table.sha256[:8]) for folder, table in tables.items()}),
        ("targets", {folder: table.targets for folder, table in tables.items()}),
    ):
        if len(set(values.values())) > 1:
            first, other = _first_two(values)
            sizes = ", ".join(
                f"{' '.join(value)} ({plural(count, 'run')})"
                for value, count in Counter(values.values()).items()
            )
            msg = f"{other} and {first} have different {what}: {sizes}; keep one of them by --where"
            raise SinefitError(msg)


def _first_two(values: Mapping[str, object]) -> tuple[str, str]:
    """The first folder, and the first whose value is another."""
    first = next(iter(values))
    return first, next(folder for folder, value in values.items() if value != values[first])


def _predict(member: Member, file: TableFile, rows: NDArray[np.intp]) -> Numbers:
    """Predictions (M, O) of one network for rows of a file."""
    return apply_model(member.model, member.table.encoder.encode(file, rows))
