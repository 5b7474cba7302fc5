"""The run folder: sole owner of its file names; writes it and reads it.

Every file is written to a temporary name and then renamed, `result.json` after all others: a reader never
sees half a file, and a run without `result.json` is not done. Reading executes nothing. Knows neither Hydra
nor the numerics; torch is loaded only to write or read weights.
"""

from __future__ import annotations

import functools
import json
import math
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sinefit.errors import RecordError
from sinefit.record.files import format_csv, read_csv, read_json, remove, write_atomically
from sinefit.record.result import Result, format_result, parse_result
from sinefit.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch import Tensor

HISTORY_COLUMNS = ("epoch", "train_loss", "validation_loss", "lr")
PREDICTION_COLUMNS = ("x", "target", "prediction")

RESULT_NAME = "result.json"
HISTORY_NAME, PROBE_NAME, PREDICTION_NAME = "history.csv", "probe.csv", "prediction.csv"
MODEL_NAME, CHECKPOINT_NAME, DATA_NAME = "model.pt", "checkpoint.pt", "data.json"
RUNG_NAME = "rung.json"
"""Beside a checkpoint at which a run waits for its sweep: what it is ranked by."""
CONFIG_NAME, HYDRA_NAME, OVERRIDES_NAME = (f".hydra/{name}.yaml" for name in ("config", "hydra", "overrides"))
"""What Hydra writes into a run folder before it starts: its settings, Hydra's own, what was typed."""
SWEEP_NAME = "multirun.yaml"
"""What Hydra writes into a sweep folder before its jobs start, whenever the sweep is started or resumed."""
SWEEP_COPY_NAME = ".multirun.yaml"
"""The same, written once and atomically: a sweep can be resumed although Hydra was killed while it wrote."""
SWEEP_NAMES = (SWEEP_COPY_NAME, SWEEP_NAME)
"""Of the folders that hold one of these, each is a sweep's."""
TABLE_NAMES = ("results.csv", "results.parquet")
"""A sweep's table, in the sweep folder."""


class RecordedOutcome(Protocol):
    """What `RunFolder.write` takes of an outcome besides its `Result`.

    Attributes:
        parameters: the `state_dict`.
        history: a row an epoch, with the columns `HISTORY_COLUMNS`; None is an empty cell.
        prediction: with ``inputs`` (or None), ``targets`` and ``outputs``, tensors (N,); None without any.
        probe_log: with ``names``, ``steps`` and ``rows`` of numbers; None without a probe.
        data: what the run was trained on; of a table with ``inputs``, which say how raw rows are read.
    """

    @property
    def parameters(self) -> Mapping[str, Tensor]: ...  # noqa: D102 - see above
    @property
    def history(self) -> Iterable[Sequence[float | None]]: ...  # noqa: D102
    @property
    def prediction(self) -> Any: ...  # noqa: ANN401, D102
    @property
    def probe_log(self) -> Any: ...  # noqa: ANN401, D102
    @property
    def data(self) -> Mapping[str, Any]: ...  # noqa: D102


class _File:
    """The path of one of a run folder's files, as an attribute."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __get__(self, folder: RunFolder, owner: type[RunFolder]) -> Path:
        return folder.path / self._name


class RunFolder:
    """The files of one run.

    Args:
        path: the folder; it may not exist yet.
        durable: whether `write` waits until the disk has each file, so that it outlives a loss of power; it
            outlives the process in any case. Without it a job of a sweep saves 9 ms of waiting.
    """

    config = _File(CONFIG_NAME)
    result = _File(RESULT_NAME)
    history = _File(HISTORY_NAME)
    probe = _File(PROBE_NAME)
    prediction = _File(PREDICTION_NAME)
    model = _File(MODEL_NAME)
    data = _File(DATA_NAME)
    picture = _File("fit.png")
    checkpoint = _File(CHECKPOINT_NAME)

    def __init__(self, path: str | os.PathLike[str], *, durable: bool = True) -> None:
        self.path = Path(path)
        self.durable = durable

    def write(self, outcome: RecordedOutcome | None, result: Result) -> None:
        """Write all files of a run, `result.json` last; then its checkpoint goes, unless it was interrupted.

        Args:
            outcome: what was trained; None for a run that failed, of which there is the result alone.
            result: how it ended.

        Raises:
            RecordError: if the folder cannot be written; it then holds no result.
        """
        remove(f"{self.path}{os.sep}{RESULT_NAME}")
        if outcome is not None:
            self._write_outcome(outcome)
        self._write(RESULT_NAME, format_result(result))
        if outcome is not None and result.status != Status.INTERRUPTED:
            self.remove_checkpoint()

    def remove_checkpoint(self) -> None:
        """Delete `checkpoint.pt`, if there is one, and what says that it waits at a rung.

        Raises:
            RecordError: if that cannot be done.
        """
        remove(f"{self.path}{os.sep}{RUNG_NAME}")
        remove(f"{self.path}{os.sep}{CHECKPOINT_NAME}")

    def clear(self) -> None:
        """Remove what an earlier run left; its result first, which must not lie beside other settings."""
        numbers = self.model, self.data, self.history, self.probe, self.prediction
        for path in (self.result, *numbers, self.picture):
            path.unlink(missing_ok=True)
        self.remove_checkpoint()

    def copy(self, source: RunFolder, result: Result) -> None:
        """Take over the numbers of another run.

        Args:
            source: the other run, which is finished.
            result: what this folder's `result.json` is to hold.

        Raises:
            RecordError: if a file cannot be read or written.
        """
        try:
            for path in (source.model, source.data, source.history, source.prediction, source.probe):
                if path.exists():
                    shutil.copyfile(path, self.path / path.name)
        except OSError as error:
            msg = f"{source.path} cannot be copied to {self.path}: {error.strerror or error}"
            raise RecordError(msg) from error
        self.write(None, result)

    def save(self, state: dict[str, Any]) -> None:
        """Write `checkpoint.pt`, from which a killed run goes on."""
        from sinefit.record.weights import format_state  # noqa: PLC0415 - tables are read without torch

        self._write(CHECKPOINT_NAME, format_state(state))

    def load(self) -> dict[str, Any] | None:
        """The content of `checkpoint.pt`; None if there is none.

        Raises:
            RecordError: if it is broken or foreign.
        """
        from sinefit.record.weights import read_state  # noqa: PLC0415 - tables are read without torch

        return read_state(self.checkpoint) if self.checkpoint.exists() else None

    def write_rung(self, epoch: int, value: float) -> None:
        """Write `rung.json`: the run was left with its checkpoint, to be ranked.

        Args:
            epoch: after which.
            value: of its objective; one that is not finite is none.
        """
        content = {"epoch": epoch, "value": value if math.isfinite(value) else None}
        self._write(RUNG_NAME, json.dumps(content).encode())

    def read_rung(self) -> tuple[int, float] | None:
        """What `write_rung` was given, nan for a value that is none; None if the run waits nowhere."""
        try:
            rung = read_json(f"{self.path}{os.sep}{RUNG_NAME}", f"{self.path} waits at no rung")
            value = rung["value"]
            return int(rung["epoch"]), math.nan if value is None else float(value)
        except (RecordError, KeyError, TypeError, ValueError, OverflowError):
            return None

    def read_result(self) -> Result:
        """The content of `result.json`.

        Raises:
            RecordError: if it is missing, broken, or no result of a sinefit that this one can read.
        """
        path = f"{self.path}{os.sep}{RESULT_NAME}"
        return parse_result(read_json(path, f"{self.path} holds no finished run: {RESULT_NAME}"), path)

    def read_history(self) -> list[dict[str, float | None]]:
        """The content of `history.csv`, a dict a row; None where a cell is empty.

        Raises:
            RecordError: if it is missing or broken.
        """
        return read_csv(self.history, HISTORY_COLUMNS, "a run's history")

    def read_data(self) -> dict[str, Any] | None:
        """The content of `data.json`; None of a run that was not trained on a table.

        Raises:
            RecordError: if it is broken.
        """
        if not self.data.exists():
            return None
        found = read_json(str(self.data), f"{self.data} cannot be read")
        if not isinstance(found, dict) or not {"file", "reading", "inputs", "targets"} <= found.keys():
            msg = f"{self.data} does not say how a run's table is read"
            raise RecordError(msg)
        return found

    def read_probe(self) -> list[dict[str, float | None]]:
        """The content of `probe.csv`, a dict a row: step, and whatever the probe saw.

        Raises:
            RecordError: if it is missing, as for runs without a probe, or broken.
        """
        return read_csv(self.probe, ("step",), "what a probe saw")

    def read_prediction(self) -> list[dict[str, float | None]]:
        """The content of `prediction.csv`, a dict a row: x (empty of a table's rows), target, prediction.

        Raises:
            RecordError: if it is missing, as for functions of several variables and for tables with several
                targets, or broken.
        """
        return read_csv(self.prediction, PREDICTION_COLUMNS, "a run's prediction")

    def read_parameters(self) -> dict[str, Tensor]:
        """The content of `model.pt`, read with ``weights_only=True``: a pickle with code in it is refused.

        Raises:
            RecordError: if it is missing, broken, or no `state_dict`.
        """
        from sinefit.record.weights import read_weights  # noqa: PLC0415 - tables are read without torch

        return read_weights(self.model)

    def _write_outcome(self, outcome: RecordedOutcome) -> None:
        from sinefit.record.weights import format_state  # noqa: PLC0415 - tables are read without torch

        self._write(MODEL_NAME, format_state(outcome.parameters))
        self._write(HISTORY_NAME, format_csv(HISTORY_COLUMNS, outcome.history))
        if "inputs" in outcome.data:
            self._write(DATA_NAME, (json.dumps(dict(outcome.data), ensure_ascii=False) + "\n").encode())
        if outcome.prediction is not None:
            seen = outcome.prediction
            text = _format_line(seen.inputs, seen.targets) % tuple(seen.outputs.tolist())
            self._write(PREDICTION_NAME, text.encode())
        if outcome.probe_log is not None:
            log = outcome.probe_log
            looks = ((step, *row) for step, row in zip(log.steps, log.rows, strict=True))
            row_format = f"%d{',%.6g' * len(log.names)}\n"
            self._write(PROBE_NAME, format_csv(("step", *log.names), looks, row_format))

    def _write(self, name: str, content: bytes) -> None:
        write_atomically(f"{self.path}{os.sep}{name}", content, durable=self.durable)


@functools.lru_cache(maxsize=256)
def _format_line(inputs: Tensor | None, targets: Tensor) -> str:
    """The format of a `prediction.csv`, which takes the outputs; runs of a sweep share these tensors.

    Saves 0.1 of 2.9 ms that a job costs besides its training (a sweep of 1,008 jobs).

    Args:
        inputs: (N,); None leaves the first column empty.
        targets: (N,).
    """
    first = [""] * len(targets) if inputs is None else [f"{x:.6g}" for x in inputs.tolist()]
    rows = (f"{x},{y:.6g},%.6g\n" for x, y in zip(first, targets.tolist(), strict=True))
    return "".join([f"{','.join(PREDICTION_COLUMNS)}\n", *rows])
