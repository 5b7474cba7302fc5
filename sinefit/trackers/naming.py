"""Names and times of runs and sweeps, as trackers are told them."""

from __future__ import annotations

import os
from datetime import datetime

from sinefit.errors import RecordError
from sinefit.record.folder import RESULT_NAME


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
