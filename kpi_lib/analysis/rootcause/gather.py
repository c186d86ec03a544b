"""What an explanation needs of a branch's data: leaves of its missed indicators, and what they are compared with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from kpi_lib.analysis.records import Row
from kpi_lib.analysis.rootcause.cases import Case, explain_case, found_segments
from kpi_lib.analysis.rootcause.reference import AUTO, MONTHS, Reference, ReferenceKind, choose_reference
from kpi_lib.kpi.compute import a_year_back
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.leaves import DAY, Leaves, explained
from kpi_lib.params.baselines import AcceptedBaseline
from kpi_lib.params.periods import Period, parse_period
from kpi_lib.params.policy import KpiPolicy

QUICK = 399
"""Permutations for the period before: its segments are only asked about again."""

Scan = Callable[[Sequence[Kpi], tuple[Period, Period], bool], dict[str, Leaves]]
"""Sorts KPIs between two periods: of the branch, or (True) of the other branches."""


@dataclass(frozen=True)
class Asked:
    """What the analyst asked for.

    Parameters
    ----------
    period
        The period explained.
    reference
        One of :data:`~kpi_lib.analysis.rootcause.reference.CHOICES`.
    accepted
        Accepted baselines of the branch by KPI.
    level
        Confidence level.
    """

    period: Period
    reference: str = AUTO
    accepted: Mapping[str, AcceptedBaseline] | None = None
    level: float = 0.95


def gather(
    rows: Sequence[Row],
    *,
    kpis: Mapping[str, Kpi],
    policies: Mapping[str, KpiPolicy],
    asked: Asked,
    scan: Scan,
    pin: bool = True,
) -> list[Case]:
    """Return the missed indicators with their leaves, references and the segments of the period before.

    Parameters
    ----------
    rows
        Judged rows, as :func:`~kpi_lib.analysis.rootcause.cases.to_explain` returns them.
    kpis, policies
        By key.
    asked
        Period, reference and level.
    scan
        Asks the engine.
    pin
        Explain the period before, too, and ask about its segments again.
    """
    bare = {row["kpi"]: Case(kpis[row["kpi"]], row) for row in rows}
    counted = {key: found for key in bare if (found := counted_as(kpis[key], policies[key])) is not None}
    if not counted:
        return list(bare.values())
    own = scan(list(counted.values()), (_earliest(counted, asked), asked.period), False)
    references = {key: _reference(own[key], key, asked) for key in counted}
    alone = [counted[key] for key, reference in references.items() if reference.kind is ReferenceKind.PEERS]
    others = scan(alone, (asked.period, asked.period), True) if alone else {}
    cases = {key: _case(bare[key], own[key], references[key], others.get(key), asked.period) for key in counted}
    pinned = _last_found(cases, own, asked) if pin else {}
    return [
        replace(cases[key], pinned=pinned.get(key, ())) if key in cases else bare_case
        for key, bare_case in bare.items()
    ]


def counted_as(kpi: Kpi, policy: KpiPolicy) -> Kpi | None:
    """Return the KPI whose leaves explain ``kpi``, None where there is none."""
    return explained(kpi, limit=policy.target if kpi.unit == "hours" else None)


def _earliest(counted: Mapping[str, Kpi], asked: Asked) -> Period:
    """Return the first period any reference may begin with, of this period and of the one before."""
    starts = [asked.period.previous(MONTHS + 1), a_year_back(asked.period)]
    starts += [parse_period(one.first) for key, one in (asked.accepted or {}).items() if key in counted]
    return min(starts, key=lambda period: period.start)


def _reference(leaves: Leaves, key: str, asked: Asked) -> Reference:
    periods = asked.period.last(MONTHS + 1)
    counts = pd.DataFrame({"period": [period.label for period in periods], "denominator": leaves.cases(periods)})
    accepted = (asked.accepted or {}).get(key)
    return choose_reference(counts, period=asked.period, asked=asked.reference, accepted=accepted)


def _case(bare: Case, own: Leaves, reference: Reference, others: Leaves | None, period: Period) -> Case:
    before = own.frame[reference.holds(own.frame[DAY])] if others is None else others.within(period)
    return replace(bare, counted=own, current=own.within(period), before=before, reference=reference)


def _last_found(
    cases: Mapping[str, Case], own: Mapping[str, Leaves], asked: Asked
) -> dict[str, tuple[tuple[tuple[str, str], ...], ...]]:
    """Return the segments found in the period before, each against its own reference."""
    last = replace(asked, period=asked.period.previous())
    earlier = []
    for key, case in cases.items():
        reference = _reference(own[key], key, last)
        if reference.kind is not ReferenceKind.PEERS:
            earlier.append(_case(replace(case, pinned=()), own[key], reference, None, last.period))
    return found_segments([explain_case(case, level=asked.level, resamples=0, permutations=QUICK) for case in earlier])
