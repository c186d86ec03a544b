"""Notebook ``4_root_cause``: a branch's missed indicators, where they lost, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from kpi_lib.analysis.fishbone import Fishbone, build_fishbone
from kpi_lib.analysis.rootcause.cases import Case, Cause, explain_case
from kpi_lib.analysis.rootcause.evidence import Beside, evidence_for, looked_at
from kpi_lib.analysis.rootcause.gather import QUICK
from kpi_lib.analysis.rootcause.plan import Problem, problems
from kpi_lib.analysis.rootcause.result import COLUMNS as SEGMENT_COLUMNS
from kpi_lib.analysis.rootcause.what_if import Fetch, what_if
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.params.fishbone import FishboneFile

GAP_COLUMNS = (
    "kpi", "period", "status", "missed", "value", "value_lo", "value_hi", "baseline", "target", "weight", "counted",
    "reference_kind", "reference", "reference_reason", "before", "now", "difference", "lo", "hi", "n_before", "n",
    "worse", "mix", "mix_lo", "mix_hi", "segments", "broad", "rest", "detectable", "verdict", "why_not", "searched",
)  # fmt: skip
"""Of :attr:`RootCauses.gaps`."""


@dataclass(frozen=True)
class Grouped:
    """Indicators as a reader meets them.

    Parameters
    ----------
    own
        With a paragraph of their own: the weighted ones that are missed, and all that lost points where nothing above
        them did.
    also
        Outside the composite, and hit by segments named above.
    others
        Missed, outside the composite, without a loss that could be placed.
    """

    own: tuple[Cause, ...]
    also: tuple[Cause, ...]
    others: tuple[Cause, ...]


@dataclass(frozen=True, eq=False)
class RootCauses:
    """A branch and period explained.

    Parameters
    ----------
    card
        The judged indicators.
    causes
        Indicators looked into, each with its explanation or the reason why there is none: the weighted ones, and those
        that miss their target beyond chance.
    fishbones
        By indicator, of those explained.
    beside
        Signals, stages, comments and what else was measured.
    problems
        What is worth a measure.
    what_if
        What a segment's return would bring.
    """

    card: Scorecard
    causes: tuple[Cause, ...]
    fishbones: Mapping[str, Fishbone]
    beside: Beside
    problems: tuple[Problem, ...]
    what_if: pd.DataFrame

    @property
    def missed(self) -> tuple[Cause, ...]:
        """Return the indicators that miss their target."""
        return tuple(cause for cause in self.causes if cause.missed)

    @property
    def grouped(self) -> Grouped:
        """Return the indicators as a reader meets them."""
        own: list[Cause] = []
        also: list[Cause] = []
        named: set[str] = set()
        for cause in self.causes:
            worse = {segment.name for segment in cause.worse}
            if cause.case.row["policy_weight"] == 0 and worse and worse <= named:
                also.append(cause)
            elif cause.fell or (cause.missed and cause.case.row["policy_weight"] > 0):
                own.append(cause)
                named |= worse
        others = (cause for cause in self.causes if cause.missed and cause not in (*own, *also))
        return Grouped(tuple(own), tuple(also), tuple(others))

    @property
    def gaps(self) -> pd.DataFrame:
        """Return one row per indicator looked into: the change, its parts and the verdict."""
        return pd.DataFrame([_gap_row(cause) for cause in self.causes], columns=list(GAP_COLUMNS))

    @property
    def segments(self) -> pd.DataFrame:
        """Return one row per indicator and segment."""
        frames = [
            cause.explanation.table.assign(kpi=cause.kpi.key) for cause in self.causes if cause.explanation is not None
        ]
        columns = ["kpi", *SEGMENT_COLUMNS]
        filled = [frame for frame in frames if len(frame)]
        return pd.concat(filled, ignore_index=True)[columns] if filled else pd.DataFrame(columns=columns)


def root_causes(
    cases: Sequence[Case],
    *,
    card: Scorecard,
    beside: Beside,
    spec: FishboneFile,
    as_of: date,
    resamples: int = 100,
    fetch: Fetch | None = None,
) -> RootCauses:
    """Explain a branch's missed indicators.

    Parameters
    ----------
    cases
        The missed indicators with their leaves and references.
    card
        The branch's scorecard.
    beside
        What else is known of the branch and period.
    spec
        ``params/fishbone.yml``.
    as_of
        Date of the data.
    resamples
        Resamples behind intervals and stability of the segments.
    fetch
        As for :func:`kpi_lib.analysis.rootcause.what_if.what_if`.
    """
    causes = tuple(
        explain_case(case, level=card.terms.level, resamples=resamples, permutations=_permutations(case))
        for case in cases
    )
    fishbones = {
        cause.kpi.key: build_fishbone(
            spec,
            kpi=cause.kpi.key,
            name=cause.counted.name,
            unit=cause.counted.unit,
            gap=cause.explanation.gap,
            evidence=evidence_for(cause, beside),
            looked_at=looked_at(cause, beside),
        )
        for cause in causes
        if cause.explanation is not None
    }
    return RootCauses(
        card=card,
        causes=causes,
        fishbones=fishbones,
        beside=beside,
        problems=problems(causes, beside.signals, beside.stages, as_of=as_of),
        what_if=what_if(causes, card=card, fetch=fetch),
    )


def _permutations(case: Case) -> int:
    """Return how many permutations an indicator is worth: what is outside the composite gets a coarser p."""
    return 999 if case.row["policy_weight"] > 0 else QUICK


def _gap_row(cause: Cause) -> dict[str, object]:
    row, reference, found = cause.case.row, cause.case.reference, cause.explanation
    known: dict[str, object] = {
        "kpi": cause.kpi.key, "period": row["period"], "status": row["status"], "missed": cause.missed,
        "value": row["value"],
        "value_lo": row["lo"], "value_hi": row["hi"], "baseline": row["baseline"], "target": row["target"],
        "weight": row["policy_weight"], "why_not": "" if cause.why_not is None else cause.why_not.value,
        "counted": "" if cause.case.counted is None else cause.case.counted.kpi.name.en, "verdict": "",
    }  # fmt: skip
    if reference is not None:
        known |= {
            "reference_kind": reference.kind.value, "reference": reference.label,
            "reference_reason": reference.reason.value,
        }  # fmt: skip
    if found is None:
        return {**dict.fromkeys(GAP_COLUMNS, np.nan), **known}
    gap = found.gap
    return {
        **known, "before": gap.reference, "now": gap.current, "difference": gap.difference, "lo": gap.lo, "hi": gap.hi,
        "n_before": gap.n_reference, "n": gap.n_current, "worse": gap.worse, "mix": found.mix.total,
        "mix_lo": found.mix.lo, "mix_hi": found.mix.hi,
        "segments": sum(segment.contribution for segment in found.found), "broad": found.broad.contribution,
        "rest": found.rest, "detectable": found.detectable, "verdict": found.verdict.value, "searched": found.searched,
    }  # fmt: skip
