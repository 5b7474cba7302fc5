"""An outcome, or a failure, as a record in the job's folder."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

from sinefit.core.metrics import find_metric
from sinefit.errors import RecordError, plural
from sinefit.record.result import Result
from sinefit.status import Status

if TYPE_CHECKING:
    from sinefit.core.outcome import Outcome
    from sinefit.jobs.job import Job

log = logging.getLogger("sinefit")

_SUMMARIZED = ("input_size", "output_size", "file", "rows")
"""Of what a run was trained on: as much as stands in `result.json`."""


def record(job: Job, outcome: Outcome, runs_together: int = 1) -> Result:
    """Write all that is left of a run; `result.json` last.

    Args:
        job: the run's.
        outcome: how the run ended.
        runs_together: how many runs its stack held.

    Raises:
        RecordError: if the folder cannot be written.
    """
    value = outcome.metrics.get(job.settings["objective"], math.nan)
    is_usable = outcome.status is not Status.DIVERGED and math.isfinite(value)
    result = Result(
        status=str(outcome.status),
        error=None,
        message=outcome.message,
        metrics=outcome.metrics,
        epochs=outcome.epochs,
        steps=outcome.steps,
        num_parameters=outcome.num_parameters,
        train_seconds=outcome.train_seconds,
        pruned=outcome.pruned,
        data={key: value for key, value in outcome.data.items() if key in _SUMMARIZED},
        **_describe(job, value if is_usable else None, outcome.engine, runs_together),
    )
    job.folder.write(outcome, result)
    log.info("%s after %s: %s", outcome.status, plural(outcome.epochs, "epoch"), result.metrics)
    return result


def record_failure(job: Job, error: BaseException) -> Result:
    """Write the `result.json` of a run that raised, and its traceback into the log.

    Args:
        job: the run's.
        error: what it raised.
    """
    log.info("the run failed", exc_info=error)
    kind, text = type(error).__name__, str(error)
    result = Result(
        status=str(Status.FAILED),
        error=f"{kind}: {text}" if text else kind,
        message="",
        metrics={},
        epochs=0,
        steps=0,
        num_parameters=0,
        train_seconds=0.0,
        **_describe(job, None, str(job.settings.get("engine")), 1),
    )
    try:
        job.folder.write(None, result)
    except RecordError as trouble:
        # As on a full disk: the job is then one without a result, and is told as such.
        log.info("%s", trouble)
    return result


def _describe(job: Job, value: float | None, engine: str, runs_together: int) -> dict[str, Any]:
    """What does not depend on how the run ended, its objective, and its engine; no value is the worst."""
    metric = find_metric(str(job.settings.get("objective")))
    value = metric.worst if value is None else value
    return job.describe() | {
        "objective": {"name": metric.name, "value": value, "direction": metric.direction},
        "engine": {
            "name": engine,
            "runs_together": runs_together,
            "threads": job.settings.get("num_threads"),
        },
    }
