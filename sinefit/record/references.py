r"""References within saved settings, such as ``${seed}``: bounded before they are followed; follows none.

A few lines of them can stand for gigabytes, as ``a: ${b}${b}``, ``b: ${c}${c}`` and so on.
"""

from __future__ import annotations

import re
from typing import Any, NoReturn

from sinefit.record.nested import flatten

MOST = 100_000
"""Values that settings may stand for; a run has a hundred."""
LONGEST = 10_000
"""Characters of all texts with more than a plain reference: to read them takes 0.1 ms each."""
DEEPEST = 50
"""References that may lead from one to the next."""
DISARMED = "resolver not trusted: "
"""Begins a text that called a resolver."""
_SIMPLE = re.compile(r"\$\{(\.*)([\w.]+)\}")
_RESOLVER = re.compile(r"\$\{\s*([\w.]*)\s*:")


def check_references(config: dict[str, Any]) -> None:
    """Refuse settings whose references lead in circles, or stand for too much.

    Args:
        config: plain settings.

    Raises:
        ValueError: naming the setting.
    """
    copies = characters = 1
    for path, value in flatten(config, lists=True).items():
        if isinstance(value, str) and "${" in value and not _SIMPLE.fullmatch(value):
            copies *= value.count("${")
            characters += len(value)
            if copies > MOST or characters > LONGEST:
                _refuse(path)
    _Measure(config).add(config, ())


class _Measure:
    """Counts the values that settings stand for.

    Args:
        config: all of them.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        self._config = config
        self._left = MOST

    def add(self, node: Any, path: tuple[str, ...], through: int = 0) -> None:  # noqa: ANN401 - settings are of any type
        """Count a node's values, those of what it refers to included.

        Args:
            node: of the settings.
            path: to it.
            through: references that led to it.

        Raises:
            ValueError: if it refers to itself, or if there are too many.
        """
        self._left -= 1
        if through > DEEPEST or self._left < 0:
            _refuse(".".join(path))
        if isinstance(node, dict):
            for key, child in node.items():
                self.add(child, (*path, str(key)), through)
        elif isinstance(node, list):
            for index, child in enumerate(node):
                self.add(child, (*path, str(index)), through)
        elif isinstance(node, str) and (found := _SIMPLE.fullmatch(node)):
            dots, names = found.groups()
            target = (*(path[: -len(dots)] if dots else ()), *names.split("."))
            self.add(self._find(target), target, through + 1)

    def _find(self, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - settings are of any type
        node: Any = self._config
        for name in path:
            if isinstance(node, list) and name.isdecimal():
                node = node[int(name[:9])] if int(name[:9]) < len(node) else None
            else:
                node = node.get(name) if isinstance(node, dict) else None
        return node


def _refuse(path: str) -> NoReturn:
    msg = f"{path} refers to itself, or to more than any run's settings do"
    raise ValueError(msg)


def disarm(node: Any, trust: tuple[str, ...]) -> Any:  # noqa: ANN401 - settings are of any type
    """Settings without the references that call a function, a resolver such as ``${oc.env:HOME}``.

    >>> disarm({"a": "${b}", "b": ["${oc.env:HOME}", "${eval:1}"]}, ("eval",))
    {'a': '${b}', 'b': ['resolver not trusted: oc.env:HOME', '${eval:1}']}

    Args:
        node: plain settings.
        trust: names of resolvers that may stay.
    """
    if isinstance(node, dict):
        return {key: disarm(value, trust) for key, value in node.items()}
    if isinstance(node, list):
        return [disarm(value, trust) for value in node]
    if isinstance(node, str) and ":" in node and "${" in node:
        named = {f"{name}." for name in _RESOLVER.findall(node)}
        is_nested = "${${" in node or ".${" in node
        if is_nested or not all(name.startswith(tuple(f"{each}." for each in trust)) for name in named):
            return DISARMED + re.sub(r"[${}\\]", "", node)
    return node
