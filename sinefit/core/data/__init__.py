"""Where a run's points come from: functions, and tables in files."""

from sinefit.core.data.function import SampledFunction
from sinefit.core.data.points import Points, Samples
from sinefit.core.data.source import DataSource

__all__ = ["DataSource", "Points", "SampledFunction", "Samples"]
