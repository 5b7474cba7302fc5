"""What the `_target_`s of a config make: all instantiation by Hydra goes through here.

Hydra 1.3 calls whatever a config names, but for what is dangerous. Hydra 1.4 also wants to be told what a
config may call: what the user's own composed config names.
"""

from __future__ import annotations

import inspect
import sys
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

import hydra.utils
from hydra.errors import InstantiationException
from omegaconf import OmegaConf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omegaconf import DictConfig

HARMLESS = frozenset({"collections", "fractions", "functools", "math", "operator"})
"""Modules of Python's own whose functions make numbers, containers and functions."""
_HAS_WHITELISTS = "execution_whitelist" in inspect.signature(hydra.main).parameters


def find_targets(node: Any, keys: tuple[str, ...] = ("_target_",)) -> Iterator[str]:  # noqa: ANN401 - any value of a config
    """All `_target_`s within a node.

    Args:
        node: any value of a config.
        keys: where targets stand.
    """
    if isinstance(node, dict):
        yield from (str(node[key]) for key in keys if key in node)
        for value in node.values():
            yield from find_targets(value, keys)
    elif isinstance(node, list):
        for value in node:
            yield from find_targets(value, keys)


def instantiate(node: Any) -> Any:  # noqa: ANN401 - a node of a config, and what its target makes
    """What Hydra makes of a node.

    Raises:
        InstantiationException: if it cannot be made.
    """
    options = {"_execution_whitelist_": _trusted(find_targets(node))} if _HAS_WHITELISTS else {}
    try:
        return hydra.utils.instantiate(node, _convert_="all", **options)
    except InstantiationException:
        raise
    except Exception as error:  # Hydra 1.4 lets pass what a target raises, with a note of the node's key
        text = "\n".join([str(error), *getattr(error, "__notes__", ())])
        raise InstantiationException(text) from error


def hydra_options(config: DictConfig | None = None) -> dict[str, Any]:
    """What `hydra.main` must be told so that Hydra 1.3 and 1.4 behave alike.

    Args:
        config: what was composed, with the hydra node, whose callbacks and log handlers may be called.
    """
    if not _HAS_WHITELISTS:
        return {"version_base": "1.3"}
    node = None if config is None else OmegaConf.to_container(config.hydra, resolve=False)
    return {"execution_whitelist": _trusted(find_targets(node, ("_target_", "class", "()")))}


def _trusted(targets: Iterator[str]) -> list[str]:
    """The packages that targets name or come from; of the standard library those that make parts of runs."""
    packages = {name.partition(".")[0] for target in targets for name in (target, _home(target))}
    others = sys.stdlib_module_names - HARMLESS - {"builtins"}
    return [f"{package}.*" for package in sorted(packages - others - {""})]


def _home(target: str) -> str:
    """The module in which a target is defined, which is another one where its package only passes it on."""
    try:
        return str(resolve_name(target).__module__)
    except Exception:  # noqa: BLE001 - what importing it raises, Hydra meets again
        return ""
