"""The report page: everything that the commands say of a table, in one file for a colleague."""

from __future__ import annotations

from sinefit.results.report.report import render_report

__all__ = ["render_report"]
