"""What sinefit asks of a learning rate's schedule: numbers that `torch.optim.lr_scheduler` can use.

torch takes most of them as they are and stumbles over them epochs later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinefit.core.checks import Checks, keywords_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

    SchedulerFactory = Callable[[Optimizer], LRScheduler]

COUNTS = {"step_size": 1, "T_max": 1, "T_0": 1, "total_steps": 1, "total_iters": 0}
"""Settings that are whole numbers, with the least that they can be."""
EXAMPLES = {"step_size": 30, "T_max": 100, "T_0": 10, "total_steps": 100, "total_iters": 10}
FACTORS = {"gamma": 0.5, "eta_min": 0.0, "factor": 1.0}
"""Settings that are numbers of 0 or more, with examples."""


def check_scheduler(factory: SchedulerFactory) -> None:
    """Check the numbers of a scheduler factory of torch that shows them (a `functools.partial`).

    Raises:
        SettingsError: if torch could not use a setting; all such settings at once.
    """
    if not getattr(factory, "func", factory).__module__.startswith("torch.optim."):
        return
    settings = keywords_of(factory)
    checks = Checks()
    for name, least in COUNTS.items():
        if settings.get(name) is not None:
            checks.whole(name, settings[name], at_least=least, example=EXAMPLES[name])
    for name, example in FACTORS.items():
        if name in settings:
            checks.not_negative(name, settings[name], example=example)
    if "max_lr" in settings:
        checks.positive("max_lr", settings["max_lr"], example=0.01)
    if "pct_start" in settings:
        checks.share("pct_start", settings["pct_start"], example=0.3)
    checks.raise_if_any()
