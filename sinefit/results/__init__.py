"""Run folders become one table; reading executes nothing and knows neither torch nor Hydra."""

from __future__ import annotations

from sinefit.results.collection import collect, collect_sweep
from sinefit.results.display import print_table
from sinefit.results.folders import find_runs, newest_sweep
from sinefit.results.query import select_rows

__all__ = ["collect", "collect_sweep", "find_runs", "newest_sweep", "print_table", "select_rows"]
