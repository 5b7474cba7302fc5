"""One job from its config to its record: a run alone, or one of a sweep; whatever trains it.

Config and folder come in as a `Job`; what goes out is a `Result` in the folder. Knows nothing of how
sweeps are started or shown.
"""

from __future__ import annotations

import logging
import math
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode

from sinefit.errors import ForeignRecordError, PictureError, RecordError
from sinefit.record.files import write_atomically
from sinefit.record.folder import RunFolder, as_typed
from sinefit.record.result import Result
from sinefit.settings.plain import hash_settings, plain_settings
from sinefit.settings.saved import read_typed
from sinefit.status import DONE, Status

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from sinefit.core.experiment import Experiment
    from sinefit.core.outcome import Outcome

log = logging.getLogger("sinefit")


@dataclass(frozen=True)
class Job:
    """A run's settings and where its record goes.

    Attributes:
        settings: the task's config as plain values.
        folder: the run folder.
        overrides: as typed on the command line; of a rerun, as typed for the run that it repeats.
        choices: config group to choice.
        alone: a single run, rather than a job of a sweep.
        started: when.
    """

    settings: dict[str, Any]
    folder: RunFolder
    overrides: tuple[str, ...]
    choices: dict[str, str]
    alone: bool
    started: datetime

    @classmethod
    def from_hydra(cls, config: DictConfig) -> Job:
        """The job that Hydra is running now."""
        hydra_config = HydraConfig.get()
        alone = hydra_config.mode != RunMode.MULTIRUN
        folder = RunFolder(hydra_config.runtime.output_dir)
        overrides, choices = hydra_config.overrides.task, hydra_config.runtime.choices
        if config.rerun:
            first = RunFolder(config.rerun).read_result()
            overrides, choices = first.overrides, first.choices
        elif config.resume and alone:
            overrides, choices = read_typed(folder)
        return cls(
            settings=plain_settings(config),
            folder=folder,
            overrides=tuple(as_typed(overrides)),
            choices={group: choice for group, choice in choices.items() if choice},
            alone=alone,
            started=datetime.now().astimezone(),
        )

    @cached_property
    def config_hash(self) -> str:
        """Of what decides the run's numbers."""
        return hash_settings(self.settings)

    def describe(self) -> dict[str, Any]:
        """The part of a `Result` that does not depend on how the run ended."""
        from sinefit.record.environment import describe_environment  # noqa: PLC0415 - only a run needs it

        return {
            "seed": self.settings["seed"] if isinstance(self.settings["seed"], int) else 0,
            "config_hash": self.config_hash,
            "choices": {
                group: name for group, name in self.choices.items() if not group.startswith("hydra/")
            },
            "overrides": list(self.overrides),
            "started": self.started.isoformat(timespec="seconds"),
            "environment": describe_environment(),
        }


def find_done(job: Job) -> Result | None:
    """A result that makes training unnecessary: the job's own, in a resumed sweep, or an equal run's.

    Raises:
        ForeignRecordError: if the folder holds the result of another config; it is not overwritten.
    """
    if job.settings["resume"] and job.folder.result.exists():
        try:
            result = job.folder.read_result()
        except RecordError as error:
            log.warning("trained again: %s", error)
            return None
        if result.config_hash != job.config_hash:
            msg = f"{job.folder.path} holds a run of other settings; it is not overwritten"
            raise ForeignRecordError(msg)
        keeps_failures = job.settings["resume"] == "unfinished"
        if result.status in DONE or (keeps_failures and result.status == Status.FAILED):
            return result
    if job.settings["skip_done"] and not job.alone:
        return take_over(job, job.config_hash)
    return None


def take_over(job: Job, config_hash: str) -> Result | None:
    """Copy the record of a finished run with this hash, if there is one under ``outputs/``."""
    source = find_finished_runs(str(Path.cwd() / "outputs")).get(config_hash)
    if source is None or source == job.folder.path:
        return None
    theirs = RunFolder(source)
    result = replace(
        theirs.read_result(),
        overrides=list(job.overrides),
        choices=job.describe()["choices"],
        taken_from=str(source),
    )
    for path in (theirs.model, theirs.history, theirs.prediction, theirs.probe):
        if path.exists():
            shutil.copyfile(path, job.folder.path / path.name)
    job.folder.write_result(result)
    return result


@cache
def find_finished_runs(root: str) -> dict[str, Path]:
    """Config hash to run folder, for all finished runs below `root` as they are at the first call.

    Runs whose weights or history somebody has deleted are none of them.
    """
    found = {}
    for path in sorted(Path(root).rglob("result.json")):
        run = RunFolder(path.parent)
        try:
            result = run.read_result()
        except RecordError:
            continue
        if result.status in DONE and run.model.exists() and run.history.exists():
            found[result.config_hash] = path.parent
    return found


def record(job: Job, outcome: Outcome, runs_together: int = 1) -> Result:
    """Write what is left of a run: `model.pt`, `history.csv` and `prediction.csv`, then `result.json`.

    Raises:
        RecordError: if the folder cannot be written.
    """
    objective = job.settings["objective"]
    value = outcome.metrics.get(objective, math.nan)
    if outcome.status is Status.DIVERGED or not math.isfinite(value):
        value = math.inf
    result = Result(
        status=str(outcome.status),
        error=None,
        message=outcome.message,
        metrics=outcome.metrics,
        objective={"name": objective, "value": value},
        epochs=outcome.epochs,
        steps=outcome.steps,
        num_parameters=outcome.num_parameters,
        train_seconds=outcome.train_seconds,
        engine={
            "name": outcome.engine,
            "runs_together": runs_together,
            "threads": job.settings["num_threads"],
        },
        **job.describe(),
    )
    job.folder.write_parameters(outcome.parameters)
    job.folder.write_history(outcome.history)
    if outcome.prediction is not None:
        p = outcome.prediction
        columns = (p.inputs.tolist(), p.targets.tolist(), p.outputs.tolist())
        job.folder.write_prediction(zip(*columns, strict=True))
    if outcome.probe_log is not None:
        log_rows = zip(outcome.probe_log.steps, outcome.probe_log.rows, strict=True)
        job.folder.write_probe(outcome.probe_log.names, [(step, *row) for step, row in log_rows])
    job.folder.write_result(result)
    if outcome.status is not Status.INTERRUPTED:
        job.folder.checkpoint.unlink(missing_ok=True)
    log.info("%s after %d epochs: %s", outcome.status, outcome.epochs, result.metrics)
    return result


def record_failure(job: Job, error: BaseException) -> None:
    """Write the `result.json` of a run that raised, and its traceback into the log."""
    log.info("the run failed", exc_info=error)
    kind, text = type(error).__name__, str(error)
    result = Result(
        status=str(Status.FAILED),
        error=f"{kind}: {text}" if text else kind,
        message="",
        metrics={},
        objective={"name": str(job.settings["objective"]), "value": math.inf},
        epochs=0,
        steps=0,
        num_parameters=0,
        train_seconds=0.0,
        engine={"name": "plain", "runs_together": 1, "threads": job.settings["num_threads"]},
        **job.describe(),
    )
    try:
        job.folder.write_result(result)
    except RecordError as trouble:
        # As on a full disk: the job is then one without a result, and is told as such.
        log.info("%s", trouble)


def compare_with_rerun(job: Job, result: Result) -> None:
    """Say whether a repeated run gave the metrics of the first, bit for bit, and if not, how they differ."""
    if job.settings["rerun"] is None:
        return
    first = RunFolder(job.settings["rerun"]).read_result()
    different = [
        f"{name} {first.metrics.get(name)} then, {value} now"
        for name, value in result.metrics.items()
        if _finite(value) != _finite(first.metrics.get(name))
    ]
    engines = first.engine.get("name"), result.engine["name"]
    if engines[0] != engines[1]:
        different.insert(0, f"engine {engines[0]} then, {engines[1]} now")
    if first.status == Status.FAILED:
        verdict = f"that run failed ({first.error}), so that there are no metrics to compare"
    elif different:
        verdict = f"it differs: {'; '.join(different)}"
    else:
        verdict = "the metrics are equal bit for bit"
    print(f"rerun of {job.settings['rerun']}: {verdict}")  # noqa: T201 - the answer itself


def _finite(value: float | None) -> float | None:
    """A metric as a record holds it: None for nan and infinity."""
    return value if value is not None and math.isfinite(value) else None


def first_engine(job: Job) -> str:
    """The name of the engine that trained the run that this one repeats; ``plain`` for any other run."""
    if job.settings["rerun"] is None:
        return "plain"
    return str(RunFolder(job.settings["rerun"]).read_result().engine.get("name"))


def draw_picture(job: Job, experiment: Experiment, outcome: Outcome) -> None:
    """Draw `fit.png` where the setting asks for it, for functions of one variable."""
    wanted = job.settings["picture"] is True or (job.settings["picture"] == "auto" and job.alone)
    if not wanted:
        return
    from sinefit.jobs.picture import draw_fit  # noqa: PLC0415 - loads matplotlib

    try:
        write_atomically(job.folder.picture, draw_fit(experiment, outcome))
    except (PictureError, RecordError) as error:
        log.info("%s", error)
