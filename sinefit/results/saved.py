"""Settings as the saved configs of runs have them: also those that nobody typed.

What was typed is at hand with each record. Configs are read only where that does not tell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sinefit.errors import RecordError
from sinefit.record.folder import RunFolder
from sinefit.record.hydra_files import read_invocation, read_settings
from sinefit.results.overrides import parse_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sinefit.results.overrides import Cell

_REFERENCE = re.compile(r"\$\{([\w.-]+)\}")
_MOST_REFERENCES = 10
"""References that are followed one after the other; some lead in a circle."""


def read_saved(folder: str, keys: Sequence[str], choices: Mapping[str, str] | None = None) -> dict[str, Cell]:
    """What a run had for some settings; those that it did not have are left out.

    Args:
        folder: the run's.
        keys: dotted paths, or config groups.
        choices: config group to choice; read where they are needed if None.
    """
    try:
        settings = read_settings(folder)
    except RecordError:
        settings = {}
    found: dict[str, Cell] = {}
    for key in keys:
        if settings.get(key) is not None:
            found[key] = _as_cell(_follow(settings, key))
            continue
        if "." not in key:  # it can be a config group
            choices = _read_choices(folder) if choices is None else choices
            if key in choices:
                found[key] = choices[key]
                continue
        below = {
            name[len(key) + 1 :]: value for name, value in settings.items() if name.startswith(f"{key}.")
        }
        if below or key in settings:
            found[key] = _as_text(below) if below else None
    return found


def read_all_saved(folder: str) -> dict[str, Cell]:
    """All settings of a run by dotted paths, as the same typed on the command line would be.

    Args:
        folder: the run's.

    Raises:
        RecordError: if its config is missing or broken.
    """
    settings = read_settings(folder)
    return {key: _as_cell(_follow(settings, key)) for key in settings}


def _read_choices(folder: str) -> Mapping[str, str]:
    """The choices of a run, also of one that has not ended."""
    try:
        return RunFolder(folder).read_result().choices
    except RecordError:
        pass
    try:
        return read_invocation(folder).choices
    except RecordError:
        return {}


def _follow(settings: Mapping[str, Any], key: str) -> Any:  # noqa: ANN401 - a setting of any type
    """A setting's value; where it is a reference to another setting, that one's."""
    value = settings[key]
    for _ in range(_MOST_REFERENCES):
        reference = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
        if reference is None:
            break
        name = reference[1]
        climbed = len(name) - len(name.lstrip("."))
        if climbed:
            name = ".".join([*key.split(".")[:-climbed], name[climbed:]])
        if name not in settings:
            break
        key, value = name, settings[name]
    return value


def _as_cell(value: Any) -> Cell:  # noqa: ANN401 - a setting of any type
    """A value of a config as the same typed on the command line would be."""
    if isinstance(value, str | float | bool) or value is None:
        return value
    return parse_value(_as_text(value))


def _as_text(value: Any) -> str:  # noqa: ANN401 - a setting of any type
    if isinstance(value, list):
        return f"[{','.join(map(_as_text, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(f'{key}:{_as_text(item)}' for key, item in value.items())}}}"
    words = {True: "true", False: "false", None: "null"}
    return words[value] if value is None or isinstance(value, bool) else str(value)
