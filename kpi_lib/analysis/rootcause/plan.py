"""From cause to plan: the problems worth a measure, in which direction, and how its success is seen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from kpi_lib.analysis.cases.signals import Signals
from kpi_lib.analysis.cases.stages import Stages
from kpi_lib.analysis.records import records
from kpi_lib.analysis.rootcause.cases import Cause, Dims
from kpi_lib.analysis.rootcause.result import Segment, Verdict, segment_name
from kpi_lib.kpi.declarations.roles import (
    BRANCH_MANAGER,
    CALL_CENTRE,
    CUSTOMER_TEAM,
    DISPATCH,
    FIELD_SERVICE,
    QUALITY_TEAM,
)
from kpi_lib.params.periods import containing
from kpi_lib.stats.needed import cases_needed
from kpi_lib.text import Text

NOTICE = timedelta(days=14)
"""Shortest time from the data's date to a due date."""


class Kind(StrEnum):
    """What a problem was found by."""

    SEGMENT = "segment"
    BROAD = "broad"
    MIX = "mix"
    SIGNAL = "signal"
    STAGE = "stage"


class Direction(StrEnum):
    """Where to look for the remedy. The process comes before the person."""

    ENGINEER = "engineer"
    PROVIDER = "provider"
    SKILL = "skill"
    DISPATCH = "dispatch"
    STAFFING = "staffing"
    WORK = "work"
    CUSTOMER = "customer"
    PARTS = "parts"
    EVERYWHERE = "everywhere"
    MIX = "mix"
    CLOSING = "closing"
    CALLS = "calls"
    VISIT = "visit"
    REPAIR = "repair"


DEPARTMENTS: Mapping[Direction, Text] = {
    Direction.ENGINEER: FIELD_SERVICE,
    Direction.PROVIDER: FIELD_SERVICE,
    Direction.SKILL: QUALITY_TEAM,
    Direction.DISPATCH: DISPATCH,
    Direction.STAFFING: BRANCH_MANAGER,
    Direction.WORK: FIELD_SERVICE,
    Direction.CUSTOMER: CUSTOMER_TEAM,
    Direction.PARTS: FIELD_SERVICE,
    Direction.EVERYWHERE: BRANCH_MANAGER,
    Direction.MIX: BRANCH_MANAGER,
    Direction.CLOSING: QUALITY_TEAM,
    Direction.CALLS: CALL_CENTRE,
    Direction.VISIT: DISPATCH,
    Direction.REPAIR: FIELD_SERVICE,
}
"""Who is asked first; the plan may say otherwise."""

_BY_DIMENSION = (
    ("engineer", Direction.ENGINEER),
    ("provider", Direction.PROVIDER),
    ("channel", Direction.DISPATCH),
    ("queue", Direction.CALLS),
    ("shift", Direction.STAFFING),
    ("parts_wait", Direction.PARTS),
    ("product", Direction.SKILL),
    ("model", Direction.SKILL),
    ("fault", Direction.SKILL),
    ("work_type", Direction.WORK),
    ("priority", Direction.DISPATCH),
    ("region", Direction.EVERYWHERE),
    ("warranty", Direction.CUSTOMER),
)
"""The first dimension of a segment that is here says where to look; any other is the customers'."""

_BY_KEY = {
    "visited_again": Direction.CLOSING, "complete_not_resolved": Direction.CLOSING, "no_answer": Direction.CALLS,
    "no_plan": Direction.DISPATCH, "transferred": Direction.DISPATCH, "parts_wait": Direction.PARTS,
    "promise_missed": Direction.VISIT, "closed_unsatisfied": Direction.CLOSING, "reopened": Direction.CLOSING,
    "response": Direction.DISPATCH, "appointment": Direction.DISPATCH, "visit": Direction.VISIT,
    "parts": Direction.PARTS, "repair": Direction.REPAIR, "handling": Direction.REPAIR, "closure": Direction.CLOSING,
}  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """How a measure is seen to have worked.

    Parameters
    ----------
    measure
        Key of the indicator, signal or stage looked at.
    segment
        Where, ``dimension=value`` pairs; empty everywhere.
    at_least
        Whether the threshold is a floor.
    now, threshold
        Level in the period, and the level that counts as success: what the reference lets expect.
    cases
        Cases that show the difference with a chance of 80 %; None where that cannot be said.
    """

    measure: str
    segment: str
    at_least: bool
    now: float
    threshold: float
    cases: int | None


@dataclass(frozen=True, eq=False)
class Problem:
    """A problem worth a measure.

    Parameters
    ----------
    kind, key
        What it was found by, and the segment, signal or stage.
    kpis
        Indicators hit, the surest finding first.
    causes
        Their explanations, in that order; empty for signals and stages.
    segments
        The segment as each of them saw it.
    direction
        Where to look.
    rule
        How success is seen; None for a shift of the mix, which is no fault.
    due
        First end of a month that leaves :data:`NOTICE`.
    """

    kind: Kind
    key: str
    kpis: tuple[str, ...]
    causes: tuple[Cause, ...]
    segments: tuple[Segment, ...]
    direction: Direction
    rule: Rule | None
    due: date


def problems(causes: Sequence[Cause], signals: Signals, stages: Stages, *, as_of: date) -> tuple[Problem, ...]:
    """Return the problems of a branch, those found in segments first.

    Parameters
    ----------
    causes
        The missed indicators, explained. A segment that several of them name is one problem.
    signals, stages
        Signals clearly more frequent than before, and the stage that clearly lost most time, are problems too.
    as_of
        Date of the data.
    """
    due = due_date(as_of)
    hit: dict[Dims, list[tuple[Cause, Segment]]] = {}
    for cause in causes:
        for segment in cause.worse:
            hit.setdefault(segment.dims, []).append((cause, segment))
    found = [_of_segment(pairs, due) for pairs in hit.values()]
    found += [problem for cause in causes for problem in _of_whole(cause, due)]
    found += [
        Problem(Kind.SIGNAL, row["signal"], (), (), (), _BY_KEY[row["signal"]], _signal_rule(row), due)
        for row in records(signals.risen)
    ]
    slower = stages.slower
    if slower is not None:
        needed = cases_needed(slower["mean"], slower["before"], kind="mean", sd=slower["sd"])
        rule = Rule(slower["stage"], "", False, slower["mean"], slower["before"], needed)
        found.append(Problem(Kind.STAGE, slower["stage"], (), (), (), _BY_KEY[slower["stage"]], rule, due))
    return tuple(found)


def due_date(as_of: date) -> date:
    """Return the first end of a month at least :data:`NOTICE` after ``as_of``."""
    return containing("month", as_of + NOTICE).end - timedelta(days=1)


def direction_of(dims: Dims) -> Direction:
    """Return where to look for the remedy of a segment."""
    named = {dimension for dimension, _ in dims}
    return next((direction for key, direction in _BY_DIMENSION if key in named), Direction.CUSTOMER)


def _of_segment(pairs: list[tuple[Cause, Segment]], due: date) -> Problem:
    surest = sorted(pairs, key=lambda pair: (pair[1].p_adjusted, -abs(pair[1].contribution)))
    cause, segment = surest[0]
    rule = Rule(
        cause.kpi.key,
        segment.name,
        cause.counted.better == "higher",
        segment.after,
        segment.expected,
        _cases(cause, segment.after, segment.expected),
    )
    return Problem(
        Kind.SEGMENT,
        segment.name,
        tuple(one.kpi.key for one, _ in surest),
        tuple(one for one, _ in surest),
        tuple(one for _, one in surest),
        direction_of(segment.dims),
        rule,
        due,
    )


def _of_whole(cause: Cause, due: date) -> list[Problem]:
    found = cause.explanation
    if found is None or not found.gap.worse:
        return []
    if found.broad.found:
        rule = Rule(
            cause.kpi.key, "", cause.counted.better == "higher", found.gap.current,
            found.gap.current - found.broad.contribution,
            _cases(cause, found.gap.current, found.gap.current - found.broad.contribution),
        )  # fmt: skip
        return [Problem(Kind.BROAD, cause.kpi.key, (cause.kpi.key,), (cause,), (), Direction.EVERYWHERE, rule, due)]
    if found.verdict is Verdict.MIX:
        grown = tuple(segment for segment in found.segments if segment.kind == "mix")
        key = segment_name(grown[0].dims) if grown else cause.kpi.key
        return [Problem(Kind.MIX, key, (cause.kpi.key,), (cause,), grown, Direction.MIX, None, due)]
    return []


def _cases(cause: Cause, now: float, wanted: float) -> int | None:
    leaves, current = cause.case.counted, cause.case.current
    if leaves is None or current is None:
        return None
    return cases_needed(now, wanted, kind=leaves.kind, sd=_sd(current) if leaves.kind == "mean" else math.nan)


def _sd(current: object) -> float:
    total = current[["numerator", "denominator", "sum_sq"]].sum()  # type: ignore[index]
    n = total["denominator"]
    return math.sqrt(max(total["sum_sq"] - total["numerator"] ** 2 / n, 0.0) / (n - 1)) if n > 1 else math.nan


def _signal_rule(row: Mapping[str, float]) -> Rule:
    cases = cases_needed(row["share"], row["before"], kind="share")
    return Rule(str(row["signal"]), "", False, row["share"], row["before"], cases)
