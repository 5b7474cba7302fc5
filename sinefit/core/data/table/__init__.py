"""A table in a file as the points of a run: which rows and columns, as which numbers."""

from sinefit.core.data.table.table import Table

__all__ = ["Table"]
