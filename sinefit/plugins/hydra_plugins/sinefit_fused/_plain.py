"""A job's config as plain values, references resolved, without building a config; knows nothing of Hydra.

A reference `${a.b}` to a plain value is followed; what else there is to resolve is left to OmegaConf.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hydra_plugins.sinefit_fused._references import referred_path
from hydra_plugins.sinefit_fused._replica import Replica

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Path = tuple[str | int, ...]


class PlainValues:
    """The plain values of configs that differ in the values at a few places.

    Args:
        contents: One of the configs, unresolved. It is not changed.
        places: Where they differ; each path leads through mappings.
    """

    def __init__(self, contents: Mapping[str, Any], places: Sequence[tuple[str, ...]]) -> None:
        self._contents = Replica(dict(contents))
        self._places: list[Path] = list(places)
        differ = set(places)
        texts = [(path, text) for path, text in unresolved(contents) if path not in differ]
        self._references = [(path, referred_path(text)) for path, text in texts]

    def render(self, values: Sequence[Any]) -> dict[str, Any] | None:
        """Return the values of the config that has these at its places; None if they need OmegaConf."""
        if any(True for _ in unresolved(values)):
            return None
        made = self._contents.fresh()
        for path, value in zip(self._places, values, strict=True):
            # Nothing is shared with the next job, which gets the same list or mapping.
            _set(made, path, Replica(value).fresh() if isinstance(value, dict | list) else value)
        for path, target in self._references:
            found = None if target is None else _find(made, target)
            if type(found) not in (int, float, bool, str) or found == "???" or "$" in str(found):
                return None
            _set(made, path, found)
        return made


def unresolved(value: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:  # noqa: ANN401 - any value of a config
    """All texts within a value that may hold something to resolve, with their paths.

    >>> list(unresolved({"a": 1, "b": ["x", "${a}"]}))
    [(('b', 1), '${a}')]
    """
    if isinstance(value, str):
        if "$" in value or "\\" in value:
            yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from unresolved(item, (*path, key))
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            yield from unresolved(item, (*path, at))


def _set(made: Any, path: Path, value: object) -> None:  # noqa: ANN401 - mappings and lists
    for name in path[:-1]:
        made = made[name]
    made[path[-1]] = value


def _find(made: Any, path: Path) -> object:  # noqa: ANN401 - mappings and lists
    for name in path:
        if not isinstance(made, dict) or name not in made:
            return None
        made = made[name]
    return made
