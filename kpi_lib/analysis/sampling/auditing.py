"""Audits: the draw's size within 10 to 20 %, and what the audited tickets say of all of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.strict_json import strict_json
from kpi_lib.stats.sampling.audit import agreement, audit_band, audit_size, upper_limit

QUESTIONS = ("record_true", "classification_right", "process_compliant")
"""What both inspectors judge; the second one's column ends in ``_2``."""


@dataclass(frozen=True)
class AuditPlan:
    """How many tickets to audit.

    Parameters
    ----------
    tickets
        In the period.
    least, most
        The band of the rule.
    n
        To audit: the smallest size in the band that can show what is wanted, else the largest of the band.
    needed
        Smallest size that can show it, band or not; None where even all would not do.
    empty_band
        Fewer than five tickets: no whole number lies between a tenth and a fifth.
    tolerable, expected, level
        Error rates too high and looked for, confidence.
    supported
        Upper limit that ``n`` can show if only the expected errors are found.
    """

    tickets: int
    least: int
    most: int
    n: int
    needed: int | None
    empty_band: bool
    tolerable: float
    expected: float
    level: float
    supported: float

    def to_json(self) -> str:
        """Return the plan as JSON."""
        return strict_json(self)


def plan_audit(tickets: int, *, tolerable: float = 0.10, expected: float = 0.02, level: float = 0.95) -> AuditPlan:
    """Choose the audit's size within 10 to 20 % of the tickets by an attribute plan (hypergeometric).

    Parameters
    ----------
    tickets
        In the period.
    tolerable, expected
        Error rates: the largest that may pass, and the one expected.
    level
        Confidence that a rate above the tolerable one is seen.
    """
    least, most = audit_band(tickets)
    needed = audit_size(tolerable, expected=expected, level=level, population=tickets) if tickets else None
    n = most if needed is None else int(np.clip(needed, least, most))
    errors = math.ceil(round(expected * n, 9))
    supported = upper_limit(min(errors, n), n, tickets, level=level) if n else math.nan
    return AuditPlan(tickets, least, most, n, needed, 0 < tickets < 5, tolerable, expected, level, supported)


def audit_upper_limit(errors: int, n: int, population: int | None = None, *, level: float = 0.95) -> float:
    """Return the one-sided upper limit of the error rate (hypergeometric, or binomial without a population).

    Parameters
    ----------
    errors, n
        Tickets with an error, of those audited.
    population
        Tickets they were drawn from.
    level
        One-sided confidence.
    """
    return upper_limit(errors, n, math.inf if population is None else population, level=level)


@dataclass(frozen=True, eq=False)
class AuditResult:
    """What the audits of a period say.

    Parameters
    ----------
    table
        One row per question: ``question, population, n, errors`` (adjudicated), ``rate, upper`` (one-sided limit),
        ``disputed`` (inspectors differ and nobody decided: counted as errors), ``n_both, agreement, kappa, kappa_se,
        ac1, pabak, accepted`` (whether the limit is below the tolerable rate), ``next_n``.
    tolerable, level
        As judged.
    alone
        Audited tickets that only one inspector signed.
    same
        Audited tickets signed twice by the same person.
    """

    table: pd.DataFrame
    tolerable: float
    level: float
    alone: int
    same: int

    def to_json(self) -> str:
        """Return the result as JSON."""
        return strict_json(self)


def evaluate_audit(
    audits: pd.DataFrame,
    population: int,
    *,
    questions: Sequence[str] = QUESTIONS,
    tolerable: float = 0.10,
    level: float = 0.95,
) -> AuditResult:
    """Judge the audited tickets.

    Parameters
    ----------
    audits
        Canonical rows of the period, one per ticket; ``<question>_final`` holds the adjudicated answer where there is
        one.
    population
        Tickets of the period they stand for.
    """
    rows = [
        _judge(audits, question, population, tolerable, level) for question in questions if question in audits.columns
    ]
    first, second = (
        audits[name] if name in audits else pd.Series(dtype=str) for name in ("inspector_1", "inspector_2")
    )
    alone = int((first.isna() | second.isna()).sum())
    return AuditResult(pd.DataFrame(rows), tolerable, level, alone, int((first.notna() & (first == second)).sum()))


def _judge(audits: pd.DataFrame, question: str, population: int, tolerable: float, level: float) -> dict[str, object]:
    one = _answers(audits, question)
    two = _answers(audits, f"{question}_2")
    final = _answers(audits, f"{question}_final")
    both = ~np.isnan(one) & ~np.isnan(two)
    disputed = both & (one != two) & np.isnan(final)
    verdict = np.where(~np.isnan(final), final, np.where(disputed, 0.0, np.where(np.isnan(one), two, one)))
    n = int((~np.isnan(verdict)).sum())
    errors = int((verdict == 0).sum())
    counts = np.array([[np.sum(both & (one == a) & (two == b)) for b in (1, 0)] for a in (1, 0)], dtype=float)
    found = agreement(counts)
    size = max(population, n)
    upper = upper_limit(errors, n, size, level=level)
    expected = min(errors / n if n else 0.0, 0.9 * tolerable)
    return {
        "question": question,
        "population": size,
        "n": n,
        "errors": errors,
        "rate": errors / n if n else math.nan,
        "upper": upper if n else math.nan,
        "disputed": int(disputed.sum()),
        "n_both": found.n,
        "agreement": found.observed,
        "kappa": found.kappa,
        "kappa_se": found.kappa_se,
        "ac1": found.ac1,
        "pabak": found.pabak,
        "accepted": bool(n and upper <= tolerable),
        "next_n": plan_audit(size, tolerable=tolerable, expected=expected, level=level).n,
    }


def _answers(audits: pd.DataFrame, column: str) -> np.ndarray:
    if column not in audits:
        return np.full(len(audits), np.nan)
    return audits[column].astype(object).map({True: 1.0, False: 0.0}).to_numpy(float)
