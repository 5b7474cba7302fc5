"""What may be built of a folder that others may have written, and what its Hydra may be told.

A record is data. Of the `_target_`s in it the parts of sinefit and torch are built without asking: they do
nothing but compute. All others are code that somebody else may have chosen: it must be named by ``trust=``,
or this account must have trained with it by itself before.
"""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import sys
from typing import TYPE_CHECKING, Any

from sinefit.errors import RecordError, SinefitError
from sinefit.record.known import is_known, remember
from sinefit.settings.callables import find_beside_shell

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from sinefit.record.hydra_files import Invocation

_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_MODULES = ("sinefit.core.", "torch.nn.modules.")
"""Where the classes of models are defined that may be built."""
_PARTS = (*_MODULES, "torch.optim.")
"""Where the classes of a run's other parts are."""
_HARMLESS = re.compile(
    r"hydra\.(sweep|run)\.(dir|subdir)=.*|hydra/launcher=(basic|fused|joblib)|hydra/sweeper=(basic|search)"
    r"|hydra\.(launcher|sweeper)\.\w+=(\d+|true|false|null)|hydra\.(verbose|mode)=\w*"
    r"|hydra\.sweeper\.(sampler|where|direction|repeats_by)=[^$]*"
    r"|hydra\.job\.config\.override_dirname\.\w+=.*"
)
"""Hydra's own settings that run nothing."""


def read_trust(value: object) -> tuple[str, ...]:
    """The packages that ``trust`` names: one, or a list.

    Raises:
        SinefitError: if it is something else.

    >>> read_trust("my_models"), read_trust(["a", "b.c"]), read_trust(None)
    (('my_models',), ('a', 'b.c'), ())
    """
    names = [value] if isinstance(value, str) else value if value is not None else ()
    if not isinstance(names, list | tuple) or not all(
        isinstance(name, str) and _NAME.fullmatch(name) for name in names
    ):
        msg = f"trust must name packages, got {value!r}; type for example trust=my_models or trust=[a,b]"
        raise SinefitError(msg)
    return tuple(names)


def check_targets(
    settings: Mapping[str, Any],
    folder: str | os.PathLike[str],
    trust: Sequence[str],
    *,
    is_own: bool = False,
) -> None:
    """Refuse settings that name code which nobody has said to be trusted, before any of it is imported.

    Args:
        settings: plain, with references resolved.
        folder: where they come from.
        trust: packages.
        is_own: whether parts of runs other than modules may be built, and what this account has trained
            with before.

    Raises:
        RecordError: naming each such target.
    """
    found = {path: target for path, target in list_targets(settings) if not _covers(trust, target)}
    strange = {
        path: target
        for path, target in found.items()
        if not _is_ours(target, _PARTS if is_own else _MODULES, only_modules=not is_own)
        and not (is_own and is_known(_item(target)))
    }
    if strange:
        listed = ", ".join(f"{target!r} ({path})" for path, target in strange.items())
        packages = ",".join(dict.fromkeys(str(target).partition(".")[0] for target in strange.values()))
        what = "parts of runs" if is_own else "modules"
        msg = (
            f"{folder} names {listed}: neither sinefit's nor torch's own {what}, so that nothing of it was"
            f" run. If you trust this code, say so: trust={packages}"
        )
        raise RecordError(msg)


def admit_targets(settings: Mapping[str, Any]) -> None:
    """Check the targets of a run that is resumed or repeated; then, as those that were typed, they are known.

    Args:
        settings: the run's, plain, with ``resume``, ``rerun`` and ``trust``.

    Raises:
        RecordError: naming each target that is not trusted.
    """
    if settings.get("resume") or settings.get("rerun"):
        folder = settings.get("rerun") or "the resumed folder"
        check_targets(settings, folder, read_trust(settings.get("trust")), is_own=True)
    remember(_item(target) for _, target in list_targets(settings) if not _is_ours(target, _PARTS))


def check_words(started: Invocation, folder: str | os.PathLike[str], trust: Sequence[str]) -> None:
    """Refuse Hydra's own settings and config folders of a saved sweep that this account has never typed.

    They can run commands, set variables of the environment and import modules.

    Args:
        started: how the sweep was started.
        folder: the sweep's.
        trust: packages; ``hydra`` is for these settings.

    Raises:
        RecordError: naming each of them.
    """
    strange = [word for word, item in _list_words(started) if not is_known(item)]
    if strange and "hydra" not in trust:
        msg = (
            f"{folder} was started with {' '.join(strange)}, which this account has never typed and which can"
            " run code, so that nothing was run. If you trust it, say so: trust=hydra"
        )
        raise RecordError(msg)


def remember_words(started: Invocation) -> None:
    """Let Hydra's own settings and the config folders that were typed be known to be one's own."""
    remember(item for _, item in _list_words(started))


def list_targets(settings: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any value of a config
    """Each `_target_` within settings with its dotted path.

    Args:
        settings: plain; dicts and lists are entered.
        path: of the settings themselves.
    """
    is_list = isinstance(settings, list)
    for key, value in enumerate(settings) if is_list else settings.items():
        if isinstance(value, list) or (isinstance(value, dict) and value):
            at = f"{path}[{key}]" if is_list else f"{path}.{key}" if path else str(key)
            yield from list_targets(value, at)
        elif key == "_target_":
            yield f"{path}.{key}" if path else key, value


def _covers(trust: Sequence[str], target: object) -> bool:
    return isinstance(target, str) and any(f"{target}.".startswith(f"{name}.") for name in trust)


def _is_ours(target: object, homes: tuple[str, ...], *, only_modules: bool = False) -> bool:
    """Whether a target is a class that only computes; imports nothing but sinefit's numerics."""
    if not isinstance(target, str) or not target.startswith(("sinefit.core.", "torch.")):
        return False
    from torch import nn, optim  # noqa: F401, PLC0415 - typed words are checked without

    module, _, name = target.rpartition(".")
    try:
        home = importlib.import_module(module) if module.startswith("sinefit.core.") else sys.modules[module]
    except (ImportError, KeyError):
        return False
    part = vars(home).get(name)
    return (
        inspect.isclass(part)
        and f"{part.__module__}.".startswith(homes)
        and (not only_modules or issubclass(part, nn.Module))
    )


def _item(target: object) -> str:
    """A target as it is remembered: with the place of its package, as another may have its name."""
    package = str(target).partition(".")[0]
    find_beside_shell(package)
    try:
        spec = importlib.util.find_spec(package) if package else None
    except (ImportError, ValueError):
        spec = None
    origin = spec and (spec.origin or ":".join(spec.submodule_search_locations or []))
    return f"target {target} {origin}"


def _list_words(started: Invocation) -> list[tuple[str, str]]:
    """What of a command line can run code by itself, as typed and as it is remembered."""
    typed = [*started.overrides, *started.hydra_overrides]
    words = [word for word in typed if "hydra" in word.partition("=")[0] and not _HARMLESS.fullmatch(word)]
    return [(word, f"word {word}") for word in words] + [
        (f"--config-dir {path}", f"folder {path}") for path in started.config_dirs
    ]
