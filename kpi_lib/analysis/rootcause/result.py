"""What a search for the segments behind a gap returns: one frozen result for tables, sentences and pictures.

Effects and contributions are in the unit of the KPI (a share: 0.05 is five points), negative is a fall.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Literal

import pandas as pd

from kpi_lib.analysis.strict_json import strict_json

Family = Literal["share", "rate", "mean"]


class Verdict(StrEnum):
    """Of one KPI in one branch and period."""

    SEGMENTS = "segments"
    """Named segments changed beyond the others."""
    BROAD = "broad"
    """The KPI changed, and everything changed alike."""
    MIX = "mix"
    """The rates held; which tickets came in changed."""
    NONE = "none"
    """Nothing found that chance does not explain."""
    TOO_LITTLE = "too_little"
    """Nothing found, and a change of the size of the gap itself could not have been seen."""


class Standing(StrEnum):
    """How sure a segment is."""

    SIGNIFICANT = "significant"
    """Below alpha after allowing for everything looked at."""
    SUGGESTIVE = "suggestive"
    """Within five times alpha after allowing for everything looked at; counts in no sum."""
    PINNED = "pinned"
    """Named beforehand, so tested against the pinned ones alone; counts in no sum."""


@dataclass(frozen=True)
class Gap:
    """The change that is to be explained.

    Parameters
    ----------
    reference, current
        The KPI in the reference and in the period under review.
    difference
        Current minus reference.
    lo, hi
        Its interval; days as clusters where blocks are given.
    n_reference, n_current
        Denominators.
    kind
        ``share`` (0 to 1), ``rate`` (events per exposure) or ``mean``.
    better
        Direction of the KPI.
    """

    reference: float
    current: float
    difference: float
    lo: float
    hi: float
    n_reference: float
    n_current: float
    kind: Family
    better: Literal["higher", "lower"]

    @property
    def worse(self) -> bool:
        """Whether the change goes against the KPI's better direction."""
        return self.difference < 0 if self.better == "higher" else self.difference > 0


@dataclass(frozen=True, eq=False)
class Mix:
    """How much of the gap is other tickets rather than other rates.

    Parameters
    ----------
    total
        What the gap would be had every kind of ticket kept its reference rate; all dimensions at once.
    lo, hi
        Its interval.
    rate
        The gap less ``total``.
    parts
        ``dimension, value, share_before, share_after, before, after, rate_part, mix_part``; within a dimension the
        parts add up to the gap. A value without tickets on one side has ``nan`` there and no rate part.
    simpson
        Dimensions within which the rates moved one way on the whole while the total moved the other, both by more than
        a standard error.
    """

    total: float
    lo: float
    hi: float
    rate: float
    parts: pd.DataFrame
    simpson: tuple[str, ...]


@dataclass(frozen=True)
class Broad:
    """The change that everything has in common.

    Parameters
    ----------
    effect
        Change of the tickets outside the found segments, beyond what their mix explains.
    lo, hi, p
        Its interval, and its p scaled to alpha: its part of alpha is kept where this is at most alpha.
    contribution
        Points of the KPI it stands for; 0 unless ``found``.
    found
        Whether it is a finding of its own.
    """

    effect: float
    lo: float
    hi: float
    p: float
    contribution: float
    found: bool


@dataclass(frozen=True)
class Segment:
    """One conjunction of dimension values.

    Parameters
    ----------
    dims
        ``(dimension, value)`` pairs in the dimensions' alphabetical order.
    kind
        ``rate``: its rate changed. ``mix``: its share of the tickets changed.
    n, n_reference
        Denominators now and in the reference.
    before, after
        Its rate in the reference and now; for a mix finding its share of the tickets.
    expected
        Rate expected now, all dimensions' main effects and the common change allowed for; for a mix finding the
        share it had.
    effect, lo, hi
        Change beyond the expected, with an interval that allows for the segment having been selected; a suggestive or
        pinned one's does not.
    contribution
        Part of the gap in the unit of the KPI; tickets of several segments count for the first found. A mix finding's
        contribution is part of ``mix.total``, not added to it.
    contribution_cases
        The same in tickets (hits, events; for a mean the summed value).
    regained
        Gain for the KPI, in its better direction, were the segment back at its expected rate; 0 for one that got better
        and for a mix finding.
    p_adjusted
        Family-wise over every candidate of the search; over the pinned ones alone for a pinned segment.
    stability
        Share of resamples in which it, or a segment of nearly the same tickets, was picked; ``nan`` where none ran.
    alternatives
        Other names the data cannot tell from this one, each with its overlap of tickets (intersection over union).
    standing
        How sure.
    """

    dims: tuple[tuple[str, str], ...]
    kind: Literal["rate", "mix"]
    n: float
    n_reference: float
    before: float
    after: float
    expected: float
    effect: float
    lo: float
    hi: float
    contribution: float
    contribution_cases: float
    regained: float
    p_adjusted: float
    stability: float
    alternatives: tuple[tuple[str, float], ...]
    standing: Standing

    @property
    def name(self) -> str:
        """Return ``dimension=value`` pairs joined by ``&``."""
        return segment_name(self.dims)


@dataclass(frozen=True, eq=False)
class Explanation:
    """Where a KPI's gap lies.

    ``mix.total`` + ``broad.contribution`` + contributions of the rate segments (:attr:`found`) + ``rest`` is
    ``gap.difference``.

    Parameters
    ----------
    gap
        What is explained.
    mix
        Its part from other tickets.
    segments
        Findings: rate segments in the order found, then mix segments.
    suggestive
        What comes next and is not sure enough to be a finding.
    pinned
        Segments asked about by name; ``nan`` where a side has no tickets.
    broad
        What all tickets have in common.
    rest
        Unexplained.
    detectable
        Smallest change of the whole KPI that this much data would have shown with a chance of 80 %.
    verdict
        In one word.
    searched
        Candidates looked at.
    """

    gap: Gap
    mix: Mix
    segments: tuple[Segment, ...]
    suggestive: tuple[Segment, ...]
    pinned: tuple[Segment, ...]
    broad: Broad
    rest: float
    detectable: float
    verdict: Verdict
    searched: int

    @property
    def found(self) -> tuple[Segment, ...]:
        """Return the rate segments, which with mix, common change and rest add up to the gap."""
        return tuple(segment for segment in self.segments if segment.kind == "rate")

    @property
    def table(self) -> pd.DataFrame:
        """Return one row per finding, pinned ones last; the columns of ``segments.csv`` without the KPI."""
        rows = [_row(segment) for segment in (*self.segments, *self.pinned)]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def to_json(self) -> str:
        """Return everything as JSON; unknown numbers are null."""
        document = {
            "verdict": self.verdict,
            "gap": asdict(self.gap),
            "mix": {
                **{name: getattr(self.mix, name) for name in ("total", "lo", "hi", "rate", "simpson")},
                "parts": self.mix.parts.to_dict("records"),
            },
            "broad": asdict(self.broad),
            "segments": [{"segment": one.name, **asdict(one)} for one in self.segments],
            "suggestive": [{"segment": one.name, **asdict(one)} for one in self.suggestive],
            "pinned": [{"segment": one.name, **asdict(one)} for one in self.pinned],
            "rest": self.rest,
            "detectable": self.detectable,
            "searched": self.searched,
        }
        return strict_json(document)


COLUMNS = (
    "segment", "kind", "standing", "n", "n_reference", "before", "after", "expected", "effect", "lo", "hi",
    "contribution", "contribution_cases", "regained", "p_adjusted", "stability", "alternatives",
)  # fmt: skip
"""Of :attr:`Explanation.table`."""


def segment_name(dims: tuple[tuple[str, str], ...]) -> str:
    """Return ``dimension=value`` pairs joined by ``&``."""
    return "&".join(f"{dimension}={value}" for dimension, value in dims)


def _row(segment: Segment) -> dict[str, object]:
    row: dict[str, object] = {field.name: getattr(segment, field.name) for field in fields(segment)}
    named = "; ".join(f"{name} ({overlap:.2f})" for name, overlap in segment.alternatives)
    return {**row, "segment": segment.name, "standing": str(segment.standing), "alternatives": named}
