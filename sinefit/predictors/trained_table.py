"""What a run on a table remembers of it: the columns and how they become numbers; `data.json`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sinefit.core.data.table.encoding import Encoder
from sinefit.errors import RecordError, SinefitError

if TYPE_CHECKING:
    from collections.abc import Mapping

_READING = {"sep": str | None, "decimal": str, "encoding": str}
_KINDS: dict[str, dict[str, Any]] = {"file": {"name": str, "sha256": str}, "reading": _READING}


@dataclass(frozen=True)
class TrainedTable:
    """The table that a run was trained on.

    Attributes:
        encoder: how J columns become the I numbers that the model takes.
        targets: names of the O columns that it predicts.
        reading: the settings ``sep``, ``decimal`` and ``encoding`` that the file was read with.
        name: of the file.
        sha256: of the file's content.
        plain: all that `data.json` holds.
    """

    encoder: Encoder
    targets: tuple[str, ...]
    reading: Mapping[str, Any]
    name: str
    sha256: str
    plain: Mapping[str, Any]


def parse_table(plain: Any, source: str) -> TrainedTable:  # noqa: ANN401 - what a file holds
    """What a `data.json` says; nothing in it is taken on trust.

    Args:
        plain: JSON values.
        source: the file that they come from, for messages.

    Raises:
        RecordError: naming all that is wrong, if it is no record of a table.
    """
    faults = _find_faults(plain)
    if faults:
        msg = f"{source} is no record of a table: {', '.join(faults)}"
        raise RecordError(msg)
    try:
        encoder = Encoder.from_plain(plain["inputs"])
    except SinefitError as error:
        msg = f"{source} is no record of a table: {error}"
        raise RecordError(msg) from error
    return TrainedTable(
        encoder,
        tuple(plain["targets"]),
        {name: plain["reading"].get(name) for name in _READING},
        plain["file"]["name"],
        plain["file"]["sha256"],
        plain,
    )


def _find_faults(plain: Any) -> list[str]:  # noqa: ANN401 - what a file holds
    if not isinstance(plain, dict):
        return ["it holds no names and values"]
    faults: list[str] = []
    for part, kinds in _KINDS.items():
        values = plain.get(part)
        known = values if isinstance(values, dict) else {}
        wrong = [name for name, kind in kinds.items() if not isinstance(known.get(name), kind)]
        faults += [f"{part}.{name} has a wrong type" for name in wrong]
    targets = plain.get("targets")
    is_list = isinstance(targets, list) and all(isinstance(name, str) for name in targets)
    if not is_list or not targets or len(set(targets)) < len(targets):
        faults.append("targets is no list of different names")
    return faults
