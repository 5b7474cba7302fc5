"""What tables say about settings: summaries, paired comparisons and importances, each as a DataFrame."""

from __future__ import annotations

from sinefit.results.statistics.comparison import compare, split_sides
from sinefit.results.statistics.importance import importance
from sinefit.results.statistics.several import compare_with_best
from sinefit.results.statistics.summary import summarize

__all__ = ["compare", "compare_with_best", "importance", "split_sides", "summarize"]
