"""The whole configs of many runs, flat: what is the same in all of them once, what differs run by run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sinefit.errors import RecordError
from sinefit.record.hydra_files import read_settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


def read_configs(folders: Iterable[str]) -> list[dict[str, str]]:
    """Dotted key to value as text for each run folder; nothing for a run whose config cannot be read."""
    return [_read_config(folder) for folder in folders]


def split_settings(configs: Sequence[Mapping[str, str]]) -> dict[str, list[Any]]:
    """Keys with one value in all runs as ``same``: [key, value]; others as ``differing``: [key, values].

    A value is None where a run has no such key.
    """
    keys = dict.fromkeys(key for config in configs for key in config)
    columns = {key: [config.get(key) for config in configs] for key in keys}
    same = [[key, cells[0]] for key, cells in columns.items() if len(set(cells)) == 1]
    differing = [[key, cells] for key, cells in columns.items() if len(set(cells)) > 1]
    return {"same": same, "differing": differing}


def _read_config(folder: str) -> dict[str, str]:
    try:
        return {key: _text(value) for key, value in read_settings(folder).items()}
    except RecordError:
        return {}


def _text(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
