"""Pictures of tables: what is drawn is a `Chart`, which knows neither matplotlib nor plotly."""

from __future__ import annotations

from sinefit.results.plots.kinds import KINDS, Kind, draw, find_kind, join_charts

__all__ = ["KINDS", "Kind", "draw", "find_kind", "join_charts"]
