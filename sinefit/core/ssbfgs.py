"""Self-scaled BFGS: a quasi-Newton optimizer that keeps the whole inverse Hessian, for small networks.

L-BFGS knows the last few steps, this the n x n matrix of all n parameters: for some thousand of them at
most, and for full batches, as the line search compares losses of the same data.

Sources: Nocedal and Wright 2006, Numerical Optimization, algorithm 6.1 (BFGS) and section 3.5 (the line
search); Al-Baali 1998, Comput. Optim. Appl. 9 (the scaling); Urban, Stefanou and Pons 2025, arXiv
2405.04230 (what it does for networks).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch.nn.utils import parameters_to_vector, vector_to_parameters
from torch.optim import Optimizer

from sinefit.core.checks import Checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor
    from torch.optim.optimizer import ParamsT

C1, C2 = 1e-4, 0.9  # the strong Wolfe conditions of a quasi-Newton step (Nocedal and Wright, section 3.1)


class Point(NamedTuple):
    """What is known at x + t d: t, the loss, its derivative by t, and the gradient (n,)."""

    t: float
    loss: float
    slope: float
    gradient: Tensor


class SSBFGS(Optimizer):
    """Steps x + t d with d = -H g: g the gradient, H the inverse Hessian as `updated` estimates it.

    H lasts from call to call and is part of ``state_dict()``. Where the line search finds no descent,
    H starts again.

    Args:
        params: the parameters, in one group.
        lr: the first t that a line search tries, above 0; 1 is the quasi-Newton step.
        max_iter: steps in a call of `step`, 1 or more.
        max_ls: evaluations of the closure in a line search, 1 or more.

    Raises:
        SettingsError: if a setting is out of range; all such settings at once.
        ValueError: if there is more than one group.
    """

    def __init__(self, params: ParamsT, lr: float = 1.0, max_iter: int = 20, max_ls: int = 20) -> None:
        checks = Checks()
        checks.positive("lr", lr, example=1.0)
        checks.whole("max_iter", max_iter, at_least=1, example=50)
        checks.whole("max_ls", max_ls, at_least=1, example=20)
        checks.raise_if_any()
        super().__init__(params, {"lr": lr, "max_iter": max_iter, "max_ls": max_ls})
        if len(self.param_groups) != 1:
            msg = "one group of parameters is needed: the inverse Hessian couples them all"
            raise ValueError(msg)

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor]) -> Tensor:  # type: ignore[override]
        """Take ``max_iter`` steps; `closure` evaluates loss and gradients. The loss before the steps."""
        group = self.param_groups[0]
        parameters: list[Tensor] = group["params"]
        state = self.state[parameters[0]]
        x = parameters_to_vector(parameters)

        def evaluate(t: float) -> Point:
            vector_to_parameters(x + t * direction, parameters)
            with torch.enable_grad():
                loss = closure().item()
            gradient = parameters_to_vector(
                [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
            )
            return Point(t, loss, gradient.dot(direction).item(), gradient)

        direction = torch.zeros_like(x)
        here = evaluate(0.0)
        loss_before = x.new_tensor(here.loss)
        for _ in range(group["max_iter"]):
            g = here.gradient
            matrix = state.get("inverse_hessian")
            direction = -g / max(1.0, g.norm().item()) if matrix is None else -(matrix @ g)
            here = here._replace(t=0.0, slope=g.dot(direction).item())
            there = _search(evaluate, here, group["lr"], group["max_ls"])
            if there is not None:
                s, y = there.t * direction, there.gradient - g
                if s.dot(y) > 0:
                    state["inverse_hessian"] = updated(matrix, s, y, -there.t * g)
                x, here = x + s, there
            elif matrix is not None:
                del state["inverse_hessian"]
            else:
                break
        vector_to_parameters(x, parameters)
        return loss_before


def updated(matrix: Tensor | None, s: Tensor, y: Tensor, bs: Tensor) -> Tensor:
    """The next inverse Hessian: H' = (I - s y^T / s.y) (H / tau) (I - y s^T / s.y) + s s^T / s.y.

    tau = min(1, s.y / s.Bs) with B = H^-1: H grows where it was too small along s (Al-Baali). Before
    there is an H, H / tau = I s.y / y.y (Nocedal and Wright, eq. 6.20).

    Args:
        matrix: H (n, n), or None.
        s: the step (n,).
        y: the change of the gradient (n,), with s.y > 0.
        bs: B s (n,), which is -t g after the step s = -t H g.
    """
    sy = s.dot(y)
    if matrix is None:
        scaled = torch.eye(len(s), dtype=s.dtype, device=s.device) * (sy / y.dot(y))
    else:
        scaled = matrix * (s.dot(bs) / sy).clamp(min=1.0)
    hy = scaled @ y
    cross = torch.outer(hy, s)
    return scaled - (cross + cross.T) / sy + torch.outer(s, s) * ((1 + y.dot(hy) / sy) / sy)


def _search(evaluate: Callable[[float], Point], start: Point, t: float, max_ls: int) -> Point | None:
    """A point that meets the strong Wolfe conditions, of `t`, 2 `t`, ... or between.

    After `max_ls` evaluations without one: the lowest point that was met, or None if none is below `start`.
    """
    low, high = start, None
    for _ in range(max_ls if start.slope < 0 else 0):
        new = evaluate(t)
        is_lower = new.loss <= start.loss + C1 * t * start.slope and new.loss < low.loss
        if is_lower and abs(new.slope) <= -C2 * start.slope:
            return new
        if is_lower and high is None and new.slope < 0:
            low, t = new, 2 * t
            continue
        if not is_lower:  # as where the loss is not a number
            high = new
        elif high is None or new.slope * (high.t - new.t) >= 0:
            low, high = new, low
        else:
            low = new
        margin = 0.1 * abs(high.t - low.t)
        t = min(max(_cubic_minimum(low, high), min(low.t, high.t) + margin), max(low.t, high.t) - margin)
    return None if low is start else low


def _cubic_minimum(a: Point, b: Point) -> float:
    """Where the cubic through `a` and `b` is least (Nocedal and Wright, eq. 3.59); else the middle."""
    if math.isfinite(b.loss) and a.t != b.t:
        d1 = a.slope + b.slope - 3 * (a.loss - b.loss) / (a.t - b.t)
        square = d1 * d1 - a.slope * b.slope
        d2 = math.copysign(math.sqrt(max(square, 0.0)), b.t - a.t)
        width = b.slope - a.slope + 2 * d2
        if square >= 0 and width != 0:
            return b.t - (b.t - a.t) * (b.slope + d2 - d1) / width
    return (a.t + b.t) / 2
