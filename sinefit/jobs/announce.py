"""What is said of a plan before it is carried out: its stacks, and what is trained singly and why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sinefit.core.fused import describe_stack, estimate_stack
from sinefit.jobs.pace import name_seconds
from sinefit.results.text import join_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sinefit.core.fused import Plan


def describe_plan(
    plan: Plan, numbers: Sequence[int], *, workers: int | None, estimates: bool
) -> Iterator[str]:
    """One line a stack, one for all jobs that run singly for the same reason, one for a missing compiler.

    Args:
        plan: what is trained together.
        numbers: the jobs' numbers, by their indices in the plan.
        workers: how many threads the C program computes in; None for one a processor.
        estimates: whether to say what each stack will take; that takes two epochs.
    """
    for indices in plan.stacks():
        members = [plan.members[index] for index in indices]
        yield describe_stack(members)
        if estimates:
            seconds, size = estimate_stack(members, workers=workers)
            yield f"  about {name_seconds(seconds)} of training, {math.ceil(size / 1e6):,} MB"
    for jobs, reason in _group(plan.unstackable, numbers):
        yield f"{jobs} trained singly: {reason}"
    yield from plan.missing_compilers()


def describe_failures(errors: Mapping[int, BaseException], numbers: Sequence[int]) -> Iterator[str]:
    """One line for all jobs that cannot be trained for the same reason.

    Args:
        errors: what jobs raised, by their indices.
        numbers: the jobs' numbers, by their indices.
    """
    for jobs, reason in _group({index: str(error) for index, error in errors.items()}, numbers):
        yield f"{jobs} cannot be trained: {reason}"


def _group(reasons: Mapping[int, str], numbers: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Jobs by their reason, as ``jobs 0-2, 5`` and the reason."""
    jobs: dict[str, list[int]] = {}
    for index, reason in reasons.items():
        jobs.setdefault(reason, []).append(numbers[index])
    for reason, group in jobs.items():
        yield f"{'job' if len(group) == 1 else 'jobs'} {join_ranges(group)}", reason
