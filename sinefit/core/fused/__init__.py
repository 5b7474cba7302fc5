"""Many runs trained together as stacks: the same meaning as one by one, in a fraction of the time."""

from __future__ import annotations

from sinefit.core.fused.engine import EngineError, train_stack
from sinefit.core.fused.member import Member
from sinefit.core.fused.plan import Plan, describe_stack, estimate_stack, plan_stacks, run_many

__all__ = [
    "EngineError",
    "Member",
    "Plan",
    "describe_stack",
    "estimate_stack",
    "plan_stacks",
    "run_many",
    "train_stack",
]
