"""Cause-and-effect diagrams from evidence: where a gap lies and what it is associated with, never a proven why."""

from kpi_lib.analysis.fishbone.build import Bone, Cause, Fishbone, Relation, State, build_fishbone, free_fishbone
from kpi_lib.analysis.fishbone.evidence import Evidence, Source, Standing

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
