"""Why a run cannot be trained in a stack: what a model, or a factory of optimizers, does besides."""

from __future__ import annotations

from torch import nn

BATCH_DEPENDENT = (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)  # noqa: SLF001 - their base classes
GRADIENT_HOOKS = ("_backward_hooks", "_backward_pre_hooks", "_post_accumulate_grad_hooks")


class UnstackableError(Exception):
    """A run that no stack can train, or none of the engine that it names; its text says why."""


def require_stackable(model: nn.Module) -> None:
    """Refuse a model that does more than map inputs to outputs by parameters that are all trained.

    Raises:
        UnstackableError: if it does.
    """
    reason = _find_obstacle(model)
    if reason is not None:
        msg = f"model {type(model).__name__} {reason}"
        raise UnstackableError(msg)


def _find_obstacle(model: nn.Module) -> str | None:
    for module in model.modules():
        if isinstance(module, BATCH_DEPENDENT) and getattr(module, "p", 1) != 0:
            return f"has a {type(module).__name__}, which draws or remembers while it trains"
    parameters = list(model.parameters())
    if not parameters or not all(p.requires_grad for p in parameters):
        return "has parameters that are not trained, or none"
    if len(parameters) != len(list(model.named_parameters(remove_duplicate=False))):
        return "shares parameters between its modules"
    if any(map(_has_gradient_hooks, [*model.modules(), *parameters])):
        return "has hooks on its gradients"
    return None


def _has_gradient_hooks(part: object) -> bool:
    return any(getattr(part, name, None) for name in GRADIENT_HOOKS)
