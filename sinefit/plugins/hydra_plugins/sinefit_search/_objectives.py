"""What the jobs of a trial returned as its objectives; must not know what is done with them."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

from hydra.core.utils import JobStatus
from hydra.errors import CompactHydraException

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hydra.core.utils import JobReturn

WORST = {"minimize": math.inf, "maximize": -math.inf}
"""Direction to what counts for a repeat that failed, or whose objective is not finite."""


def read_objectives(
    repeats: Sequence[JobReturn], directions: Sequence[str], repeats_by: str
) -> tuple[float, ...] | None:
    """The objectives of a trial; None if all its jobs failed.

    Args:
        repeats: what its jobs returned.
        directions: ``minimize`` or ``maximize``, one for each objective.
        repeats_by: ``median``, ``mean`` or ``worst``.

    Raises:
        CompactHydraException: if a job returned something else than so many numbers.
    """
    if all(each.status is not JobStatus.COMPLETED for each in repeats):
        return None
    rows = [_read_job(each, directions) for each in repeats]
    return tuple(
        _COMBINE[repeats_by](column, direction)
        for column, direction in zip(zip(*rows, strict=True), directions, strict=True)
    )


def _read_job(job: JobReturn, directions: Sequence[str]) -> list[float]:
    """The objectives of one job, the worst where it has none."""
    if job.status is not JobStatus.COMPLETED:
        return [WORST[direction] for direction in directions]
    returned: Any = job.return_value
    values = returned if isinstance(returned, list | tuple) else [returned]
    numbers = [_read_number(value) for value in values]
    if len(numbers) != len(directions) or None in numbers:
        wanted = "a number" if len(directions) == 1 else f"{len(directions)} numbers"
        msg = (
            f"a sampler that learns needs {wanted} from each job, since hydra.sweeper.direction is"
            f" {', '.join(directions)}; the task function returned {returned!r}"
        )
        raise CompactHydraException(msg)
    return [
        number if number is not None and math.isfinite(number) else WORST[direction]
        for number, direction in zip(numbers, directions, strict=True)
    ]


def _read_number(value: Any) -> float | None:  # noqa: ANN401 - whatever a task function returns
    """A number as Python has it, also one of numpy's or torch's; None for anything else."""
    if value is None or isinstance(value, str | bytes | bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _worst(values: Sequence[float], direction: str) -> float:
    return max(values) if direction == "minimize" else min(values)


_COMBINE: dict[str, Callable[[Sequence[float], str], float]] = {
    "median": lambda values, _: float(statistics.median(values)),
    "mean": lambda values, _: math.fsum(values) / len(values),
    "worst": _worst,
}
"""How the repeats of a trial become one number; infinities are all of one sign."""
