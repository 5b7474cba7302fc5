"""Where a run's points come from: functions, tables in files, rows in memory."""

from sinefit.core.data.function import SampledFunction
from sinefit.core.data.points import Points, Samples, TableFacts
from sinefit.core.data.rows import Rows
from sinefit.core.data.source import DataSource
from sinefit.core.data.table import Table

__all__ = ["DataSource", "Points", "Rows", "SampledFunction", "Samples", "Table", "TableFacts"]
