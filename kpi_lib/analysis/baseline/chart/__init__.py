"""Control charts of any series: chosen by evidence, in phases by date, with signals that name their rule."""

from kpi_lib.analysis.baseline.chart.drawing import control_chart, control_charts
from kpi_lib.analysis.baseline.chart.request import DEFAULT_RULES, ChartRequest
from kpi_lib.analysis.baseline.chart.result import ControlChart, Fixed, Phase

__all__ = ["DEFAULT_RULES", "ChartRequest", "ControlChart", "Fixed", "Phase", "control_chart", "control_charts"]
