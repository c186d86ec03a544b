"""Notebook ``5_survey_sampling``: one branch's next survey planned and drawn, its last one estimated and distrusted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.auditing import AuditPlan, AuditResult, evaluate_audit, plan_audit
from kpi_lib.analysis.sampling.distrust import NonresponseCheck, nonresponse_check
from kpi_lib.analysis.sampling.drawing import draw
from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.estimating import SurveyEstimate, estimate
from kpi_lib.analysis.sampling.frame import SERVED_COLUMNS, served_customers
from kpi_lib.analysis.sampling.matching import as_asked, satisfaction
from kpi_lib.analysis.sampling.planning import Plan, plan_sample
from kpi_lib.analysis.sampling.signs import CHECK_COLUMNS
from kpi_lib.analysis.sampling.statistics import COLUMNS
from kpi_lib.analysis.sampling.strata import JOINT, UNKNOWN, strata_of
from kpi_lib.analysis.sampling.waves import WaveChange, change_between
from kpi_lib.errors import InputError

STRATA = ("kind", "complained")
KIND_ORDER = ("high_value", "new", "old", UNKNOWN)
DOMAINS = ("kind", "complained", "product", "provider", "engineer")
SERVED_DAYS = 90
"""A customer can judge a service of the last three months; older ones are not asked."""
RESPONSE_KNOWN = 30
"""People asked from which the last wave's response is used for planning; one half is supposed before."""


@dataclass(frozen=True, eq=False)
class SurveyTables:
    """Canonical rows of one branch."""

    tickets: pd.DataFrame
    customers: pd.DataFrame
    complaints: pd.DataFrame
    surveys: pd.DataFrame
    audits: pd.DataFrame


@dataclass(frozen=True)
class Span:
    """First moment of a period and the first after it."""

    start: pd.Timestamp
    end: pd.Timestamp
    label: str


@dataclass(frozen=True, eq=False)
class Wave:
    """The survey of one period: who could be asked, who was, and what came of it.

    Parameters
    ----------
    label
        Of the period.
    frame
        Customers whose tickets were resolved in it.
    draw
        Those asked, taken as drawn at random within kind and complaint.
    estimate, check
        None where ``reason`` says why.
    reason
        Empty, or why nothing can be estimated.
    """

    label: str
    frame: pd.DataFrame
    draw: Draw | None
    estimate: SurveyEstimate | None
    check: NonresponseCheck | None
    reason: str


@dataclass(frozen=True, eq=False)
class SurveyRound:
    """Everything the notebook shows.

    Parameters
    ----------
    branch, period
        Key and label.
    frame, overlaps
        Customers who can be asked next, and those several kinds would fit.
    no_customer
        Tickets of the span without a customer number, whose owners cannot be asked.
    plan, draw
        Of the next survey.
    wave, previous, change
        The period's survey, the one before, and the change between them (None without two estimates).
    audit_plan, audit_draw
        Of the period's tickets.
    audits
        What the period's audits say.
    target
        Satisfied share aimed at.
    """

    branch: str
    period: str
    frame: pd.DataFrame
    overlaps: pd.DataFrame
    no_customer: int
    plan: Plan
    draw: Draw
    wave: Wave
    previous: Wave
    change: WaveChange | None
    audit_plan: AuditPlan
    audit_draw: Draw
    audits: AuditResult
    target: float

    @property
    def overall(self) -> Mapping[str, float]:
        """The satisfied share of the period, empty without an estimate."""
        return self.wave.estimate.overall if self.wave.estimate else {}


def survey_round(
    tables: SurveyTables,
    *,
    branch: str,
    span: Span,
    before: Span,
    salt: str,
    target: float,
    rule: str = "both",
    margin: float = 0.05,
    least_per_kind: int = 30,
    reserve: float = 0.2,
    rest_days: int = 90,
    complaint_days: int = 90,
    limit_hours: float = 48.0,
    tolerable: float = 0.10,
    expected: float = 0.02,
    level: float = 0.95,
) -> SurveyRound:
    """Plan and draw the next survey, estimate and distrust the last.

    Parameters
    ----------
    tables
        Rows of the branch.
    span, before
        The period and the one before it.
    salt
        Key of the draws.
    target
        Satisfied share aimed at.
    rule, margin, least_per_kind
        Of :func:`plan_sample`.
    reserve
        Reserve to call, as a share.
    rest_days
        Whoever was asked within so many days is asked again only when others do not suffice.
    complaint_days, limit_hours
        What counts as a recent complaint and as overdue.
    tolerable, expected
        Error rates of the audit plan.
    """
    wave, previous = (
        _wave(tables, each, target=target, level=level, complaint_days=complaint_days, limit_hours=limit_hours)
        for each in (span, before)
    )
    created = tables.tickets["created_at"]
    recent = tables.tickets[(created >= span.end - pd.Timedelta(days=SERVED_DAYS)) & (created < span.end)]
    frame, overlaps = served_customers(
        recent,
        tables.customers,
        tables.complaints,
        as_of=span.end,
        complaint_days=complaint_days,
        limit_hours=limit_hours,
    )
    plan = plan_sample(
        frame,
        rule=rule,
        margin=margin,
        least_per_kind=least_per_kind,
        level=level,
        response=_response(wave),
        share=_share(wave),
        last_wave=len(wave.estimate.answers) if wave.estimate else None,
    )
    asked = tables.surveys["sent_at"]
    lately = tables.surveys[(asked >= span.end - pd.Timedelta(days=rest_days)) & (asked < span.end)]
    carried = ["kind", "complained", "phone", "ticket_id", "engineer", "product"]
    made = draw(
        frame,
        by=list(STRATA),
        n={key: n for key, n in plan.n_by_stratum().items() if n},
        salt=salt,
        reserve=reserve,
        rested=set(lately["customer_id"].dropna().astype(str)),
        carry=carried,
    )
    tickets = _resolved(tables.tickets, span)
    audit_plan = plan_audit(len(tickets), tolerable=tolerable, expected=expected, level=level)
    audit_draw = draw(
        tickets,
        n=audit_plan.n,
        salt=f"{salt} audit",
        id_column="ticket_id",
        carry=["engineer", "product", "resolved_at"],
    )
    audited = tables.audits[tables.audits["ticket_id"].isin(set(tickets["ticket_id"]))]
    return SurveyRound(
        branch=branch,
        period=span.label,
        frame=frame,
        overlaps=overlaps,
        no_customer=int(recent["customer_id"].isna().sum()),
        plan=plan,
        draw=made,
        wave=wave,
        previous=previous,
        change=change_between(wave.estimate, previous.estimate, level=level)
        if wave.estimate and previous.estimate
        else None,
        audit_plan=audit_plan,
        audit_draw=audit_draw,
        audits=evaluate_audit(audited, len(tickets), tolerable=tolerable, level=level),
        target=target,
    )


def _resolved(tickets: pd.DataFrame, span: Span) -> pd.DataFrame:
    inside = (tickets["resolved_at"] >= span.start) & (tickets["resolved_at"] < span.end)
    return tickets[inside].drop_duplicates("ticket_id").reset_index(drop=True)


def _wave(
    tables: SurveyTables, span: Span, *, target: float, level: float, complaint_days: int, limit_hours: float
) -> Wave:
    tickets = _resolved(tables.tickets, span)
    frame, _ = served_customers(
        tickets,
        tables.customers,
        tables.complaints,
        as_of=span.end,
        complaint_days=complaint_days,
        limit_hours=limit_hours,
        complainers=False,
    )
    surveys = tables.surveys[tables.surveys["ticket_id"].isin(set(tickets["ticket_id"]))]
    asked = frame["customer_id"].isin(set(surveys["customer_id"].dropna()))
    if not asked.any():
        return Wave(span.label, frame, None, None, None, "nobody_asked")
    made = as_asked(frame, asked, by=list(STRATA))
    answers = surveys[surveys["answered_at"].notna() & surveys["customer_id"].isin(set(frame["customer_id"]))]
    values = satisfaction(answers)
    answers = answers.assign(score=values["score"])[values["satisfied"].notna()]
    if answers.empty:
        return Wave(span.label, frame, made, None, None, "nobody_answered")
    columns = ["customer_id", "answered_at", "score", "grade", "resolved_at_once"]
    try:
        found = estimate(
            answers[[name for name in columns if name in answers]],
            made,
            by=DOMAINS,
            answered_at="answered_at",
            collapse=neighbours(made),
            classes=("overdue", "complained"),
            margins={name: _margin(frame[name]) for name in ("kind", "overdue", "complained")},
            cap=5.0,
            level=level,
        )
    except InputError:
        return Wave(span.label, frame, made, None, None, "too_few")
    drawn = found.matched.table
    check = nonresponse_check(
        drawn.assign(satisfied=satisfaction(drawn)["satisfied"].where(drawn["answered"])),
        linked=SERVED_COLUMNS,
        known=("kind", "product"),
        target=target,
        frame=frame.assign(stratum=strata_of(frame, STRATA).of_rows(frame.index)),
        contradictions={"resolved_at_once": "reopened"},
    )
    return Wave(span.label, frame, made, found, check, "")


def _margin(values: pd.Series) -> dict[object, float]:
    counts = values.astype(object).where(values.notna(), "unknown").astype(str).value_counts()
    return {str(level): float(n) for level, n in counts.items()}


def neighbours(made: Draw) -> dict[str, str]:
    """Declare what a thin stratum is joined to: complainers to the others of their kind, a kind to the next one."""
    present = [str(name) for name in made.strata["stratum"]]
    ordered = [f"{kind}{JOINT}{complained}" for kind in KIND_ORDER[::-1] for complained in ("yes", "no")]
    # From the most valuable kind down and back up, so that every stratum has somewhere to go.
    chain = [name for name in ordered[::-1] if name in present]
    found = {}
    for place, name in enumerate(chain):
        kind = name.split(JOINT)[0]
        own = f"{kind}{JOINT}no"
        if name != own and own in present:
            found[name] = own
        elif len(chain) > 1:
            others = [other for other in chain if not other.startswith(f"{kind}{JOINT}")]
            later = [other for other in others if chain.index(other) > place]
            target = next(iter(later or others[::-1] or [other for other in chain if other != name]))
            found[name] = target
    return found


def _response(wave: Wave) -> float:
    if wave.check is None or wave.draw is None or len(wave.draw.table) < RESPONSE_KNOWN:
        return 0.5
    return float(np.clip(wave.check.response, 0.05, 1.0))


def _share(wave: Wave) -> float:
    """Return the share to plan for, kept away from 0 and 1 where a few answers would promise a precise survey."""
    overall = wave.estimate.overall if wave.estimate else {}
    return float(np.clip(overall.get("value", 0.8), 0.5, 0.9))


@dataclass(frozen=True, eq=False)
class Results:
    """The round's tidy results, as they lie beside the page.

    Parameters
    ----------
    plan, draw, estimates, nonresponse, audit
        Frames of ``plan.csv``, ``draw.csv`` (without phone numbers), ``estimates.csv``, ``nonresponse.csv``,
        ``audit.csv``.
    sheet
        Text of ``sheet.json``.
    summary
        Of ``summary.json``.
    """

    plan: pd.DataFrame
    draw: pd.DataFrame
    estimates: pd.DataFrame
    nonresponse: pd.DataFrame
    audit: pd.DataFrame
    sheet: str
    summary: dict[str, object]


def results(made: SurveyRound) -> Results:
    """Return what the notebook writes."""
    wave = made.wave
    overall = made.overall
    return Results(
        plan=made.plan.table,
        draw=made.draw.table.drop(columns="phone"),
        estimates=wave.estimate.table if wave.estimate else pd.DataFrame(columns=list(COLUMNS)),
        nonresponse=wave.check.checks if wave.check else pd.DataFrame(columns=list(CHECK_COLUMNS)),
        audit=made.audits.table,
        sheet=made.draw.to_json(),
        summary={
            "branch": made.branch,
            "period": made.period,
            "satisfied_rate": overall.get("value"),
            "lo": overall.get("lo"),
            "hi": overall.get("hi"),
            "n": int(overall["n"]) if overall else 0,
            "flag": overall.get("flag"),
            "light": str(wave.check.light) if wave.check else None,
            "signs": [str(sign) for sign in wave.check.signs] if wave.check else [],
            "reason": wave.reason,
            "change": made.change.value if made.change else None,
            "change_clear": made.change.clear if made.change else None,
            "invited": made.plan.invited,
            "margin": made.plan.whole["margin"],
        },
    )
