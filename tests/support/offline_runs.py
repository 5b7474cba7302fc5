"""W&B's offline runs, read back by the format that they are written in: LevelDB's log of W&B's own messages.

Source: https://github.com/google/leveldb/blob/main/doc/log_format.md; W&B's reader is a program in Go.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK, HEADER = 32_768, 7


def read_messages(file: Path) -> Iterator[Any]:
    """The messages of a `.wandb` file, in order."""
    from wandb.proto.wandb_internal_pb2 import Record  # noqa: PLC0415 - only where W&B is read

    content, at, parts = file.read_bytes(), HEADER, b""
    while at + HEADER <= len(content):
        if BLOCK - at % BLOCK < HEADER:
            at += BLOCK - at % BLOCK
            continue
        length, kind = struct.unpack("<HB", content[at + 4 : at + HEADER])
        parts += content[at + HEADER : at + HEADER + length]
        at += HEADER + length
        if kind in {1, 4}:  # whole, or the last part
            yield Record.FromString(parts)
            parts = b""


def read_offline_run(folder: Path) -> dict[str, Any]:
    """What a folder says of its run: fields of it, config, history, summary, files and exit code."""
    (file,) = folder.glob("run-*.wandb")
    seen: dict[str, Any] = {"config": {}, "history": [], "summary": {}, "files": []}
    for message in read_messages(file):
        kind = message.WhichOneof("record_type")
        if kind == "run":
            run = message.run
            seen |= {"id": run.run_id, "name": run.display_name, "group": run.run_group, "kind": run.job_type}
            seen |= {"project": run.project, "notes": run.notes, "tags": [*run.tags]}
            seen["config"] |= {item.key: json.loads(item.value_json) for item in run.config.update}
        elif kind == "history":
            row = {item.key or ".".join(item.nested_key): item.value_json for item in message.history.item}
            seen["history"].append({key: json.loads(value) for key, value in row.items()})
        elif kind == "summary":
            seen["summary"] |= {
                item.key or ".".join(item.nested_key): json.loads(item.value_json)
                for item in message.summary.update
            }
        elif kind == "files":
            seen["files"] += [item.path for item in message.files.files]
        elif kind == "exit":
            seen["exit_code"] = message.exit.exit_code
    return seen
