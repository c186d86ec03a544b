"""Typed models of everything in ``params/``; every problem collected with file and line."""

from kpi_lib.params.periods import Period, latest_complete, parse_period
from kpi_lib.params.project import Project, load_project

__all__ = ["Period", "Project", "latest_complete", "load_project", "parse_period"]
