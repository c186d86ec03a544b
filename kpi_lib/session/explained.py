"""What the causes behind a branch's misses are looked for in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.analysis.rootcause.branch import root_causes as root_causes_of
from kpi_lib.analysis.rootcause.cases import Cause, Dims, to_explain
from kpi_lib.analysis.rootcause.durations import SegmentDurations
from kpi_lib.analysis.rootcause.gather import Asked, counted_as, gather
from kpi_lib.analysis.rootcause.reference import MONTHS, ReferenceKind, checked_choice, choose_reference
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.dimensions import checked_dimensions
from kpi_lib.kpi.leaves import Leaves, leaves
from kpi_lib.kpi.segment_durations import segment_durations
from kpi_lib.params import Period
from kpi_lib.params.baselines import AcceptedBaseline
from kpi_lib.session.beside import beside

if TYPE_CHECKING:
    from kpi_lib.session.session import Session


def root_causes(session: Session, reference: str, dimensions: str) -> RootCauses:
    """Explain the missed indicators of the period."""
    card, terms = session.scorecard(), session.terms
    asked = Asked(session.period, checked_choice(reference), _accepted(session), terms.level)
    cases = gather(
        to_explain(card.indicators),
        kpis=session.kpis,
        policies=terms.policies,
        asked=asked,
        scan=partial(leaves_of, session, dimensions=checked_dimensions(dimensions)),
    )
    return root_causes_of(
        cases,
        card=card,
        beside=beside(session),
        spec=session.project.fishbone,
        as_of=session.store.as_of.date(),
        fetch=partial(durations_of, session),
    )


def reads_others(session: Session, reference: str) -> bool:
    """Return whether the search may read rows of other branches: where they are asked for, or history is too short."""
    accepted, policies = _accepted(session), session.terms.policies
    history = session.indicators(periods=session.period.last(MONTHS + 1)).assign(denominator=lambda frame: frame["n"])
    looked = {
        str(key): rows
        for key, rows in history.groupby("kpi")
        if rows["n"].iloc[-1] > 0 and counted_as(session.kpis[str(key)], policies[str(key)]) is not None
    }
    chosen = (
        choose_reference(rows, period=session.period, asked=reference, accepted=accepted.get(key))
        for key, rows in looked.items()
    )
    return any(one.kind is ReferenceKind.PEERS for one in chosen)


def _accepted(session: Session) -> dict[str, AcceptedBaseline]:
    accepted = session.in_force
    found = {key: accepted.of(session.branch, key) for key in session.kpis} if accepted else {}
    return {key: baseline for key, baseline in found.items() if baseline is not None}


def leaves_of(
    session: Session,
    kpis: Sequence[Kpi],
    span: tuple[Period, Period],
    others: bool = False,
    *,
    dimensions: tuple[str, ...] | None = None,
) -> dict[str, Leaves]:
    """Sort KPIs by dimensions and day; parameters as of :func:`kpi_lib.kpi.leaves.leaves`.

    Parameters
    ----------
    kpis
        What is sorted.
    span
        First and last period.
    others
        Of all other branches instead of this one.
    dimensions
        Keys; None for the first eight the data have.
    """
    tables = _tables(session, others)
    return leaves(
        tables,
        kpis,
        span=span,
        as_of=session.store.as_of,
        available=session.store.available,
        dimensions=dimensions,
        clock=session.clock,
        coverage=session.store.coverage,
    )


def _tables(session: Session, others: bool) -> dict[str, Any]:
    """Return the rows of this branch, or of all others."""
    tables = session.tables()
    if not others:
        return tables
    whole = {name: session.store.table(name) for name in tables}
    return {name: rows.filter(rows.branch != session.branch) for name, rows in whole.items()}


def durations_of(session: Session, cause: Cause, segments: Sequence[Dims]) -> SegmentDurations:
    """Look up how long the cases of some segments took, now and in the reference, and all others now."""
    reference = cause.case.reference
    assert reference is not None
    look = partial(
        segment_durations, kpi=cause.kpi, segments=segments, as_of=session.store.as_of, clock=session.clock,
        coverage=session.store.coverage,
    )  # fmt: skip
    now = look(_tables(session, others=False), first=session.period, last=session.period)
    before = look(
        _tables(session, others=reference.kind is ReferenceKind.PEERS),
        first=reference.first,
        last=reference.last,
        left_out=reference.left_out,
    )
    return SegmentDurations(inside=now[True], outside=now[False], before=before[True])
