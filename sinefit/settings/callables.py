"""What the `_target_`s of a node name: modules beside one's shell, functions that are meant themselves."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

from hydra.core.hydra_config import HydraConfig

from sinefit.errors import SinefitError
from sinefit.settings.suggestions import explain_unknown, parameters_of
from sinefit.settings.targets import HARMLESS, find_targets

HARMLESS_TYPES = (bool, complex, dict, float, frozenset, int, list, range, set, slice, str, tuple)


def prepare(name: str, node: Any) -> Any:  # noqa: ANN401 - any value of a config
    """A node whose targets can be found and may be called; functions meant themselves get ``_partial_``.

    Args:
        name: the group's.
        node: what the config holds there.

    Raises:
        SinefitError: if a target is of Python's standard library, which makes no part of a run.
    """
    for target in find_targets(node):
        find_beside_shell(target)
        _refuse_pythons_own(name, target)
    return _complete(name, node) if name in {"data", "loss"} else node


def find_beside_shell(target: str) -> None:
    """Let a module in the current folder be found, if nothing that is installed has its name.

    The folder comes last, and only with such a module: no file named torch.py there stands for torch.
    """
    module = target.partition(".")[0]
    if module in sys.modules:  # 0.5 of 1.8 s of a search of 64 jobs: Hydra's config is not built to be asked
        return
    folder = Path(HydraConfig.get().runtime.cwd) if HydraConfig.initialized() else Path.cwd()
    is_there = (folder / f"{module}.py").is_file() or (folder / module).is_dir()
    if is_there and str(folder) not in sys.path and importlib.util.find_spec(module) is None:
        sys.path.append(str(folder))
        importlib.invalidate_caches()


def _refuse_pythons_own(name: str, target: str) -> None:
    """Refuse functions such as ``time.sleep`` and ``sys.exit``, whatever they would do when called."""
    found = _find(target)
    module = str(getattr(found, "__module__", None) or target).partition(".")[0]
    if module in sys.stdlib_module_names and module not in HARMLESS and found not in HARMLESS_TYPES:
        msg = f"{name}: _target_={target} is of Python's standard library, and makes no part of a run"
        raise SinefitError(msg)


def _complete(path: str, node: Any) -> Any:  # noqa: ANN401 - any value of a config
    """The node with `_partial_` where a target is a function that still waits for what it is called with.

    Args:
        path: of the node.
        node: what the config holds there.

    Raises:
        SinefitError: if such a function is given a setting that it does not take.
    """
    if not isinstance(node, dict):
        return node
    node = {key: _complete(f"{path}.{key}", value) for key, value in node.items()}
    function: Any = _find(str(node["_target_"])) if "_target_" in node else None
    known = parameters_of(function) if inspect.isroutine(function) else None
    if known is None or {"_partial_", "_args_"} & node.keys():
        return node
    waits_for = {key for key, each in known.items() if each.default is each.empty}
    if not waits_for or waits_for & node.keys():
        return node
    unknown = {key: node[key] for key in node if key not in known and key != "_target_"}
    if unknown:
        raise SinefitError(explain_unknown(path, unknown, function, function.__name__))
    return {**node, "_partial_": True}


def _find(target: str) -> Any:  # noqa: ANN401 - whatever a target names
    try:
        return resolve_name(target)
    except Exception:  # noqa: BLE001 - Hydra says what is wrong when it builds the node
        return None
