"""`hydra.sweeper.tree`: settings that exist only in some branches, as words with conditions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from hydra.errors import CompactHydraException
from hydra_plugins.sinefit_search._value import Value, value_from_text, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator


class TreeWord(NamedTuple):
    """A word that a tree stands for.

    Args:
        line: as it would be typed.
        conditions: settings to the values with which it exists.
    """

    line: str
    conditions: Mapping[str, tuple[Value, ...]]


def read_tree(
    tree: Mapping[Any, Any], conditions: Mapping[str, tuple[Value, ...]] | None = None
) -> Iterator[TreeWord]:
    """The words of a tree, a setting before those of its branches.

    Args:
        tree: settings to values, or to a mapping of values to branches, which are trees.
        conditions: of the branch that it is.

    Raises:
        CompactHydraException: if a branch is no mapping.
    """
    around = conditions or {}
    for key, node in tree.items():
        if not isinstance(node, Mapping):
            yield TreeWord(f"{key}={write_values(node)}", around)
            continue
        if not node:
            msg = (
                f"hydra.sweeper.tree: {key} has no branch; type a value of it, such as {key}: {{VALUE: {{}}}}"
            )
            raise CompactHydraException(msg)
        values = [_read_branch(name) for name in node]
        yield TreeWord(f"{key}={_list([value.text for value in values])}", around)
        for value, branch in zip(values, node.values(), strict=True):
            if not isinstance(branch, Mapping | None):
                msg = (
                    f"hydra.sweeper.tree: the branch {key}={value.text} must be a mapping of settings to"
                    f" values, or {{}}, got {branch!r}"
                )
                raise CompactHydraException(msg)
            yield from read_tree(branch or {}, {**around, str(key).lstrip("+"): (value,)})


def write_values(node: Any) -> str:  # noqa: ANN401 - a node of YAML
    """The values of a setting as they would be typed: a text is that already, a list is a choice."""
    if isinstance(node, Sequence) and not isinstance(node, str):
        return _list([write_values(each) for each in node])
    return node if isinstance(node, str) else value_of(node).text


def _read_branch(name: Any) -> Value:  # noqa: ANN401 - a key of YAML: text, number, truth or null
    return value_from_text(name) if isinstance(name, str) else value_of(name)


def _list(texts: Sequence[str]) -> str:
    """Values of a sweep; Hydra's ``choice()``, which a single one needs, takes no null."""
    return ",".join(texts) if len(texts) > 1 else f"choice({','.join(texts)})"
