"""Files that settings name, by their content, so that a run's hash tells an older file from a newer one."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES = ("sinefit.core.data.Table", "sinefit.core.data.table.Table")


def with_content(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """A run's settings with the content of its table in place of the table's name.

    The same rows under another name are the same run. What cannot be read keeps its name: the run will fail.

    Args:
        settings: a run's, plain.
    """
    data = settings.get("data")
    if not isinstance(data, dict) or data.get("_target_") not in TABLES:
        return settings
    from sinefit.core.data.digest import hash_file  # noqa: PLC0415 - loads torch

    path = data.get("path")
    if not isinstance(path, str) or (digest := hash_file(path)) is None:
        return settings
    endings = "".join(PurePath(path).suffixes).lower()  # they say how it is read
    return {**settings, "data": {**data, "path": f"{digest}{endings}"}}
