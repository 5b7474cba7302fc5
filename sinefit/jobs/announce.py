"""What is said of a plan before it is carried out: its stacks, and what runs alone and why."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from sinefit.jobs.sweep import SWEEP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sinefit.core.fused import Plan


def tell_plan(plan: Plan, numbers: Sequence[int], *, workers: int | None, estimates: bool) -> None:
    """One line a stack, one line for all jobs that run alone for the same reason, one for a missing compiler.

    Args:
        plan: what is trained together.
        numbers: the jobs' numbers, by their places in the plan.
        workers: how many threads the C program computes in; None for one a processor.
        estimates: whether to say what each stack will take; that takes two epochs.
    """
    from sinefit.core.fused import describe_stack, estimate_stack  # noqa: PLC0415 - loads torch

    lines = []
    for places in plan.stacks():
        members = [plan.members[place] for place in places]
        lines.append(describe_stack(members))
        if estimates:
            seconds, size = estimate_stack(members, workers=workers)
            lines.append(f"  about {name_seconds(seconds)} of training, {math.ceil(size / 1e6):,} MB")
    reasons: dict[str, list[int]] = {}
    for place, reason in plan.unstackable.items():
        reasons.setdefault(reason, []).append(numbers[place])
    lines += [f"jobs {name_numbers(alone)} run alone: {reason}" for reason, alone in reasons.items()]
    lines += [line for line in plan.explain_missing_compilers() if SWEEP.is_news(line)]
    console = Console()
    for line in lines:
        console.print(Text(line), soft_wrap=True)


def name_seconds(seconds: float) -> str:
    """A duration in the unit that suits it.

    >>> name_seconds(0.234), name_seconds(75), name_seconds(7300)
    ('0.2 s', '75 s', '2 h 2 min')
    """
    if seconds < 10:  # noqa: PLR2004 - a digit behind the point is worth showing below
        return f"{seconds:.1f} s"
    if seconds < 300:  # noqa: PLR2004 - five minutes
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def name_numbers(numbers: Sequence[int]) -> str:
    """Ascending numbers with runs of them joined.

    >>> name_numbers([1, 2, 3, 7, 9, 10])
    '1-3, 7, 9-10'
    """
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)
