"""Evidence from the explanation of a gap: its segments, its mix and what all tickets have in common."""

from __future__ import annotations

import math
from collections.abc import Callable

from kpi_lib.analysis.fishbone.evidence import Evidence, Source, Standing
from kpi_lib.analysis.rootcause import result
from kpi_lib.analysis.rootcause.result import Explanation, Segment
from kpi_lib.text import Text

ALL = "all"
"""Key of what all tickets have in common, and of the mix no segment names."""


def evidence_of(explanation: Explanation, *, label: Callable[[Segment], Text | str]) -> list[Evidence]:
    """Return the explanation as evidence; what counts sums to the gap less ``explanation.rest``.

    Parameters
    ----------
    explanation
        Of the gap.
    label
        A segment's name for people.

    Returns
    -------
    list of Evidence
        Segments in the order found. A suggestive segment is shown and counts in no sum, as in the explanation. Named
        mix segments are part of the mix; the rest of it follows as ``mix:all``.
    """
    found = [_segment(segment, label) for segment in (*explanation.segments, *explanation.suggestive)]
    named = math.fsum(piece.counted or 0.0 for piece in found if piece.source is Source.MIX)
    mix, broad = explanation.mix, explanation.broad
    if math.isfinite(mix.total) and mix.total - named != 0:
        clear = (mix.lo > 0 or mix.hi < 0) and not named
        found.append(
            Evidence(
                Source.MIX,
                ALL,
                Text("Other work than before", "工单结构变化"),
                Standing.SIGNIFICANT if clear else Standing.SUGGESTIVE,
                contribution=mix.total - named,
                lo=None if named else mix.lo,
                hi=None if named else mix.hi,
                n=int(explanation.gap.n_current),
            )
        )
    if broad.found:
        label_all = Text("All tickets alike", "各类工单普遍变化")
        found.append(
            Evidence(
                Source.SEGMENT,
                ALL,
                label_all,
                Standing.SIGNIFICANT,
                contribution=broad.contribution,
                n=int(explanation.gap.n_current),
            )
        )
    return found


def _segment(segment: Segment, label: Callable[[Segment], Text | str]) -> Evidence:
    sure = segment.standing is result.Standing.SIGNIFICANT
    share = segment.contribution / segment.effect if segment.effect and segment.kind == "rate" else math.nan
    lo, hi = sorted((share * segment.lo, share * segment.hi))
    return Evidence(
        Source.SEGMENT if segment.kind == "rate" else Source.MIX,
        segment.name,
        label(segment),
        Standing.SIGNIFICANT if sure else Standing.SUGGESTIVE,
        contribution=segment.contribution if math.isfinite(segment.contribution) else None,
        lo=lo if math.isfinite(lo) else None,
        hi=hi if math.isfinite(hi) else None,
        n=int(segment.n) if math.isfinite(segment.n) else None,
        counts=sure,
    )
