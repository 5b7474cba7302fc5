"""One way to whatever was trained: a run folder, or the file of an ensemble."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sinefit.errors import RecordError

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

    from sinefit.predictors.ensemble import Ensemble
    from sinefit.predictors.run import LoadedRun


def load(path: str | os.PathLike[str], trust: str | Sequence[str] = ()) -> LoadedRun | Ensemble:
    """Read a run folder or the file of an ensemble; it is data, and no code that it names is run unasked.

    Args:
        path: the folder or the file.
        trust: packages whose code may be run; see `load_run`.

    Raises:
        RecordError: if there is neither, or it is broken, foreign or not to be trusted.
    """
    if Path(path).is_dir():
        from sinefit.predictors.run import load_run  # noqa: PLC0415 - one of two

        return load_run(path, trust)
    if not Path(path).exists():
        msg = f"{path} is neither a run folder nor the file of an ensemble: there is nothing of this name"
        raise RecordError(msg)
    from sinefit.predictors.ensemble_file import read_ensemble  # noqa: PLC0415 - one of two

    return read_ensemble(path, trust)
