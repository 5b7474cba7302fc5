"""sinefit: fits functions with small neural networks, as Hydra experiments.

Importing the package loads neither torch nor Hydra; the public names load what they need when they
are first used.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sinefit.api.calls import fit, run, sweep
    from sinefit.api.picture import Picture
    from sinefit.api.tables import Statistics
    from sinefit.api.trained_run import Run
    from sinefit.api.trained_sweep import Sweep
    from sinefit.errors import RecordError, SettingsError, SinefitError
    from sinefit.predictors.load import load
    from sinefit.predictors.run import LoadedRun, load_run
    from sinefit.results.collection import collect
    from sinefit.results.statistics import compare, importance, summarize

__version__ = "0.1.0"

_HOMES = {
    "LoadedRun": "sinefit.predictors.run",
    "Picture": "sinefit.api.picture",
    "RecordError": "sinefit.errors",
    "Run": "sinefit.api.trained_run",
    "SettingsError": "sinefit.errors",
    "SinefitError": "sinefit.errors",
    "Statistics": "sinefit.api.tables",
    "Sweep": "sinefit.api.trained_sweep",
    "collect": "sinefit.results.collection",
    "compare": "sinefit.results.statistics",
    "fit": "sinefit.api.calls",
    "importance": "sinefit.results.statistics",
    "load": "sinefit.predictors.load",
    "load_run": "sinefit.predictors.run",
    "run": "sinefit.api.calls",
    "summarize": "sinefit.results.statistics",
    "sweep": "sinefit.api.calls",
}

__all__ = [
    "LoadedRun",
    "Picture",
    "RecordError",
    "Run",
    "SettingsError",
    "SinefitError",
    "Statistics",
    "Sweep",
    "__version__",
    "collect",
    "compare",
    "fit",
    "importance",
    "load",
    "load_run",
    "run",
    "summarize",
    "sweep",
]


class _Package(ModuleType):
    """The package, whose attribute `run` is the function, also after Python has loaded `sinefit/run.py`."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name == "run" and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module's attributes are of any type
    """Load a public name on first use."""
    if name not in _HOMES:
        msg = f"module 'sinefit' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted(__all__)
