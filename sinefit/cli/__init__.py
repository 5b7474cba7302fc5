"""The command ``sinefit-results``: what the results of runs and sweeps say, and what models predict.

``sinefit-results ARGS`` and ``python -m sinefit.cli ARGS`` are the same. One file a command.
"""

from __future__ import annotations

from sinefit.cli.main import main

__all__ = ["main"]
