r"""One update rule for the optimizers that fuse, with its coefficients per run; knows no models.

SGD with its momenta, Adam, AdamW, RMSprop and Adagrad are this rule with other numbers. With g the
gradient, p the parameters, m and v the state, t the step from 1, all per run:

    p <- p (1 - lr * decay)                   AdamW's weight decay
    g <- g + l2 * p                           the others'
    v <- keep_v v + take_v g^2
    u <- g / (sqrt(v) + eps)                  RMSprop, Adagrad; u = g for the others
    m <- keep_m m + take_m u
    d <- use_g u + use_m m                    use_g = 1 is Nesterov's
    d <- d / (sqrt(v / (1 - beta2^t)) + eps)  Adam, AdamW; d as it is for the others
    p <- p - rate_t d

Source: the formulas in the documentation of `torch.optim`.

Shapes: R runs, P parameters of a run, T steps.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import optim

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import Tensor

OFF = ("maximize", "amsgrad", "centered", "differentiable", "capturable")
HOOKS = ("_optimizer_step_pre_hooks", "_optimizer_step_post_hooks")


class State(NamedTuple):
    """Parameters p and the rule's m and v, each (R, P)."""

    p_RP: Tensor
    m_RP: Tensor
    v_RP: Tensor


@dataclass(frozen=True)
class Coefficients:
    """The rule's numbers for one optimizer, apart from the learning rate; see the module's docstring."""

    decay: float = 0.0
    l2: float = 0.0
    keep_v: float = 0.0
    take_v: float = 0.0
    keep_m: float = 0.0
    take_m: float = 1.0
    use_g: float = 0.0
    use_m: float = 1.0
    eps: float = 1.0
    scales_before: float = 0.0
    scales_after: float = 0.0
    beta1: float = 0.0
    beta2: float = 0.0
    lr_decay: float = 0.0
    initial_v: float = 0.0


def _sgd(group: dict[str, Any]) -> Coefficients:
    momentum = group["momentum"]
    nesterov = {"use_g": 1.0, "use_m": momentum} if group["nesterov"] else {}
    return Coefficients(l2=group["weight_decay"], keep_m=momentum, **nesterov)


def _adam(group: dict[str, Any]) -> Coefficients:
    beta1, beta2 = group["betas"]
    return Coefficients(
        **{"decay" if group.get("decoupled_weight_decay") else "l2": group["weight_decay"]},
        keep_v=beta2,
        take_v=1 - beta2,
        keep_m=beta1,
        take_m=1 - beta1,
        eps=group["eps"],
        scales_after=1.0,
        beta1=beta1,
        beta2=beta2,
    )


def _adamw(group: dict[str, Any]) -> Coefficients:
    return _adam(group | {"decoupled_weight_decay": True})


def _rmsprop(group: dict[str, Any]) -> Coefficients:
    return Coefficients(
        l2=group["weight_decay"],
        keep_v=group["alpha"],
        take_v=1 - group["alpha"],
        keep_m=group["momentum"],
        eps=group["eps"],
        scales_before=1.0,
    )


def _adagrad(group: dict[str, Any]) -> Coefficients:
    return Coefficients(
        l2=group["weight_decay"],
        keep_v=1.0,
        take_v=1.0,
        eps=group["eps"],
        scales_before=1.0,
        lr_decay=group["lr_decay"],
        initial_v=group["initial_accumulator_value"],
    )


FAMILIES: dict[type[optim.Optimizer], Callable[[dict[str, Any]], Coefficients]] = {
    optim.SGD: _sgd,
    optim.Adam: _adam,
    optim.AdamW: _adamw,
    optim.RMSprop: _rmsprop,
    optim.Adagrad: _adagrad,
}
"""The optimizers that are instances of the rule: class to coefficients by the settings in its group of
parameters. One more is one more entry, from wherever."""


def explain_other_rule(optimizer: optim.Optimizer) -> str | None:
    """Why an optimizer is not an instance of the rule; None if it is.

    An optimizer derived from one of `FAMILIES` may step as it likes; it is none of them.
    """
    name = type(optimizer).__name__
    if find_family(optimizer) not in FAMILIES:
        return f"optimizer {name} is none of {', '.join(family.__name__ for family in FAMILIES)}"
    if len(optimizer.param_groups) != 1:
        return f"optimizer {name} has several groups of parameters"
    if any(getattr(optimizer, hooks, None) for hooks in HOOKS):
        return f"optimizer {name} has hooks"
    reason = _explain_options(optimizer.param_groups[0])
    return None if reason is None else f"optimizer {name} {reason}"


def _explain_options(group: dict[str, Any]) -> str | None:
    used = [option for option in OFF if group.get(option)]
    if used:
        return f"uses {used[0]}"
    if group.get("momentum") and group.get("dampening"):
        return "uses dampening"
    settings = [value for name, value in group.items() if name != "params"]
    numbers = [x for value in settings for x in (value if isinstance(value, tuple | list) else (value,))]
    if any(isinstance(number, torch.Tensor) for number in numbers):
        return "has tensors among its numbers"
    dtype = group["params"][0].dtype
    if any(isinstance(x, float | int) and abs(x) > torch.finfo(dtype).max for x in numbers):
        return f"has a number beyond {str(dtype).rpartition('.')[2]}"
    return None


def find_family(optimizer: optim.Optimizer) -> type[optim.Optimizer]:
    """The class of an optimizer, or the one that a lighter copy stands for."""
    family: type[optim.Optimizer] = getattr(type(optimizer), "stands_for", type(optimizer))
    return family


def find_coefficients(optimizer: optim.Optimizer) -> Coefficients:
    """The rule's numbers for an optimizer for which `explain_other_rule` is None."""
    found = FAMILIES[find_family(optimizer)](optimizer.param_groups[0])
    return Coefficients(**{name: float(value) for name, value in vars(found).items()})


FIXED_NAMES = ("l2", "keep_v", "take_v", "keep_m", "take_m", "use_g", "use_m", "eps")
"""What stays the same from step to step."""


class Rule:
    """The rule for the runs of a stack.

    Args:
        each: a run's numbers, R of them.
        dtype: of the parameters.
        device: of the parameters.
    """

    def __init__(self, each: Sequence[Coefficients], dtype: torch.dtype, device: torch.device) -> None:
        self.each = list(each)
        self._dtype, self._device = dtype, device
        self.fixed = {name: self._column(name) for name in FIXED_NAMES}
        self._lr_decay_R, self._decay_R = (
            torch.tensor([getattr(each, name) for each in self.each], dtype=torch.float64)
            for name in ("lr_decay", "decay")
        )
        self.is_before = self._column("scales_before") > 0
        self.is_after = self._column("scales_after") > 0

    def _column(self, name: str) -> Tensor:
        values = [getattr(each, name) for each in self.each]
        return torch.tensor(values, dtype=torch.float64).to(self._device, self._dtype).unsqueeze(1)

    def start(self, p_RP: Tensor) -> State:
        """The state before the first step."""
        return State(p_RP, torch.zeros_like(p_RP), self._column("initial_v").expand_as(p_RP).clone())

    def rates(self, lrs: Sequence[float], first_step: int, steps: int) -> tuple[Tensor, Tensor, Tensor]:
        """What changes from step to step: rate_t, 1 / sqrt(1 - beta2^t), and lr * decay, each (T, R).

        Computed in float64, as torch's optimizers compute them.

        Args:
            lrs: the epoch's learning rates, R of them.
            first_step: the number of the first step, from 1.
            steps: how many, T.
        """
        lr_R = torch.tensor(lrs, dtype=torch.float64)
        numbers = range(first_step, first_step + steps)
        t_T1 = torch.tensor(numbers, dtype=torch.float64).unsqueeze(1)
        bias_TR = _columns([each.beta1 for each in self.each], lambda beta, t: 1 - beta**t, numbers)
        rate_TR = lr_R / (1 + (t_T1 - 1) * self._lr_decay_R) / bias_TR
        scale_TR = _columns(
            [each.beta2 for each in self.each], lambda beta, t: 1 / math.sqrt(1 - beta**t), numbers
        )
        decay_TR = (lr_R * self._decay_R).expand_as(rate_TR)
        rate, scale, decay = (
            x.to(self._device, self._dtype).contiguous() for x in (rate_TR, scale_TR, decay_TR)
        )
        return rate, scale, decay


def _columns(betas: Sequence[float], function: Callable[[float, int], float], numbers: range) -> Tensor:
    """A function of betas and steps (T, R), in Python's floats.

    The last bits of torch's powers and roots follow from the place in a row.
    """
    columns = {
        beta: torch.tensor([function(beta, t) for t in numbers], dtype=torch.float64) for beta in set(betas)
    }
    return torch.stack([columns[beta] for beta in betas], dim=1)


def update(
    state: State,
    g_RP: Tensor,
    fixed: dict[str, Tensor],
    masks: tuple[Tensor, Tensor],
    rates: tuple[Tensor, Tensor, Tensor],
) -> State:
    """One step of the rule.

    Args:
        state: before the step.
        g_RP: the gradients.
        fixed: `Rule.fixed`, (R, 1) each.
        masks: `Rule.is_before` and `Rule.is_after`, (R, 1) each.
        rates: one step of `Rule.rates`, (R, 1) each.
    """
    rate, scale, decay = rates
    is_before, is_after = masks
    p = state.p_RP * (1 - decay)
    g = g_RP + fixed["l2"] * p
    v = fixed["keep_v"] * state.v_RP + fixed["take_v"] * g * g
    root = v.sqrt()
    u = torch.where(is_before, g / (root + fixed["eps"]), g)
    m = fixed["keep_m"] * state.m_RP + fixed["take_m"] * u
    d = fixed["use_g"] * u + fixed["use_m"] * m
    d = torch.where(is_after, d / (root * scale + fixed["eps"]), d)
    return State(p - rate * d, m, v)
