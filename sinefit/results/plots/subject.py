"""What a run on a table was trained on, as pictures name it; loads no pandas."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sinefit.errors import RecordError
from sinefit.record.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Subject:
    """What a run on a table was trained on, as pictures name it.

    Attributes:
        file: the hash of its content; runs with different ones are not drawn to one scale.
        input: the only input column; empty if there are several.
        target: the only target column; empty if there are several.
        rows: which rows are drawn.
    """

    file: str
    input: str
    target: str
    rows: str


UNKNOWN = Subject("", "", "", "rows")
"""What is known of a table whose run does not say it."""


def describe_subject(data: Mapping[str, Any]) -> Subject:
    """What a run was trained on.

    Args:
        data: the content of its `data.json`.
    """
    inputs = [column["name"] for column in data["inputs"]["inputs"]]
    targets = list(data["targets"])
    counts = data.get("rows", {})
    return Subject(
        file=str(data["file"].get("sha256", "")),
        input=inputs[0] if len(inputs) == 1 else "",
        target=targets[0] if len(targets) == 1 else "",
        rows="validation rows" if counts.get("validation") else "training rows",
    )


def read_subject(folder: str) -> Subject | None:
    """What a run was trained on; None of a function, and where its record is broken.

    Args:
        folder: of the run.
    """
    with suppress(RecordError, LookupError, TypeError, AttributeError):
        data = RunFolder(folder).read_data()
        return None if data is None else describe_subject(data)
    return None
