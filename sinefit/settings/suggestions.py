"""What could have been meant by a name that is not known: close ones, other words for it, other places."""

from __future__ import annotations

import difflib
import inspect
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

SYNONYMS = {
    "batch_size": {"batch", "batchsize", "bs", "minibatch"},
    "betas": {"beta", "beta1", "beta2"},
    "gradient_clip_norm": {"clip", "clip_norm", "grad_clip", "max_norm"},
    "hidden_size": {"hidden", "hidden_units", "neurons", "num_hidden", "units", "width"},
    "lr": {"alpha", "eta", "learning_rate", "learningrate", "rate"},
    "max_epochs": {"epoch", "epochs", "n_epochs", "num_epochs"},
    "noise_std": {"noise", "noise_level", "sigma"},
    "num_hidden_layers": {"depth", "hidden_layers", "layers", "n_layers", "num_layers"},
    "num_points": {"n_points", "n_samples", "num_samples", "points", "samples"},
    "patience": {"early_stopping", "early_stop"},
    "seed": {"random_seed", "random_state"},
    "weight_decay": {"decay", "l2", "wd"},
}
"""What people type for a name of a setting."""
MOST = 3
"""Names that one suggestion holds."""
SURE = 0.8
"""How alike names in other places must be."""
_NOT_TYPED = {"self", "params", "optimizer", "last_epoch"}
"""Parameters that are given by whoever calls, and not by a config."""


def suggest(name: str, known: Collection[str], before: str = "", elsewhere: Iterable[str] = ()) -> str:
    """What could have been meant by a name that is not known.

    Args:
        name: as typed.
        known: the names that are.
        before: stands before each of them.
        elsewhere: whole names of settings in other places.

    >>> suggest("lrr", ["lr", "betas"], "optimizer."), suggest("x", ["lr", "betas"], "optimizer.")
    ('did you mean optimizer.lr?', 'known are optimizer.lr, optimizer.betas')
    >>> suggest("epochs", ["seed"], elsewhere=["trainer.max_epochs", "seed"])
    'did you mean trainer.max_epochs?'
    """
    meant = [f"{before}{each}" for each in known if name.lower() in SYNONYMS.get(each, ())]
    meant = meant or [f"{before}{each}" for each in difflib.get_close_matches(name, known, n=1)]
    meant = meant or _find_elsewhere(name, list(elsewhere))
    if meant:
        return f"did you mean {' or '.join(meant[:MOST])}?"
    if not known:
        return f"{before.rstrip('.') or 'it'} has no settings"
    return f"known are {', '.join(f'{before}{each}' for each in known)}"


def _find_elsewhere(name: str, paths: Sequence[str]) -> list[str]:
    names = {path: path.rpartition(".")[2] for path in paths}
    same = [path for path, last in names.items() if last == name or name.lower() in SYNONYMS.get(last, ())]
    if same:
        return same
    close = difflib.get_close_matches(name, set(names.values()), n=1, cutoff=SURE)
    return [path for path, last in names.items() if last in close]


def parameters_of(target: Any) -> dict[str, inspect.Parameter] | None:  # noqa: ANN401 - a `_target_`, or what stands for it
    """What a target takes from a config; None if that cannot be told, or if it takes everything."""
    try:
        function = resolve_name(target) if isinstance(target, str) else target
        parameters = inspect.signature(function).parameters
    except Exception:  # noqa: BLE001 - wrong targets are explained where they are built
        return None
    if any(each.kind is each.VAR_KEYWORD for each in parameters.values()):
        return None
    return {
        name: each
        for name, each in parameters.items()
        if name not in _NOT_TYPED and each.kind is not each.VAR_POSITIONAL
    }


def explain_unknown(path: str, unknown: Mapping[str, Any], target: Any, name: str) -> str:  # noqa: ANN401
    """The words for settings of a node that its target does not take, a line each.

    Args:
        path: of the node.
        unknown: the settings, and their values.
        target: a `_target_`, or what stands for it.
        name: of the target, for people.
    """
    is_function = inspect.isroutine(target)  # what has no default comes from who calls it
    known = [
        name
        for name, each in (parameters_of(target) or {}).items()
        if not is_function or each.default is not each.empty
    ]
    lines = [
        f"{path}.{key}={value} is no setting of {name}: {suggest(key, known, f'{path}.')}"
        for key, value in unknown.items()
    ]
    return "\n".join(lines)
