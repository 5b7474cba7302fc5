"""Pictures of tables: what is drawn is a `Chart`, which knows neither matplotlib nor plotly."""

from __future__ import annotations

from sinefit.results.plots.kinds import KINDS, draw

__all__ = ["KINDS", "draw"]
