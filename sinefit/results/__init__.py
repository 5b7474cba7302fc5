"""Run folders become one table; reading executes nothing and knows neither torch nor Hydra.

The public names load pandas when they are first used, so that the help of commands answers without it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sinefit.results.collection import collect, collect_sweep
    from sinefit.results.display import print_table
    from sinefit.results.folders import find_runs, newest_sweep
    from sinefit.results.query import select_rows

_MODULES = {
    "collect": "collection",
    "collect_sweep": "collection",
    "find_runs": "folders",
    "newest_sweep": "folders",
    "print_table": "display",
    "select_rows": "query",
}

__all__ = ["collect", "collect_sweep", "find_runs", "newest_sweep", "print_table", "select_rows"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are of any type
    """Load a public name on first use."""
    if name not in _MODULES:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
