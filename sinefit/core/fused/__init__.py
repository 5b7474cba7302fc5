"""Many runs trained together as stacks: the same meaning as the plain engine, in a fraction of the time."""

from __future__ import annotations

from sinefit.core.fused.engine import (
    Engine,
    Plan,
    describe_stack,
    estimate_stack,
    plan,
    run_many,
    train_stack,
)
from sinefit.core.fused.member import Member

__all__ = ["Engine", "Member", "Plan", "describe_stack", "estimate_stack", "plan", "run_many", "train_stack"]
