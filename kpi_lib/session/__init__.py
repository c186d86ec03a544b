"""The notebooks' one door: open a project for one branch and period, compute, show, write."""

from kpi_lib.session.opening import LATEST, open_session
from kpi_lib.session.session import BASELINE_MONTHS, Session

__all__ = ["BASELINE_MONTHS", "LATEST", "Session", "open_session"]
