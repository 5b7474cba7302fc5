"""The content of TensorBoard's event files, by TensorBoard's own messages and its own writer.

A run's file has its curves, its metrics, what the HParams dashboard shows, its picture and a page of text.
Equal records make equal bytes. An event takes 8 us, most of it for its checksum.
"""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.hparams import api_pb2, metadata
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData, SessionEndInfo
from tensorboard.plugins.hparams.summary_v2 import hparams_pb
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from sinefit.trackers.curves import values_by_step
from sinefit.trackers.ending import State
from sinefit.trackers.sent_run import PICTURE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from sinefit.results.overrides import Cell
    from sinefit.trackers.sent_run import SentRun
    from sinefit.trackers.sent_sweep import SentSweep

VERSION = "brain.Event:2"
"""Of the format; the first event of every file says it."""
FINAL = "final"
"""TensorBoard groups cards by the word before the slash, and sorts columns by it: before ``history``."""
_STATES = {
    State.FINISHED: api_pb2.STATUS_SUCCESS,
    State.FAILED: api_pb2.STATUS_FAILURE,
    State.KILLED: api_pb2.STATUS_UNKNOWN,
    State.RUNNING: api_pb2.STATUS_RUNNING,
}


def format_run(run: SentRun) -> bytes:
    """The event file of a run."""
    started, ended = run.started.timestamp(), run.ended.timestamp()
    hparams = {name: _as_hparam(value) for name, value in run.parameters.items()}
    events = [
        Event(wall_time=started, file_version=VERSION),
        Event(wall_time=started, summary=hparams_pb(hparams, run.name, start_time_secs=started)),
        *_list_curves(run, started, ended),
    ]
    metrics = [
        Summary.Value(tag=f"{FINAL}/{name}", simple_value=value) for name, value in run.metrics.items()
    ]
    if metrics:
        events.append(Event(wall_time=ended, step=run.epochs, summary=Summary(value=metrics)))
    if PICTURE in run.files:
        with open(run.files[PICTURE], "rb") as file:
            picture = _as_image(file.read())
        events.append(Event(wall_time=ended, step=run.epochs, summary=picture))
    events.append(Event(wall_time=ended, step=run.epochs, summary=_as_text("run", run.note, run.tags)))
    events.append(Event(wall_time=ended, step=run.epochs, summary=_as_session_end(run.state, ended)))
    return _format(events)


def format_sweep(sweep: SentSweep, *, is_whole: bool) -> bytes:
    """The event file of a sweep, which is shown as a run beside its runs.

    Args:
        sweep: the sweep.
        is_whole: whether its runs have been written; before, its file says nothing of them.
    """
    started, ended = sweep.started.timestamp(), sweep.ended.timestamp()
    events = [Event(wall_time=started, file_version=VERSION)]
    if is_whole:
        summary = _as_text(
            "sweep", sweep.note, {**sweep.tags, **{n: str(v) for n, v in sweep.metrics.items()}}
        )
        events.append(Event(wall_time=ended, summary=summary))
    return _format(events)


def _list_curves(run: SentRun, started: float, ended: float) -> Iterator[Event]:
    """An event a step, with the values of all curves; nobody recorded when, so steps are even in time."""
    rows = values_by_step(run.curves)
    last = (rows[-1][0] if rows else 0) or 1
    for step, row in rows:
        values = [Summary.Value(tag=name, simple_value=value) for name, value in row.items()]
        when = started + (ended - started) * step / last
        yield Event(wall_time=when, step=step, summary=Summary(value=values))


def _as_hparam(value: Cell) -> str | float | bool:
    return "null" if value is None else value


def _as_image(content: bytes) -> Summary:
    """A picture; the sizes of a PNG stand at a fixed place in it (https://www.w3.org/TR/png-3/#11IHDR)."""
    width, height = struct.unpack(">II", content[16:24])
    image = Summary.Image(width=width, height=height, colorspace=4, encoded_image_string=content)
    return Summary(value=[Summary.Value(tag=f"{FINAL}/fit", image=image)])


def _as_text(tag: str, note: str, facts: Mapping[str, str]) -> Summary:
    """A page of text: what is to be said, and a table of facts, in Markdown."""
    rows = [f"| {name} | {text.replace('|', chr(92) + '|')} |" for name, text in facts.items()]
    lines = ([note, ""] if note else []) + ["| | |", "| --- | --- |", *rows]
    return text_pb(tag, "\n".join(lines))


def _as_session_end(state: State, ended: float) -> Summary:
    info = SessionEndInfo(status=_STATES[state], end_time_secs=ended)
    about = metadata.create_summary_metadata(HParamsPluginData(session_end_info=info))
    value = Summary.Value(tag=metadata.SESSION_END_INFO_TAG, metadata=about, tensor=metadata.NULL_TENSOR)
    return Summary(value=[value])


def _format(events: Iterable[Event]) -> bytes:
    buffer = io.BytesIO()
    writer = RecordWriter(buffer)
    for event in events:
        writer.write(event.SerializeToString(deterministic=True))
    return buffer.getvalue()
