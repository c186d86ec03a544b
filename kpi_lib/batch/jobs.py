"""What one worker does at a time: a notebook for one branch in all its languages, which share what is computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from kpi_lib.batch.limits import Limits
from kpi_lib.batch.plan import RunSpec

RunKey = tuple[str, str, str]
"""Branch, notebook and language of a run."""


@dataclass(frozen=True)
class Job:
    """Runs that differ in their language only, what they may take, and which attempt at them this is."""

    specs: tuple[RunSpec, ...]
    limits: Limits = field(default_factory=Limits)
    attempt: int = 1


def jobs_of(specs: Sequence[RunSpec], limits: Limits) -> tuple[Job, ...]:
    """Return the planned runs as jobs, in their order."""
    groups = groupby(specs, key=lambda spec: (spec.branch, spec.notebook))
    return tuple(Job(tuple(group), limits) for _, group in groups)


def longest_first(jobs: Sequence[Job], seconds: Mapping[RunKey, float]) -> tuple[Job, ...]:
    """Return the jobs so that the last to end start first; those never seen come before all others.

    Parameters
    ----------
    jobs
        What to order.
    seconds
        What runs took before.
    """
    return tuple(sorted(jobs, key=lambda job: expected_seconds(job, seconds), reverse=True))


def expected_seconds(job: Job, seconds: Mapping[RunKey, float]) -> float:
    """Return how long a job will take by what it took before, else by what its notebook took elsewhere."""
    return sum(_expected(spec, seconds) for spec in job.specs)


def _expected(spec: RunSpec, seconds: Mapping[RunKey, float]) -> float:
    if spec.key in seconds:
        return seconds[spec.key]
    elsewhere = [taken for (_, notebook, _), taken in seconds.items() if notebook == spec.notebook]
    return sum(elsewhere) / len(elsewhere) if elsewhere else float("inf")
