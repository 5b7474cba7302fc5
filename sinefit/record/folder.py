"""The run folder: sole owner of its file names; writes it and reads it.

Every file is written to a temporary name and then renamed, and `result.json` after all numbers: a reader
never sees half a file, and a run without `result.json` is not done. Reading executes nothing.
Knows neither Hydra nor the numerics; torch is loaded only to write or read weights.
"""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sinefit.errors import RecordError
from sinefit.record.files import format_csv, read_csv, write_atomically
from sinefit.record.result import format_result, parse_result

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from torch import Tensor

    from sinefit.record.result import Result

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
        from sinefit.record.weights import save_weights  # noqa: PLC0415 - tables are read without torch

        write_atomically(self.model, save_weights(parameters), durable=self.durable)

    def save(self, state: dict[str, Any]) -> None:
        """Write `checkpoint.pt`, from which a killed run goes on."""
        from sinefit.record.weights import save_state  # noqa: PLC0415 - tables are read without torch

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
        return read_csv(self.history, HISTORY_COLUMNS, "a run's history")

    def write_probe(self, names: Sequence[str], rows: Iterable[Sequence[float]]) -> None:
        """Write `probe.csv`: what the run's probe saw, a row a look; the steps come first."""
        short = ([f"{value:.6g}" for value in row] for row in rows)
        write_atomically(self.probe, format_csv(("step", *names), short), durable=self.durable)

    def read_probe(self) -> list[dict[str, float | None]]:
        """Read `probe.csv`, a dict a row: step, and whatever the probe saw.

        Raises:
            RecordError: if it is missing, as for runs without a probe, or broken.
        """
        return read_csv(self.probe, ("step",), "what a probe saw")

    def read_prediction(self) -> list[dict[str, float | None]]:
        """Read `prediction.csv`, a dict a row: x, target, prediction.

        Raises:
            RecordError: if it is missing, as for functions of several variables, or broken.
        """
        return read_csv(self.prediction, PREDICTION_COLUMNS, "a run's prediction")

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
