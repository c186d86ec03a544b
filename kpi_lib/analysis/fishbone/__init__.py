"""Cause-and-effect diagrams from evidence: where a gap lies and what it is associated with, never a proven why."""

from kpi_lib.analysis.fishbone.build import build_fishbone
from kpi_lib.analysis.fishbone.evidence import Evidence, Source, Standing
from kpi_lib.analysis.fishbone.free import free_fishbone
from kpi_lib.analysis.fishbone.model import Bone, Cause, Fishbone, Relation, State

__all__ = [
    "Bone",
    "Cause",
    "Evidence",
    "Fishbone",
    "Relation",
    "Source",
    "Standing",
    "State",
    "build_fishbone",
    "free_fishbone",
]
