"""What a sweep's own words say of its settings: which exist in some branches only, which are on a log scale.

The words are those of the sweeper `search`: conditions such as ``tag(optimizer:sgd,choice(0,0.9))`` and trees
under `hydra.sweeper.tree`. Knows nothing of the runs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sinefit.errors import RecordError
from sinefit.record.hydra_files import read_search

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

_TAGS = re.compile(r"\btag\s*\(([^()]*),(?=\s*\w+\s*\()")
"""The tags in front of some values, the values behind the last comma."""


@dataclass(frozen=True)
class Space:
    """What is known of the settings of a sweep.

    Attributes:
        conditional: those that exist only where another setting has some value.
        log_scaled: those whose values were spread on a log scale.
    """

    conditional: frozenset[str] = frozenset()
    log_scaled: frozenset[str] = frozenset()


def read_space(sweep: str | os.PathLike[str]) -> Space:
    """What a sweep's words say; nothing where they cannot be read, as of a sweep of older days."""
    try:
        sweeper, typed = read_search(sweep)
    except RecordError:
        return Space()
    params, tree = (sweeper.get(name) for name in ("params", "tree"))
    words = [(key, value, False) for key, _, value in (word.partition("=") for word in typed)]
    words += (
        [(str(key), str(value), False) for key, value in params.items()] if isinstance(params, dict) else []
    )
    words += _walk(tree) if isinstance(tree, dict) else []
    conditional, log_scaled = set(), set()
    for key, value, is_in_branch in words:
        name = key.lstrip("+").strip()
        tags = [tag.strip() for found in _TAGS.findall(value) for tag in found.split(",")]
        if is_in_branch or any(":" in tag for tag in tags):
            conditional.add(name)
        if "log" in tags:
            log_scaled.add(name)
    return Space(frozenset(conditional), frozenset(log_scaled))


def _walk(tree: dict[Any, Any], *, is_branch: bool = False) -> Iterator[tuple[str, str, bool]]:
    """The settings of a tree: key, values as text, and whether a branch has it.

    Args:
        tree: settings to values, or to values with branches, which are trees.
        is_branch: whether it is itself a branch.
    """
    for key, node in tree.items():
        if not isinstance(node, dict):
            yield str(key), str(node), is_branch
            continue
        yield str(key), "", is_branch
        for branch in node.values():
            if isinstance(branch, dict):
                yield from _walk(branch, is_branch=True)
