"""Notebook ``5_survey_sampling``: one branch's next survey planned and drawn, its last one estimated and distrusted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.auditing import AuditPlan, AuditResult, evaluate_audit, plan_audit
from kpi_lib.analysis.sampling.drawing import draw
from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.frame import served_customers
from kpi_lib.analysis.sampling.planning import Plan, plan_sample
from kpi_lib.analysis.sampling.wave import STRATA, Span, SurveyTables, Wave, resolved_in, wave_of
from kpi_lib.analysis.sampling.waves import WaveChange, change_between
from kpi_lib.analysis.strict_json import strict_json

SERVED_DAYS = 90
"""A customer can judge a service of the last three months; older ones are not asked."""
RESPONSE_KNOWN = 30
"""People asked from which the last wave's response is used for planning; one half is supposed before."""


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

    def to_json(self) -> str:
        """Return plan, draw, estimate, check, change and audit as JSON; no names, numbers or phones but the ids."""
        made, check = self.wave.estimate, self.wave.check
        parts = {
            "plan": self.plan.to_json(),
            "draw": self.draw.to_json(),
            "estimate": made.to_json() if made else "null",
            "nonresponse": check.to_json() if check else "null",
            "change": self.change.to_json() if self.change else "null",
            "audit_plan": self.audit_plan.to_json(),
            "audit_draw": self.audit_draw.to_json(),
            "audit": self.audits.to_json(),
        }
        about = {"branch": self.branch, "period": self.period, "target": self.target}
        return strict_json({**about, **{name: json.loads(text) for name, text in parts.items()}})


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
        wave_of(tables, each, target=target, level=level, complaint_days=complaint_days, limit_hours=limit_hours)
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
    tickets = resolved_in(tables.tickets, span)
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


def _response(wave: Wave) -> float:
    if wave.check is None or wave.draw is None or len(wave.draw.table) < RESPONSE_KNOWN:
        return 0.5
    return float(np.clip(wave.check.response, 0.05, 1.0))


def _share(wave: Wave) -> float:
    """Return the share to plan for, kept away from 0 and 1 where a few answers would promise a precise survey."""
    overall = wave.estimate.overall if wave.estimate else {}
    return float(np.clip(overall.get("value", 0.8), 0.5, 0.9))
