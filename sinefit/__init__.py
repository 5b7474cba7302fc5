"""sinefit: fits functions with small neural networks, as Hydra experiments.

Importing the package loads neither torch nor Hydra; the public names load what they need when they
are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sinefit.errors import RecordError, SettingsError, SinefitError
    from sinefit.predictors.load import load
    from sinefit.predictors.run import LoadedRun, load_run
    from sinefit.results.collection import collect
    from sinefit.results.statistics import compare, importance, summarize

__version__ = "0.1.0"

_HOMES = {
    "LoadedRun": "sinefit.predictors.run",
    "RecordError": "sinefit.errors",
    "SettingsError": "sinefit.errors",
    "SinefitError": "sinefit.errors",
    "collect": "sinefit.results.collection",
    "compare": "sinefit.results.statistics",
    "importance": "sinefit.results.statistics",
    "load": "sinefit.predictors.load",
    "load_run": "sinefit.predictors.run",
    "summarize": "sinefit.results.statistics",
}

__all__ = [
    "LoadedRun",
    "RecordError",
    "SettingsError",
    "SinefitError",
    "__version__",
    "collect",
    "compare",
    "importance",
    "load",
    "load_run",
    "summarize",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are of any type
    """Load a public name on first use."""
    if name not in _HOMES:
        msg = f"module 'sinefit' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
