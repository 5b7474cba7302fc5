"""Nested settings as one level of dotted paths; independent of what they mean."""

from __future__ import annotations

from typing import Any


def flatten(node: Any, path: str = "", *, lists: bool = False) -> dict[str, Any]:  # noqa: ANN401 - settings are of any type
    """The values within nested settings by their dotted paths, in their order; an empty dict is a value.

    Args:
        node: dicts within dicts, as read from YAML or JSON; what is no dict is its own only value.
        path: of the node itself.
        lists: whether to enter lists as well, whose items are ``path[0]`` and so on.

    >>> flatten({"model": {"size": 8, "sizes": [1, 2]}, "seed": 0})
    {'model.size': 8, 'model.sizes': [1, 2], 'seed': 0}
    >>> flatten({"sizes": [1, {"of": 2}]}, "model", lists=True)
    {'model.sizes[0]': 1, 'model.sizes[1].of': 2}
    """
    if isinstance(node, dict) and node:
        items = [(f"{path}.{key}" if path else str(key), value) for key, value in node.items()]
    elif lists and isinstance(node, list):
        items = [(f"{path}[{index}]", value) for index, value in enumerate(node)]
    else:
        return {path: node}
    return {name: leaf for at, value in items for name, leaf in flatten(value, at, lists=lists).items()}
