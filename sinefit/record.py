"""The run folder: sole owner of its file names; writes it and reads it.

Every file is written to a temporary name and then renamed, and `result.json` after all numbers: a reader
never sees half a file, and a run without `result.json` is not done. Reading executes nothing.
Knows neither Hydra nor the numerics; torch is loaded only to write or read weights.
"""

from __future__ import annotations

import contextlib
import csv
import io
import itertools
import json
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sinefit.errors import RecordError
from sinefit.result import format_result, parse_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch import Tensor

    from sinefit.result import Result

HISTORY_COLUMNS = ("epoch", "train_loss", "validation_loss", "lr")
PREDICTION_COLUMNS = ("x", "target", "prediction")

RESULT_NAME = "result.json"
OVERRIDES_NAME = ".hydra/overrides.yaml"
"""What Hydra writes into a run folder before the run starts: the overrides, as typed."""
SWEEP_NAME = "multirun.yaml"
"""What Hydra writes into a sweep folder before its jobs start, whenever the sweep is started or resumed."""
SWEEP_COPY_NAME = ".multirun.yaml"
"""The same, written once and atomically: a sweep can be resumed although Hydra was killed while it wrote."""
TABLE_NAMES = ("results.csv", "results.parquet")
"""A sweep's table, in the sweep folder."""


class RunFolder:
    """The files of one run.

    Args:
        path: the folder; it may not exist yet.
        durable: whether what is written outlives a loss of power, which costs a millisecond a run; what is
            written outlives the process in any case.
    """

    def __init__(self, path: str | os.PathLike[str], *, durable: bool = True) -> None:
        self.path = Path(path)
        self.durable = durable
        self.config = self.path / ".hydra" / "config.yaml"
        self.hydra_config = self.path / ".hydra" / "hydra.yaml"
        self.result = self.path / RESULT_NAME
        self.history = self.path / "history.csv"
        self.probe = self.path / "probe.csv"
        self.prediction = self.path / "prediction.csv"
        self.model = self.path / "model.pt"
        self.picture = self.path / "fit.png"
        self.checkpoint = self.path / "checkpoint.pt"

    def write_parameters(self, parameters: Mapping[str, Tensor]) -> None:
        """Write `model.pt`, the `state_dict`."""
        from sinefit.weights import save_weights  # noqa: PLC0415 - tables are read without torch

        write_atomically(self.model, save_weights(parameters), durable=self.durable)

    def save(self, state: dict[str, Any]) -> None:
        """Write `checkpoint.pt`, from which a killed run goes on."""
        from sinefit.weights import save_state  # noqa: PLC0415 - tables are read without torch

        write_atomically(self.checkpoint, save_state(state))

    def load(self) -> dict[str, Any] | None:
        """Read `checkpoint.pt`; None if there is none.

        Raises:
            RecordError: if it is broken or foreign.
        """
        return _unpickled(self.checkpoint) if self.checkpoint.exists() else None

    def write_history(self, rows: Iterable[Sequence[float | None]]) -> None:
        """Write `history.csv`: a row an epoch, with the columns `HISTORY_COLUMNS`; None is empty."""
        lines = [",".join(["" if cell is None else repr(cell) for cell in row]) for row in rows]
        text = "\n".join([",".join(HISTORY_COLUMNS), *lines, ""])
        write_atomically(self.history, text.encode(), durable=self.durable)

    def write_prediction(self, rows: Iterable[Sequence[float]]) -> None:
        """Write `prediction.csv`: the function and the model at some points, with six digits."""
        numbers = [number for row in rows for number in row]
        lines = "%.6g,%.6g,%.6g\n" * (len(numbers) // len(PREDICTION_COLUMNS)) % tuple(numbers)
        text = f"{','.join(PREDICTION_COLUMNS)}\n{lines}"
        write_atomically(self.prediction, text.encode(), durable=self.durable)

    def write_result(self, result: Result) -> None:
        """Write `result.json`, a line a field; with it the run is done."""
        write_atomically(self.result, format_result(result), durable=self.durable)

    def read_result(self) -> Result:
        """Read `result.json`.

        Raises:
            RecordError: if it is missing, broken, or no result of a sinefit that this one can read.
        """
        return read_result(str(self.path))

    def read_history(self) -> list[dict[str, float | None]]:
        """Read `history.csv`, a dict a row; None where a cell is empty.

        Raises:
            RecordError: if it is missing or broken.
        """
        return _read_csv(self.history, HISTORY_COLUMNS, "a run's history")

    def write_probe(self, names: Sequence[str], rows: Iterable[Sequence[float]]) -> None:
        """Write `probe.csv`: what the run's probe saw, a row a look; the steps come first."""
        short = ([f"{value:.6g}" for value in row] for row in rows)
        write_atomically(self.probe, _csv(("step", *names), short), durable=self.durable)

    def read_probe(self) -> list[dict[str, float | None]]:
        """Read `probe.csv`, a dict a row: step, and whatever the probe saw.

        Raises:
            RecordError: if it is missing, as for runs without a probe, or broken.
        """
        return _read_csv(self.probe, ("step",), "what a probe saw")

    def read_prediction(self) -> list[dict[str, float | None]]:
        """Read `prediction.csv`, a dict a row: x, target, prediction.

        Raises:
            RecordError: if it is missing, as for functions of several variables, or broken.
        """
        return _read_csv(self.prediction, PREDICTION_COLUMNS, "a run's prediction")

    def read_parameters(self) -> dict[str, Tensor]:
        """Read `model.pt` with ``weights_only=True``: a pickle with code in it is refused.

        Raises:
            RecordError: if it is missing, broken, or no `state_dict`.
        """
        import torch  # noqa: PLC0415 - tables are read without torch

        state = _unpickled(self.model)
        if not all(isinstance(n, str) and isinstance(value, torch.Tensor) for n, value in state.items()):
            msg = f"{self.model} holds no state_dict (names and tensors)"
            raise RecordError(msg)
        return state


def as_typed(overrides: Iterable[str]) -> list[str]:
    """Overrides without those that ``resume=DIR`` and ``rerun=DIR`` leave: they are no settings of a run.

    >>> as_typed(["optimizer=adam", "resume=all"])
    ['optimizer=adam']
    """
    return [word for word in overrides if not word.startswith(("resume=", "rerun="))]


def read_result(folder: str) -> Result:
    """Read a run folder's `result.json`; the same as `RunFolder.read_result`, fast for thousands of folders.

    Raises:
        RecordError: if it is missing, broken, or no result of a sinefit that this one can read.
    """
    path = f"{folder}{os.sep}{RESULT_NAME}"
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - Path costs more than the reading
            raw = json.loads(file.read())
    except OSError as error:
        msg = f"{folder} holds no finished run: {RESULT_NAME}: {error.strerror}"
        raise RecordError(msg) from error
    except (ValueError, RecursionError) as error:
        msg = f"{path} is broken: {error}"
        raise RecordError(msg) from error
    return parse_result(raw, path)


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file under a temporary name beside it, then rename it: readers see all of it or nothing.

    Args:
        path: the file.
        content: all of it.
        durable: whether to wait until the disk has it.

    Raises:
        RecordError: if it cannot be written; the temporary file is removed.
    """
    temporary = f"{path.parent}{os.sep}.{path.name}.{os.getpid()}.tmp"
    try:
        try:
            _write(temporary, content, durable=durable)
            os.replace(temporary, path)  # noqa: PTH105 - Path costs more than the renaming, for thousands of runs
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)  # noqa: PTH108
            raise
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}"
        raise RecordError(msg) from error


def _write(path: str, content: bytes, *, durable: bool) -> None:
    """Write a whole file, and make its folder if there is none yet."""
    try:
        file = open(path, "wb", buffering=0)  # noqa: PTH123, SIM115 - closed below
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        file = open(path, "wb", buffering=0)  # noqa: PTH123, SIM115 - closed below
    with file:
        view = memoryview(content)
        while view:
            view = view[file.write(view) :]
        if durable:
            os.fsync(file.fileno())


def remove_leftovers(folder: Path) -> None:
    """Delete what a killed process had begun to write into a run folder, or into a sweep's folders."""
    for path in itertools.chain(folder.glob(".*.tmp"), folder.glob("*/.*.tmp")):
        path.unlink(missing_ok=True)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode()


def _read_csv(path: Path, columns: tuple[str, ...], what: str) -> list[dict[str, float | None]]:
    """A table of numbers that begins with these columns, a dict a row; None where a cell is empty.

    Raises:
        RecordError: if it is missing or broken.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader(file, restval=_CUT_OFF)
            names, rows = reader.fieldnames or [], list(reader)
        if tuple(names)[: len(columns)] != columns:
            msg = f"its columns are {names}, not {list(columns)}"
            raise ValueError(msg)  # noqa: TRY301 - told below with the file's name
        return [{name: float(cell) if cell else None for name, cell in row.items()} for row in rows]
    except (OSError, ValueError, TypeError, csv.Error) as error:
        msg = f"{path} cannot be read as {what}: {error}"
        raise RecordError(msg) from error


def _unpickled(path: Path) -> dict[str, Any]:
    import torch  # noqa: PLC0415 - tables are read without torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pickles that it then refuses
            state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        msg = f"{path} is no state_dict that can be read safely: {_why_refused(error)}"
        raise RecordError(msg) from error
    if not isinstance(state, dict):
        msg = f"{path} holds no state_dict (names and tensors)"
        raise RecordError(msg)
    return state


def _why_refused(error: Exception) -> str:
    """The line of torch's message that names the reason, not its advice to open the file all the same."""
    lines = [line.strip() for line in str(error).splitlines()]
    return next((line for line in lines if line and "weights_only" not in line), type(error).__name__)


_CUT_OFF = "cut off"
"""Stands in a table where a row has too few cells, and is no number."""
