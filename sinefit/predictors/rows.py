"""Which rows of its table a run validates and tests on, found again from its settings; trains nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sinefit.core.data.files.digest import hash_file
from sinefit.core.data.table import Table
from sinefit.errors import SinefitError
from sinefit.settings.content import TABLES
from sinefit.settings.plain import plain_settings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sinefit.core.data.files.table_file import TableFile
    from sinefit.predictors.run import LoadedRun


@dataclass(frozen=True)
class RunRows:
    """The rows of a run, by their numbers in the file.

    Attributes:
        file: what the run was trained on.
        validation: ascending, (V,); there may be none.
        test: ascending, (T,); there may be none.
    """

    file: TableFile
    validation: NDArray[np.intp]
    test: NDArray[np.intp]


def find_rows(run: LoadedRun, folder: str) -> RunRows:
    """The rows of a run on a table.

    Args:
        run: from `load_run`.
        folder: the run's, for messages.

    Raises:
        SinefitError: if it was not trained with ``data=table``, or the file is not there or has changed.
    """
    node: dict[str, Any] = dict(plain_settings(run.config).get("data") or {})
    if run.table is None or node.pop("_target_", None) not in TABLES:
        msg = f"{folder} was not trained with data=table: an ensemble joins runs on a table"
        raise SinefitError(msg)
    source = Table(**node)
    if hash_file(source.path) not in {None, run.table.sha256}:  # one that is not there is told on reading
        msg = f"{source.path} has changed since {folder} was trained on it: train again, or put the file back"
        raise SinefitError(msg)
    file, parts = source.read_parts()
    return RunRows(file, parts.validation, parts.test)
