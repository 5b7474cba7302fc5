"""The whole configs of many runs, flat: what is the same in all of them once, what differs run by run."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml

from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TOP_LEVEL = re.compile(r"^(?=[^\s#-])", re.MULTILINE)


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
        text = RunFolder(folder).config.read_text(encoding="utf-8")
        # Thousands of configs differ in few of their blocks: each different block is parsed once.
        return {key: value for block in _TOP_LEVEL.split(text) for key, value in _parse(block)}
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return {}


@cache
def _parse(block: str) -> tuple[tuple[str, str], ...]:
    """A top-level key of a config with all that is below it."""
    content = yaml.load(block, Loader=_LOADER)  # noqa: S506 - the safe loader, in C if there is one
    return tuple(_flatten("", content)) if isinstance(content, dict) else ()


def _flatten(prefix: str, node: object) -> Iterable[tuple[str, str]]:
    """Leaves with their dotted keys; lists as they are written."""
    if isinstance(node, dict) and node:
        for key, value in node.items():
            yield from _flatten(f"{prefix}.{key}" if prefix else str(key), value)
    else:
        yield prefix, _text(node)


def _text(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
