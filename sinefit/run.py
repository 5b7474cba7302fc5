"""The entry: a composed config is instantiated, trained and recorded.

``sinefit ARGS`` and ``python -m sinefit.run ARGS`` are the same. Starting up, helping and completing
load no torch; a run does.
"""

from __future__ import annotations

import inspect
import logging
import math
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf.errors import OmegaConfBaseException

from sinefit import __version__
from sinefit.errors import SinefitError
from sinefit.interrupts import INTERRUPTS
from sinefit.record import Result, RunFolder, write_atomically
from sinefit.status import Status
from sinefit.usage import print_help

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from omegaconf import DictConfig
    from torch import Tensor

    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome

log = logging.getLogger("sinefit")


def task(config: DictConfig) -> float:
    """Train and record one run; what Hydra calls for a run, and for each job of a sweep.

    Returns:
        The objective: the metric that the setting ``objective`` names; infinite if the run diverged.

    Raises:
        SinefitError: if a setting cannot be used or the folder cannot be written.
        KeyboardInterrupt: after an interrupted run was recorded with what it had.
    """
    started = datetime.now().astimezone()
    try:
        return train_and_record(config, started)
    except Exception as error:
        log.exception("the run failed")
        record_failure(config, error, started)
        raise


def train_and_record(config: DictConfig, started: datetime) -> float:
    """Do what `task` promises, for a run that does not fail."""
    import torch  # noqa: PLC0415 - starting up does without

    from sinefit.building import build_experiment  # noqa: PLC0415 - loads torch
    from sinefit.core.experiment import run  # noqa: PLC0415 - loads torch
    from sinefit.terminal import RunProgress, print_summary  # noqa: PLC0415 - a run alone needs it

    experiment = build_experiment(config)
    hydra_config = HydraConfig.get()
    alone = hydra_config.mode != RunMode.MULTIRUN
    folder = RunFolder(hydra_config.runtime.output_dir)
    torch.set_num_threads(config.num_threads)
    log.info("seed %d, %s, overrides %s", experiment.seed, experiment.dtype, hydra_config.overrides.task)
    if alone:
        with RunProgress(experiment.trainer.max_epochs) as progress:
            outcome = run(experiment, progress)
    else:
        outcome = run(experiment)
    result = record(config, outcome, folder, started)
    if config.picture is True or (config.picture == "auto" and alone):
        draw_picture(experiment, outcome, folder)
    log.info("%s after %d epochs: %s", outcome.status, outcome.epochs, result.metrics)
    if alone:
        print_summary(result, folder)
    if outcome.status is Status.INTERRUPTED:
        raise KeyboardInterrupt
    return float(result.objective["value"])


def record(config: DictConfig, outcome: Outcome, folder: RunFolder, started: datetime) -> Result:
    """Write what is left of a run: `model.pt` and `history.csv`, then `result.json`."""
    value = outcome.metrics.get(config.objective, math.nan)
    if outcome.status is Status.DIVERGED or not math.isfinite(value):
        value = math.inf
    result = Result(
        status=str(outcome.status),
        error=None,
        message=outcome.message,
        metrics=outcome.metrics,
        objective={"name": config.objective, "value": value},
        epochs=outcome.epochs,
        steps=outcome.steps,
        num_parameters=outcome.num_parameters,
        train_seconds=outcome.train_seconds,
        engine={"name": outcome.engine, "runs_together": 1, "threads": config.num_threads},
        **describe_job(config, started),
    )
    folder.write_parameters(outcome.parameters)
    folder.write_history((row.epoch, row.train_loss, row.validation_loss, row.lr) for row in outcome.history)
    folder.write_result(result)
    return result


def record_failure(config: DictConfig, error: Exception, started: datetime) -> None:
    """Write the `result.json` of a run that raised; its traceback is in the log."""
    result = Result(
        status=str(Status.FAILED),
        error=f"{type(error).__name__}: {error}",
        message="",
        metrics={},
        objective={"name": str(config.objective), "value": math.inf},
        epochs=0,
        steps=0,
        num_parameters=0,
        train_seconds=0.0,
        engine={"name": "plain", "runs_together": 1, "threads": config.num_threads},
        **describe_job(config, started),
    )
    RunFolder(HydraConfig.get().runtime.output_dir).write_result(result)


def describe_job(config: DictConfig, started: datetime) -> dict[str, Any]:
    """The part of a `Result` that does not depend on how the run ended."""
    from sinefit.building import hash_config  # noqa: PLC0415 - loaded by the run
    from sinefit.environment import describe_environment  # noqa: PLC0415 - only a run needs it

    hydra_config = HydraConfig.get()
    choices = dict(hydra_config.runtime.choices)
    return {
        "seed": config.seed,
        "config_hash": hash_config(config),
        "choices": {group: choice for group, choice in choices.items() if not group.startswith("hydra/")},
        "overrides": list(hydra_config.overrides.task),
        "started": started.isoformat(timespec="seconds"),
        "environment": describe_environment(),
    }


def draw_picture(experiment: Experiment, outcome: Outcome, folder: RunFolder) -> None:
    """Draw `fit.png`, for functions of one variable."""
    import torch  # noqa: PLC0415 - loaded by the run

    from sinefit.core.experiment import build_model  # noqa: PLC0415
    from sinefit.core.metrics import predict  # noqa: PLC0415
    from sinefit.picture import Fit, draw_fit  # noqa: PLC0415

    samples = experiment.data.draw(experiment.seed, experiment.dtype)
    training, shown = samples.training, [samples.evaluation]
    if training.inputs.shape[1] != 1 or training.targets.shape[1] != 1:
        log.info("no picture: more than one input or output")
        return
    if samples.extrapolation is not None:
        shown.append(samples.extrapolation)
    inputs, order = torch.cat([points.inputs for points in shown]).squeeze(1).sort()
    targets = torch.cat([points.targets for points in shown]).squeeze(1)[order]
    model = build_model(experiment, outcome.parameters).eval()
    prediction = predict(model, inputs.unsqueeze(1).to(experiment.device))
    evaluated = samples.evaluation.inputs
    fit = Fit(
        inputs=_vector(inputs),
        targets=_vector(targets),
        prediction=_vector(prediction),
        sample_inputs=_vector(training.inputs),
        sample_targets=_vector(training.targets),
        trained_interval=(evaluated.min().item(), evaluated.max().item()),
    )
    title = f"{outcome.status}, rmse {outcome.metrics['rmse']:.3g}, {outcome.num_parameters} parameters"
    write_atomically(folder.picture, draw_fit(fit, outcome.history, title))


def _vector(column: Tensor) -> NDArray[np.float64]:
    vector: NDArray[np.float64] = column.detach().cpu().double().numpy().reshape(-1)
    return vector


def config_folder() -> Path:
    """Where the project's YAML files are: inside an installed package, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    installed = package / "conf"
    return installed if installed.is_dir() else package.parent / "conf"


def hydra_app() -> Callable[[], None]:
    """`task` as a Hydra app, for Hydra 1.3 and for 1.4, which no longer knows `version_base`."""
    options: dict[str, Any] = {"config_path": str(config_folder()), "config_name": "config"}
    if "version_base" in inspect.signature(hydra.main).parameters:
        options["version_base"] = "1.3"
    app: Callable[[], None] = hydra.main(**options)(task)
    return app


def main() -> None:
    """The console command ``sinefit``; mistakes end it with one message, not with a traceback."""
    if {"--help", "-h"} & set(sys.argv[1:]):
        print_help(config_folder())
        return
    if "--version" in sys.argv[1:]:
        print(f"sinefit {__version__} (Hydra {hydra.__version__})")  # noqa: T201 - the answer itself
        return
    wants_traceback = os.environ.get("HYDRA_FULL_ERROR", "0") == "1"
    # Hydra then hands every exception on to us instead of printing it its own way.
    os.environ["HYDRA_FULL_ERROR"] = "1"
    INTERRUPTS.install()
    try:
        hydra_app()()
    except (SinefitError, HydraException, OmegaConfBaseException) as error:
        if wants_traceback:
            raise
        from sinefit.explain import explain  # noqa: PLC0415 - only when something is wrong

        print(f"sinefit: {explain(error)}", file=sys.stderr)  # noqa: T201 - the message itself
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTS.exit_code())


if __name__ == "__main__":
    # The module that others import, so that a job pickled for another process names it.
    from sinefit.run import main as imported_main

    imported_main()
