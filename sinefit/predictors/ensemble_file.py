"""The file of an ensemble: names, numbers and tensors as `torch.save` writes them; reading runs no code."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from sinefit.errors import ForeignRecordError, RecordError
from sinefit.predictors.ensemble import Ensemble, Member
from sinefit.predictors.network import Saved, build_trained
from sinefit.predictors.trained_table import parse_table
from sinefit.record.files import write_atomically
from sinefit.record.nested import flatten
from sinefit.record.weights import format_state, read_state
from sinefit.settings.plain import DTYPES
from sinefit.settings.trust import read_trust

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence

FORMAT = "sinefit ensemble"
VERSION = 1
_KINDS = {"model": str, "dtype": str, "state": dict, "data": str, "weight": float, "origin": str}
"""What is kept of a member; ``model`` (its settings) and ``data`` (as of `data.json`) are JSON."""
_LARGEST_TEXT = 2**22
"""Characters of a member's JSON."""


def write_ensemble(path: str | os.PathLike[str], ensemble: Ensemble) -> None:
    """Write an ensemble to one file, whole or not at all.

    Args:
        path: the file.
        ensemble: to be written.

    Raises:
        RecordError: if it cannot be written.
    """
    members = [
        {
            "model": json.dumps(member.saved.node),
            "dtype": member.saved.dtype,
            "state": dict(member.saved.state),
            "data": json.dumps(member.table.plain),
            "weight": float(member.weight),
            "origin": member.origin,
        }
        for member in ensemble.members
    ]
    write_atomically(path, format_state({"format": FORMAT, "version": VERSION, "members": members}))


def read_ensemble(path: str | os.PathLike[str], trust: str | Sequence[str] = ()) -> Ensemble:
    """Read the file of an ensemble, which may be anybody's: no code that it names is run unasked.

    Args:
        path: the file.
        trust: packages whose code may be run.

    Raises:
        RecordError: if it is missing, broken or foreign, weights do not fit their models, or a model is not
            to be trusted.
    """
    trusted = read_trust(trust)
    content = read_state(Path(path))
    if content.get("format") != FORMAT or not isinstance(content.get("members"), list):
        msg = f"{path} is no file of an ensemble of sinefit"
        raise RecordError(msg)
    if content.get("version") != VERSION:
        msg = f"{path} has version {content.get('version')!r} of an ensemble; this sinefit reads {VERSION}"
        raise ForeignRecordError(msg)
    members = tuple(
        _read_member(raw, f"{path}, member {number}", trusted)
        for number, raw in enumerate(content["members"], 1)
    )
    if not members or len({member.table.targets for member in members}) > 1:
        msg = f"{path} is no file of an ensemble: its members must be one or more, with the same targets"
        raise RecordError(msg)
    return Ensemble(members)


def _read_member(raw: Any, source: str, trust: tuple[str, ...]) -> Member:  # noqa: ANN401 - what a file holds
    """One member; nothing in it is taken on trust.

    Args:
        raw: what the file holds.
        source: the file and the member's number, for messages.
        trust: packages whose code may be run.
    """
    values = raw if isinstance(raw, dict) else {}
    wrong = [name for name, kind in _KINDS.items() if not isinstance(values.get(name), kind)]
    wrong = wrong or _find_wrong_values(values)
    if wrong:
        msg = f"{source} is no network of sinefit: {', '.join(wrong)} is missing or of a wrong kind"
        raise RecordError(msg)
    table = parse_table(_parse_json(values["data"], source), source)
    node = _parse_json(values["model"], source)
    texts = [str(part) for item in flatten(node, lists=True).items() for part in item]
    if not isinstance(node, dict) or any("${" in text for text in texts):
        msg = f"{source} has no settings of a model: they must be names and values without references"
        raise RecordError(msg)
    saved = Saved(node, values["dtype"], values["state"], table, source, source)
    return Member(saved, build_trained(saved, trust), table, values["weight"], values["origin"])


def _find_wrong_values(values: dict[str, Any]) -> list[str]:
    """Names of what has the right type and cannot be used."""
    state = values["state"].items()
    holds = {
        "dtype": values["dtype"] in DTYPES,
        "weight": math.isfinite(values["weight"]) and values["weight"] > 0,
        "state": all(isinstance(key, str) and isinstance(value, torch.Tensor) for key, value in state),
    }
    return [name for name, is_right in holds.items() if not is_right]


def _parse_json(text: str, source: str) -> Any:  # noqa: ANN401 - what a file holds
    try:
        if len(text) > _LARGEST_TEXT:
            msg = f"it has {len(text):,} characters of settings, more than {_LARGEST_TEXT:,}"
            raise ValueError(msg)  # noqa: TRY301 - told below with the file's name
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        msg = f"{source} is broken: {error}"
        raise RecordError(msg) from error
