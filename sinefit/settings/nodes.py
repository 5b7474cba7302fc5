"""Nodes of a config: what stands in them, and in plain words what is wrong with one that cannot be built."""

from __future__ import annotations

import difflib
import importlib.util
import re
import sys
from typing import TYPE_CHECKING, Any

from hydra.errors import InstantiationException

from sinefit.core.checks import keywords_of
from sinefit.errors import Problem, SettingsError, SinefitError, describe_error
from sinefit.record.nested import flatten
from sinefit.settings.suggestions import explain_unknown, parameters_of, suggest
from sinefit.settings.targets import instantiate

if TYPE_CHECKING:
    from collections.abc import Iterator

_MISSING = "???"


def check_given(name: str, node: Any) -> None:  # noqa: ANN401 - a group's node
    """Refuse a node with a value that is missing, or a reference that leads nowhere; Hydra drops the first.

    Args:
        name: the group's.
        node: what the config holds there.

    Raises:
        SettingsError: naming all such settings.
    """
    problems = [
        Problem(path, None, "given", "VALUE")
        if value == _MISSING
        else Problem(path, value, "a value, or refer to a setting", "VALUE")
        for path, value in flatten(node, name, lists=True).items()
        if isinstance(value, str) and (value == _MISSING or "${" in value)
    ]
    if problems:
        raise SettingsError(problems)


def check_keywords(name: str, part: Any) -> None:  # noqa: ANN401 - whatever a node's target makes
    """Refuse a factory (a `functools.partial`) with a setting that its function does not take.

    Args:
        name: the group's.
        part: what its node made.

    Raises:
        SinefitError: naming the setting.
    """
    keywords, function = keywords_of(part), getattr(part, "func", None)
    known = parameters_of(function) if keywords and function is not None else None
    unknown = {} if known is None else {key: keywords[key] for key in keywords if key not in known}
    if unknown:
        raise SinefitError(explain_unknown(name, unknown, function, getattr(function, "__name__", "it")))


def explain_instantiation(name: str, node: Any, error: InstantiationException) -> SinefitError:  # noqa: ANN401
    """What went wrong within a group's node, by the name of the setting; with the node's other mistakes.

    Args:
        name: the group's.
        node: what the config holds there.
        error: what Hydra raised of it.
    """
    cause = error.__cause__
    found = re.search(r"full_key: (\S+)", str(error))
    within = found.group(1).split(".") if found else []
    path = ".".join([name, *within])
    if isinstance(cause, SettingsError):
        return SettingsError([*cause.within(path).problems, *_find_problems_beside(name, node, within)])
    if isinstance(cause, SinefitError):
        return cause
    if cause is None:
        text = " ".join(str(error).split("full_key:")[0].split())
        return SinefitError(f"{path}: {text}")
    for step in within:
        node = node[step]
    return _explain_call(path, node, str(node.get("_target_")), cause)


def _explain_call(path: str, node: Any, target: str, error: BaseException) -> SinefitError:  # noqa: ANN401
    """What was wrong with the settings that a target was called with, or with the target itself.

    Args:
        path: of the node.
        node: what the config holds there.
        target: its `_target_`.
        error: what loading or calling it raised.
    """
    known = parameters_of(target)
    if isinstance(error, TypeError) and known is not None:
        unknown = {key: node[key] for key in node if key not in known and not key.startswith("_")}
        missing = [key for key, each in known.items() if each.default is each.empty and key not in node]
        if unknown:
            return SinefitError(explain_unknown(path, unknown, target, target.rpartition(".")[2]))
        if missing:
            return SettingsError([Problem(f"{path}.{key}", None, "given", "VALUE") for key in missing])
    if not isinstance(error, ImportError):
        return SinefitError(f"{path} cannot be built: {describe_error(error)}")
    (module, _, name), package = target.rpartition("."), target.partition(".")[0]
    if importlib.util.find_spec(package) is None:
        reason = f"there is no module {package}, neither installed nor in the current folder"
    elif module in sys.modules:
        names = [each for each in dir(sys.modules[module]) if not each.startswith("_")]
        hint = f": {suggest(name, names)}" if difflib.get_close_matches(name, names) else ""
        reason = f"module {module} has no {name}{hint}"
    else:
        reason = describe_error(error)
    return SinefitError(f"{path}._target_={target} cannot be loaded: {reason}")


def _find_problems_beside(name: str, node: Any, within: list[str]) -> Iterator[Problem]:  # noqa: ANN401
    """The problems of a node outside of a node in it that cannot be built."""
    if not within:
        return
    path = ".".join([name, *within[:1]])
    try:
        instantiate({**node, within[0]: None})
    except InstantiationException as error:
        if isinstance(error.__cause__, SettingsError):
            yield from (p for p in error.__cause__.within(name).problems if p.setting != path)
