"""What happens around a run, by Hydra's callbacks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.experimental.callback import Callback

from sinefit.errors import RecordError, SinefitError

if TYPE_CHECKING:
    from omegaconf import DictConfig


class Preflight(Callback):
    """Looks for mistakes before a run's folder is made, so that none is left half-written.

    Hydra makes the folder, and writes the config into it, before it calls the task. It turns an
    exception of a callback into a warning, hence `SystemExit`.
    """

    def on_run_start(self, config: DictConfig, **kwargs: Any) -> None:  # noqa: ANN401, ARG002 - Hydra's interface
        """Set the experiment up once for its errors, and see that the folder can be written."""
        from sinefit.building import build_experiment  # noqa: PLC0415 - loads torch
        from sinefit.core.experiment import check  # noqa: PLC0415 - loads torch

        try:
            check(build_experiment(config))
            check_writable(Path(config.hydra.run.dir))
        except SinefitError as error:
            print(f"sinefit: {error}", file=sys.stderr)  # noqa: T201 - the message itself
            raise SystemExit(1) from None


def check_writable(folder: Path) -> None:
    """Make the folder if need be.

    Raises:
        RecordError: if it cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(13, "Permission denied")
    except OSError as error:
        msg = f"the run folder {folder} cannot be written: {error.strerror}; type hydra.run.dir=FOLDER"
        raise RecordError(msg) from error
