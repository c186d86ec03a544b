"""One missed indicator of a branch: what it is compared with, and where the change lies."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import pandas as pd

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.rootcause.explain import explain_change
from kpi_lib.analysis.rootcause.exposure import on_exposure
from kpi_lib.analysis.rootcause.reference import Reference
from kpi_lib.analysis.rootcause.result import Explanation, Segment, Verdict
from kpi_lib.analysis.status import MISSED, Status
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.leaves import DAY, Leaves

Dims = tuple[tuple[str, str], ...]


class NotExplained(StrEnum):
    """Why a missed indicator has no explanation."""

    NO_LEAVES = "no_leaves"
    """It has no cases to sort (a count, a growth rate, different customers)."""
    NO_REFERENCE = "no_reference"
    """There is nothing to compare the period with."""
    NO_CASES = "no_cases"
    """The period has no cases."""


@dataclass(frozen=True, eq=False)
class Case:
    """What is known of a missed indicator before it is explained.

    Parameters
    ----------
    kpi
        The indicator.
    row
        Its judged row, as :class:`~kpi_lib.analysis.scorecard.Scorecard` has it.
    counted
        What of it is sorted, and the dimensions it is sorted by; None where nothing can be.
    current, before
        Leaves of the period and of its reference.
    reference
        What the period is compared with.
    pinned
        Segments asked about by name: those found in the period before.
    """

    kpi: Kpi
    row: Row
    counted: Leaves | None = None
    current: pd.DataFrame | None = None
    before: pd.DataFrame | None = None
    reference: Reference | None = None
    pinned: tuple[Dims, ...] = ()


@dataclass(frozen=True, eq=False)
class Cause:
    """An indicator and where its change lies.

    Parameters
    ----------
    case
        What was explained.
    explanation
        Of the change against the reference; None where there is none.
    why_not
        Why there is none.
    """

    case: Case
    explanation: Explanation | None
    why_not: NotExplained | None = None

    @property
    def kpi(self) -> Kpi:
        """Return the indicator."""
        return self.case.kpi

    @property
    def missed(self) -> bool:
        """Return whether its target is missed; one that is not was looked into for ground lost."""
        return is_missed(self.case.row)

    @property
    def worse(self) -> tuple[Segment, ...]:
        """Return the significant segments that went the wrong way."""
        found = () if self.explanation is None else self.explanation.found
        return tuple(segment for segment in found if segment.regained > 0)

    @property
    def fell(self) -> bool:
        """Return whether something was found that cost it points."""
        found = self.explanation
        if found is None:
            return False
        sign = 1.0 if found.gap.better == "higher" else -1.0
        match found.verdict:
            case Verdict.SEGMENTS:
                return bool(self.worse)
            case Verdict.BROAD:
                return found.broad.contribution * sign < 0
            case Verdict.MIX:
                return found.mix.total * sign < 0
            case _:
                return False

    @property
    def counted(self) -> Kpi:
        """Return what is explained: the indicator, or the share of durations within its target."""
        return self.case.kpi if self.case.counted is None else self.case.counted.kpi


def is_missed(row: Row) -> bool:
    """Return whether a judged row is worse than its target, be it that chance could explain it."""
    return row["status"] in MISSED or (row["status"] == Status.CANNOT_TELL and not row["reached"])


def to_explain(indicators: pd.DataFrame) -> list[Row]:
    """Return the judged rows to look into, the costliest for the composite first.

    All weighted indicators with a value, for one still on target may have lost ground; of the others those that miss
    their target beyond chance.
    """
    rows = [
        row
        for row in records(indicators)
        if row["status"] != Status.NO_VALUE and (row["policy_weight"] > 0 or row["status"] in MISSED)
    ]
    return sorted(rows, key=lambda row: (-row["policy_weight"], not is_missed(row)))


def explain_case(case: Case, *, level: float, resamples: int, permutations: int = 999) -> Cause:
    """Say where a missed indicator's change lies.

    Parameters
    ----------
    case
        The indicator with its leaves.
    level
        Confidence level; the chance of a false finding is ``1 - level`` over everything looked at for it.
    resamples
        Resamples behind the segments' stability.
    permutations
        Permutations behind p.
    """
    if case.counted is None or case.current is None or case.before is None:
        return Cause(case, None, NotExplained.NO_LEAVES)
    if case.before["denominator"].sum() <= 0:
        return Cause(case, None, NotExplained.NO_REFERENCE)
    if case.current["denominator"].sum() <= 0:
        return Cause(case, None, NotExplained.NO_CASES)
    if not case.counted.dimensions:
        return Cause(case, None, NotExplained.NO_LEAVES)
    rate = case.counted.kind == "rate"
    current, before = (
        on_exposure(side, case.counted.dimensions) if rate else side for side in (case.current, case.before)
    )
    found = explain_change(
        current,
        before,
        case.counted.dimensions,
        "numerator",
        "denominator",
        block=None if rate else DAY,
        sum_sq="sum_sq" if case.counted.kind == "mean" else None,
        kind=case.counted.kind,
        better=case.counted.kpi.better,
        pinned=[dict(dims) for dims in case.pinned],
        seed=zlib.crc32(case.kpi.key.encode()),
        alpha=1 - level,
        level=level,
        permutations=permutations,
        resamples=resamples,
    )
    return Cause(case, found)


def found_segments(causes: Sequence[Cause]) -> dict[str, tuple[Dims, ...]]:
    """Return the significant segments that went the wrong way, by indicator."""
    return {
        cause.kpi.key: tuple(segment.dims for segment in cause.worse)
        for cause in causes
        if cause.explanation is not None
    }
