"""Files that settings name, by their content, so that a run's hash tells an older file from a newer one."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

TABLES = ("sinefit.core.data.Table", "sinefit.core.data.table.Table", "sinefit.core.data.table.table.Table")


def with_content(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """A run's settings with the content of its table in place of the table's name.

    The same rows under another name are the same run. What cannot be read keeps its name: the run will fail.

    Args:
        settings: a run's, plain.
    """
    if not _has_table(settings):
        return settings
    from sinefit.core.data.files.digest import hash_file  # noqa: PLC0415 - loads torch

    data = settings["data"]
    path = data.get("path")
    if not isinstance(path, str) or (digest := hash_file(path)) is None:
        return settings
    endings = "".join(PurePath(path).suffixes).lower()  # they say how it is read
    return {**settings, "data": {**data, "path": f"{digest}{endings}"}}


def name_what_decides(settings: Mapping[str, Any]) -> str:
    """What a run's hash is of, in words.

    Args:
        settings: a run's, plain.
    """
    if not _has_table(settings):
        return "settings"
    return f"settings, or of another content of {settings['data'].get('path')},"


def _has_table(settings: Mapping[str, Any]) -> bool:
    data = settings.get("data")
    return isinstance(data, dict) and data.get("_target_") in TABLES
