"""A seeded company: exports as such companies have them, with planted causes to judge the notebooks against."""

from kpi_lib.data.simulate.company import Simulation, simulate

__all__ = ["Simulation", "simulate"]
