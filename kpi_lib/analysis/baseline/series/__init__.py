"""Series of indicators over the full calendar: what they hold, and how a frame becomes one."""

from kpi_lib.analysis.baseline.series.model import BOUNDS, CODE, STATES, Family, Series, State
from kpi_lib.analysis.baseline.series.placing import series_by, series_of
from kpi_lib.analysis.baseline.series.quarters import by_quarter

__all__ = ["BOUNDS", "CODE", "STATES", "Family", "Series", "State", "by_quarter", "series_by", "series_of"]
