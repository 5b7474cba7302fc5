"""What is kept of how a run ended, as `result.json` holds it; knows no folders, and executes nothing."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass, field, fields
from types import UnionType
from typing import TYPE_CHECKING, Any, get_origin, get_type_hints

from sinefit.errors import ForeignRecordError, RecordError
from sinefit.status import WORST, Status

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMA_VERSION = 2


@dataclass(frozen=True)
class Result:
    """What `result.json` holds.

    Attributes:
        status: a value of `sinefit.status.Status`.
        error: type and text of the exception of a failed run, else None.
        message: one sentence on how the run ended, where the status alone does not say it.
        metrics: by name; nan where a metric is undefined.
        objective: ``name``, ``value`` and ``direction`` (minimize or maximize) of the metric that runs are
            ranked by; the value of a run that diverged or failed is the worst: inf or -inf.
        epochs: completed epochs.
        steps: optimizer steps.
        seed: the run's seed.
        num_parameters: number of trained numbers in the model.
        config_hash: SHA-256 of what decides the run's numbers.
        choices: config group to choice.
        overrides: as typed on the command line; of a rerun, as typed for the run that it repeats.
        started: when, ISO 8601 with the offset from UTC.
        train_seconds: wall-clock time of the training loop.
        engine: what computed the steps: ``name`` (plain, native, compiled or eager), ``runs_together`` (how
            many) and ``threads``.
        environment: versions, commit, platform.
        data: ``input_size`` and ``output_size``; of a table also ``file`` (name, rows, columns, sha256) and
            ``rows`` (of each part); empty of a run that failed, and of one of an older sinefit.
        pruned: ``epoch``, ``rank`` and ``of`` how many settings, of a run that a rung ended; else empty.
        taken_from: the run folder that this record was copied from instead of training; else None.
        schema_version: of this file.
    """

    status: str
    error: str | None
    message: str
    metrics: dict[str, float]
    objective: dict[str, Any]
    epochs: int
    steps: int
    seed: int
    num_parameters: int
    config_hash: str
    choices: dict[str, str]
    overrides: list[str]
    started: str
    train_seconds: float
    engine: dict[str, Any]
    environment: dict[str, Any]
    data: dict[str, Any] = field(default_factory=dict)
    pruned: dict[str, int] = field(default_factory=dict)
    taken_from: str | None = None
    schema_version: int = SCHEMA_VERSION

    @property
    def code(self) -> dict[str, str]:
        """The digests of the files with code of one's own that trained the run, by their names."""
        code = self.environment.get("code")
        return {str(file): str(digest) for file, digest in code.items()} if isinstance(code, dict) else {}

    @property
    def code_hash(self) -> str | None:
        """The SHA-256 of all of `code`; None without code of one's own."""
        return hash_files(self.code)

    @property
    def git_commit(self) -> str | None:
        """The commit of the repository that the run was started in."""
        commit = self.environment.get("git_commit")
        return commit if isinstance(commit, str) else None

    @property
    def git_dirty(self) -> bool | None:
        """Whether files of that repository differed from its commit."""
        is_dirty = self.environment.get("git_dirty")
        return is_dirty if isinstance(is_dirty, bool) else None


def hash_files(digests: Mapping[str, str]) -> str | None:
    """The SHA-256 of files, from those of each; None if there are none."""
    text = json.dumps(digests, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest() if digests else None


def format_result(result: Result) -> bytes:
    """The content of `result.json`, a line a field."""
    lines = [f'  "{name}": {_encode(_without_special_floats(getattr(result, name)))}' for name in _NAMES]
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def parse_result(raw: Any, path: str) -> Result:  # noqa: ANN401 - what a file holds
    """The result that a `result.json` holds.

    Args:
        raw: what was read.
        path: the file, for messages.

    Raises:
        ForeignRecordError: if another version of sinefit wrote it.
        RecordError: naming all that is wrong, if it is no result at all.
    """
    if not isinstance(raw, dict) or "schema_version" not in raw:
        msg = f"{path} is no result of sinefit"
        raise RecordError(msg)
    if raw["schema_version"] != SCHEMA_VERSION:
        msg = f"{path} has schema version {raw['schema_version']!r}; this sinefit reads {SCHEMA_VERSION}"
        raise ForeignRecordError(msg)
    raw.setdefault("data", {})
    raw.setdefault("pruned", {})
    faults = _find_wrong_types(raw) or _find_wrong_values(raw)
    if faults:
        msg = f"{path} is no result of sinefit: {', '.join(faults)}"
        raise RecordError(msg)
    metrics = {name: math.nan if value is None else value for name, value in raw["metrics"].items()}
    objective = dict(raw["objective"])
    if objective.get("value") is None:
        objective["value"] = WORST[objective["direction"]]
    return Result(**{name: raw[name] for name in _NAMES} | {"metrics": metrics, "objective": objective})


def _find_wrong_types(raw: dict[str, Any]) -> list[str]:
    faults = [f"{name} is missing" for name in _NAMES if name not in raw]
    for name, kind in _KINDS.items():
        if name in raw and (not isinstance(raw[name], kind) or isinstance(raw[name], bool)):
            faults.append(f"{name} has a wrong type")
    return faults


def _find_wrong_values(raw: dict[str, Any]) -> list[str]:
    faults = []
    if raw["status"] not in _STATUSES:
        faults.append(f"its status is {raw['status']!r}")
    if not all(map(_is_number_or_null, raw["metrics"].values())):
        faults.append("a metric is no number")
    objective = raw["objective"]
    is_named = isinstance(objective.get("name"), str) and objective.get("direction") in list(WORST)
    if not is_named or not _is_number_or_null(objective.get("value")):
        faults.append(f"its objective is {objective!r}")
    if not all(isinstance(override, str) for override in raw["overrides"]):
        faults.append("an override is no text")
    if not all(isinstance(choice, str) for choice in raw["choices"].values()):
        faults.append("a choice is no text")
    if not all(type(number) is int for number in raw["pruned"].values()):
        faults.append("a rank is no number")
    return faults


def _is_number_or_null(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _without_special_floats(value: Any) -> Any:  # noqa: ANN401 - JSON's values are of any type
    """JSON knows no nan and no infinity: they become null."""
    if isinstance(value, dict):
        return {key: _without_special_floats(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


_STATUSES = frozenset(map(str, Status))
_encode = json.JSONEncoder(allow_nan=False).encode
_NAMES = [field.name for field in fields(Result)]
_KINDS = {
    name: hint if isinstance(hint, UnionType) else (int, float) if hint is float else get_origin(hint) or hint
    for name, hint in get_type_hints(Result).items()
}
"""What `isinstance` checks of each field; JSON writes a float without a fraction as it likes."""
