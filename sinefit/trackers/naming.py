"""Names, files and times of runs and sweeps, as trackers are told them."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING

from sinefit.errors import RecordError
from sinefit.record.folder import RESULT_NAME

if TYPE_CHECKING:
    from collections.abc import Iterable


def name_folder(folder: str) -> str:
    """How a folder is called in trackers: its name, and the day before it if that is a time.

    >>> name_folder("/a/outputs/sweeps/2026-11-27/20-09-05"), name_folder("/a/my sweep")
    ('2026-11-27/20-09-05', 'my sweep')

    Args:
        folder: absolute.
    """
    above, name = os.path.split(folder)
    is_time = name.replace("-", "").isdigit() and os.path.basename(above).replace("-", "").isdigit()
    return f"{os.path.basename(above)}/{name}" if is_time else name


def find_files(folder: str, names: Iterable[str]) -> dict[str, str]:
    """The files in a folder that are sent, by their names there; without those that are not there.

    Args:
        folder: of a run or a sweep.
        names: of the files that it may have.
    """
    paths = {name: f"{folder}{os.sep}{name}" for name in names}
    return {name: path for name, path in paths.items() if os.path.isfile(path)}


def parse_time(text: str, folder: str) -> datetime:
    """When a run was started.

    Args:
        text: as its record has it.
        folder: the run's, for messages.

    Raises:
        RecordError: if that is no time.
    """
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError) as error:
        msg = f"{folder}/{RESULT_NAME} holds no time at which the run was started: {text!r}"
        raise RecordError(msg) from error
