"""`sinefit.run`, `sinefit.sweep` and `sinefit.fit`: one call each for what is typed in a terminal."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from sinefit.api.arrays import saved_rows
from sinefit.api.session import train
from sinefit.api.trained_run import Run
from sinefit.api.trained_sweep import Sweep
from sinefit.api.unrecorded import TemporaryFolder
from sinefit.api.words import Words, words_of_run, words_of_sweep
from sinefit.errors import SinefitError
from sinefit.settings.compose import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KEPT = Path("outputs") / "data"
"""Where tables that were in memory are kept, beside the runs that were trained on them."""


def run(*settings: Words, record: bool = True, **more: object) -> Run:
    """Train one run, as ``sinefit`` does in a terminal.

    Args:
        settings: words as they are typed, such as ``"optimizer=adam"``, or dicts such as
            ``{"model.hidden_size": 16}``.
        record: whether it is kept in ``outputs/``; if not, it is gone with what is returned.
        more: settings whose names have no dots, such as ``seed=3``.

    Raises:
        SinefitError: with the text of the command line, if it cannot be trained.
        KeyboardInterrupt: after it was recorded with what it had.

    >>> run("trainer=quick", "trainer.max_epochs=3", seed=3, record=False).result.epochs
    3
    """
    words = words_of_run(settings, more)
    if {"-m", "--multirun"} & set(words):
        msg = "run trains one run; sinefit.sweep takes -m"
        raise SinefitError(msg)
    kept = _place(record=record)
    return Run(_train(words, "hydra.run.dir", kept), kept, is_own=True)


def sweep(*settings: Words, record: bool = True, **more: object) -> Sweep:
    """Train a run for each combination of settings, as ``sinefit -m`` does in a terminal.

    A list, a range or an array is what is swept over. Jobs that fail or diverge are rows of the table.

    Args:
        settings: dicts such as ``{"model.hidden_size": [8, 16, 32], "seed": range(10)}``, or words as they
            are typed, such as ``"optimizer=sgd,adam"``.
        record: whether it is kept in ``outputs/``; if not, it is gone with what is returned.
        more: settings whose names have no dots, such as ``optimizer=["sgd", "adam"]``.

    Raises:
        SinefitError: with the text of the command line, if none of the jobs can be trained.
        KeyboardInterrupt: after what was trained is recorded; ``sweep("resume=FOLDER")`` goes on with it.

    >>> swept = sweep({"seed": range(3)}, "trainer=quick", record=False)  # doctest: +ELLIPSIS
    3 jobs in a stack: ...
    3/3 jobs done, best rmse ...
    >>> len(swept)
    3
    """
    kept = _place(record=record)
    return Sweep(_train(words_of_sweep(settings, more), "hydra.sweep.dir", kept), kept, is_own=True)


@overload
def fit(
    x: Any, y: Any, *settings: Words, grid: Mapping[str, object], record: bool = ..., **more: object
) -> Sweep: ...


@overload
def fit(x: Any, y: Any, *settings: Words, grid: None = None, record: bool = ..., **more: object) -> Run: ...


def fit(
    x: Any,
    y: Any,
    *settings: Words,
    grid: Mapping[str, object] | None = None,
    record: bool = True,
    **more: object,
) -> Run | Sweep:
    """Fit a table in memory, in the way of ``data=table`` with a file: split, scaling and metrics are its.

    The rows are kept as a parquet file in ``outputs/data/``, named after their content, so that the run can
    be trained again.

    Args:
        x: inputs: an array (N, I) or (N,), or a DataFrame.
        y: targets: an array (N,) or (N, O), a Series or DataFrame; or the name of the column of the
            DataFrame `x` that is the target, or a list of names.
        settings: see `run`; of the split for example ``"data.test_share=0.0"``.
        grid: settings that are swept over, see `sweep`; then a `Sweep` is returned.
        record: whether run and rows are kept in ``outputs/``.
        more: settings whose names have no dots.

    Raises:
        SinefitError: if the rows are no table, or as of `run` and `sweep`.

    >>> x = [0.1 * i for i in range(50)]
    >>> fit(x, [2 * each for each in x], "trainer.max_epochs=3", record=False).status
    'completed'
    """
    kept = _place(record=record)
    with saved_rows(x, y, _KEPT if kept is None else kept.path) as (path, targets):
        data = {"data": "table", "data.path": str(path), "data.target": targets}
        words = words_of_run([data, *settings], more)
        if grid is not None:
            words = ["-m", *words, *words_of_sweep([grid], {})[1:]]
        folder = _train(words, f"hydra.{'run' if grid is None else 'sweep'}.dir", kept)
    return Run(folder, kept, is_own=True) if grid is None else Sweep(folder, kept, is_own=True)


def _place(*, record: bool) -> TemporaryFolder | None:
    """Where a run or a sweep goes that is not to be recorded; None for the usual folder."""
    return None if record else TemporaryFolder()


def _train(words: Sequence[str], key: str, kept: TemporaryFolder | None) -> Path:
    """Train words, into the temporary folder if there is one; the folder of the run or the sweep.

    Args:
        words: as typed.
        key: of the setting that names this folder.
        kept: the temporary folder.
    """
    where = [] if kept is None else [f"{key}={quote(str(kept.path / 'trained'))}"]
    return train([*words, *where])
