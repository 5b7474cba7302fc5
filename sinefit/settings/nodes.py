"""Nodes of a config: what stands in them, and in plain words what is wrong with one that cannot be built."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from hydra.errors import InstantiationException

from sinefit.core.checks import keywords_of
from sinefit.errors import Problem, SettingsError, SinefitError
from sinefit.record.nested import flatten
from sinefit.settings.explain import suggest
from sinefit.settings.targets import instantiate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MISSING = "???"
_UNEXPECTED = re.compile(r"(.+?)\.__init__\(\) got an unexpected keyword argument '(\w+)'")


def check_given(name: str, node: Any) -> None:  # noqa: ANN401 - a group's node
    """Refuse a node with a value that is missing, or a reference that leads nowhere; Hydra drops the first.

    Args:
        name: the group's.
        node: what the config holds there.

    Raises:
        SettingsError: naming all such settings.
    """
    problems = [
        Problem(path, value, "a value" if value == _MISSING else "a value, or refer to a setting", "VALUE")
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
    if not keywords or function is None:
        return
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    unknown = {key: value for key, value in keywords.items() if key not in parameters}
    if unknown:
        taker = function.__name__
        lines = [_explain_unknown(name, key, value, taker, parameters) for key, value in unknown.items()]
        raise SinefitError("\n".join(lines))


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
    unexpected = _UNEXPECTED.fullmatch(str(cause))
    if isinstance(cause, TypeError) and unexpected:
        taker, key = unexpected.groups()
        for step in within:
            node = node[step]
        known = [other for other in node if not other.startswith("_") and other != key]
        return SinefitError(_explain_unknown(path, key, node.get(key), taker, known))
    return SinefitError(f"{path} cannot be built: {type(cause).__name__}: {cause}")


def _explain_unknown(path: str, key: str, value: Any, taker: str, known: Iterable[str]) -> str:  # noqa: ANN401
    """The words for a setting that was added to a node and that nobody takes."""
    names = [name for name in known if name not in {"self", "params", "optimizer", "last_epoch"}]
    return f"{path}.{key}={value} is no setting of {taker}: {suggest(key, names, f'{path}.')}"


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
