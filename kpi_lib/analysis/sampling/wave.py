"""One period's survey: who could be asked, who was, what they said and whether to believe it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.distrust import NonresponseCheck, nonresponse_check
from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.estimating import SurveyEstimate, estimate
from kpi_lib.analysis.sampling.frame import SERVED_COLUMNS, served_customers
from kpi_lib.analysis.sampling.matching import satisfaction
from kpi_lib.analysis.sampling.strata import JOINT, UNKNOWN, strata_of
from kpi_lib.analysis.sampling.undrawn import as_asked
from kpi_lib.errors import InputError

STRATA = ("kind", "complained")
KIND_ORDER = ("high_value", "new", "old", UNKNOWN)
LEAST_HISTORY = 100
"""Earlier answers from which on they tell what a reason to complain counts."""
DOMAINS = ("kind", "complained", "product", "provider", "engineer")


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


def resolved_in(tickets: pd.DataFrame, span: Span) -> pd.DataFrame:
    """Return the tickets resolved in a span, each once."""
    inside = (tickets["resolved_at"] >= span.start) & (tickets["resolved_at"] < span.end)
    return tickets[inside].drop_duplicates("ticket_id").reset_index(drop=True)


def _served(
    tables: SurveyTables, span: Span, *, complaint_days: int, limit_hours: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tickets resolved in a span and their customers, with what was known of each at the resolution."""
    tickets = resolved_in(tables.tickets, span)
    frame, _ = served_customers(
        tickets,
        tables.customers,
        tables.complaints,
        as_of=span.end,
        complaint_days=complaint_days,
        limit_hours=limit_hours,
        complainers=False,
        known_at="resolved",
    )
    return tickets, frame


def wave_of(
    tables: SurveyTables, span: Span, *, target: float, level: float, complaint_days: int, limit_hours: float
) -> Wave:
    """Return the survey of a span: customers whose tickets were resolved in it, each drawn at the resolution.

    Parameters
    ----------
    tables
        Customers, tickets, complaints and surveys of the branch.
    span
        First moment, end and label.
    target
        Satisfied share the branch is held to.
    level
        Confidence of the intervals.
    complaint_days
        Days before the resolution in which a complaint counts as recent.
    limit_hours
        Hours after which a ticket is overdue.

    Returns
    -------
    Wave
        Without draw, estimate and check where nobody was asked or nobody answered; ``reason`` says which.
    """
    tickets, frame = _served(tables, span, complaint_days=complaint_days, limit_hours=limit_hours)
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
    importance = importance_of(tables, span, complaint_days=complaint_days, limit_hours=limit_hours)
    check = _check(found.matched.table, frame, surveys, importance, target=target)
    return Wave(span.label, frame, made, found, check, "")


def importance_of(
    tables: SurveyTables, span: Span, *, complaint_days: int, limit_hours: float
) -> dict[str, float] | None:
    """Return what each reason to complain added to the chance of dissatisfaction in the year before a span.

    A linear regression of dissatisfied answers on the reasons, none counted below 0; None with too few answers. The
    span's own answers have no part in it, so that it cannot make their test.
    """
    year = Span(span.start - pd.DateOffset(years=1), span.start, "")
    tickets, frame = _served(tables, year, complaint_days=complaint_days, limit_hours=limit_hours)
    answers = tables.surveys[tables.surveys["ticket_id"].isin(set(tickets["ticket_id"]))]
    answers = answers.sort_values(["sent_at", "survey_id"]).assign(satisfied=satisfaction(answers)["satisfied"])
    heard = answers.dropna(subset=["satisfied", "customer_id"]).drop_duplicates("customer_id")
    known = frame.merge(heard[["customer_id", "satisfied"]], on="customer_id")
    if len(known) < LEAST_HISTORY:
        return None
    reasons = known[list(SERVED_COLUMNS)].to_numpy(float)
    fit, *_ = np.linalg.lstsq(np.column_stack([np.ones(len(known)), reasons]), 1 - known["satisfied"], rcond=None)
    importance = {name: max(float(size), 0.0) for name, size in zip(SERVED_COLUMNS, fit[1:], strict=True)}
    return importance if any(importance.values()) else None


def _check(
    drawn: pd.DataFrame,
    frame: pd.DataFrame,
    surveys: pd.DataFrame,
    importance: dict[str, float] | None,
    *,
    target: float,
) -> NonresponseCheck:
    work = contacts(surveys, drawn["id"])
    rows = drawn.assign(
        satisfied=satisfaction(drawn)["satisfied"].where(drawn["answered"]),
        attempts=work["attempts"].where(drawn["answered"]),
        called=work["called"],
        place=work["sent_at"].groupby(drawn["stratum"]).rank(method="first"),
    )
    return nonresponse_check(
        rows,
        linked=SERVED_COLUMNS,
        importance=importance,
        known=("kind", "product"),
        wave="attempts" if rows["attempts"].notna().any() else None,
        target=target,
        frame=frame.assign(stratum=strata_of(frame, STRATA).of_rows(frame.index)),
        order="place",
        contacted="called" if rows["called"].notna().any() else None,
        agent="engineer",
        contradictions={"resolved_at_once": "reopened"},
    )


def contacts(surveys: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """Return ``sent_at, attempts, called`` of each person's first survey, in the order of ``ids``.

    ``called`` says of call-backs whether anybody tried (attempts are recorded and above 0); other channels reach
    everybody and have none.
    """
    first = surveys.sort_values(["sent_at", "survey_id"]).drop_duplicates("customer_id").set_index("customer_id")
    own = first.reindex(ids)[["sent_at", "attempts", "channel"]].set_axis(ids.index)
    attempts = own["attempts"].astype(float)
    called = (attempts > 0).astype(object).where((own["channel"] == "call_back") & attempts.notna(), None)
    return pd.DataFrame({"sent_at": own["sent_at"], "attempts": attempts, "called": called})


def _margin(values: pd.Series) -> dict[object, float]:
    counts = values.astype(object).where(values.notna(), UNKNOWN).value_counts()
    return {level: float(n) for level, n in counts.items()}


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
