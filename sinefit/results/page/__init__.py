"""HTML pages that need no network: the report, and pictures that can be zoomed."""

from __future__ import annotations

from sinefit.results.page.page import Page, describe_columns, notes, render_chart, to_json

__all__ = ["Page", "describe_columns", "notes", "render_chart", "to_json"]
