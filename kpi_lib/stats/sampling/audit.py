"""Audits: how many tickets to check, what their errors say of all, and whether the two inspectors agree."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.sampling.size import ceil

_SLACK = 1e-9


def audit_band(tickets: int, *, lowest: float = 0.10, highest: float = 0.20) -> tuple[int, int]:
    """Return the least and most tickets to audit; where no whole number lies between, the least twice.

    With the defaults: at least a tenth rounded up, at most a fifth rounded down (7 tickets: 1 to 1, 30: 3 to 6).
    """
    least = ceil(tickets * lowest)
    return least, max(least, math.floor(round(tickets * highest, 9)))


def audit_size(
    tolerable: float,
    *,
    expected: float = 0.0,
    acceptable: int | None = None,
    level: float = 0.95,
    population: float = math.inf,
) -> int | None:
    """Return the smallest audit that can show an error rate below the tolerable one.

    Parameters
    ----------
    tolerable, expected
        Error rate that would be too high, and the one looked for; ``ceil(expected n)`` errors are accepted.
    acceptable
        Errors accepted, instead of ``expected``.
    level
        Confidence.
    population
        Tickets; ``inf`` uses the binomial.

    Returns
    -------
    int or None
        None where even all tickets would not do.

    References
    ----------
    AICPA (2019), Audit Guide: Audit Sampling, appendix A; GAO (2018), Financial Audit Manual, fig. 450.1.
    """
    most = 100_000 if math.isinf(population) else int(population)
    n = np.arange(1, most + 1)
    errors = np.ceil(np.round(expected * n, 9)) if acceptable is None else np.full(n.shape, acceptable)
    if math.isinf(population):
        passing = stats.binom.cdf(errors, n, tolerable)
    else:
        passing = stats.hypergeom.cdf(errors, most, ceil(tolerable * most), n)
    shown = np.flatnonzero((errors < n) & (passing <= 1 - level + _SLACK))
    return int(n[shown[0]]) if shown.size else None


def upper_limit(errors: int, n: int, population: float = math.inf, *, level: float = 0.95) -> float:
    """Return the one-sided upper limit of the error rate; 1 where nothing was audited.

    With a finite population the largest ``K / N`` under which as few errors as found have a chance above
    ``1 - level`` (hypergeometric); else Clopper and Pearson's limit.
    """
    if n == 0:
        return 1.0
    if math.isinf(population):
        return 1.0 if errors >= n else float(stats.beta.ppf(level, errors + 1, n - errors))
    size = int(population)
    wrong = np.arange(errors, size - (n - errors) + 1)
    possible = stats.hypergeom.cdf(errors, size, wrong, n) > 1 - level + _SLACK
    return float(wrong[possible].max() / size)


@dataclass(frozen=True)
class Agreement:
    """How far two inspectors agree beyond chance.

    Parameters
    ----------
    n
        Cases both judged.
    observed
        Share judged alike.
    kappa, kappa_se
        Cohen's kappa and its large-sample standard error; ``nan`` where both gave one answer throughout.
    ac1
        Gwet's coefficient, which does not collapse when one answer is rare.
    pabak
        Prevalence- and bias-adjusted kappa (Bennett's S).
    """

    n: int
    observed: float
    kappa: float
    kappa_se: float
    ac1: float
    pabak: float


def agreement(table: Floats, *, weights: Floats | None = None) -> Agreement:
    """Return the agreement of a square table of counts, one inspector in rows, the other in columns.

    Parameters
    ----------
    weights
        Credit of each pair of answers, 1 on the diagonal; only kappa uses them. Identity where absent.

    References
    ----------
    Cohen (1960, 1968); Fleiss, Cohen and Everitt (1969), Psychol. Bull. 72:323; Gwet (2008), Br. J. Math. Stat.
    Psychol. 61:29; Byrt, Bishop and Carlin (1993), J. Clin. Epidemiol. 46:423.
    """
    counts = np.asarray(table, dtype=float)
    n, k = counts.sum(), len(counts)
    if n == 0:
        return Agreement(0, math.nan, math.nan, math.nan, math.nan, math.nan)
    p = counts / n
    credit = np.eye(k) if weights is None else np.asarray(weights, dtype=float)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    observed = float(np.trace(p))
    kappa, se = _kappa(p, credit, rows, columns, n)
    prevalence = (rows + columns) / 2
    chance = float((prevalence * (1 - prevalence)).sum() / (k - 1))
    return Agreement(int(n), observed, kappa, se, (observed - chance) / (1 - chance), (k * observed - 1) / (k - 1))


def _kappa(p: Floats, credit: Floats, rows: Floats, columns: Floats, n: float) -> tuple[float, float]:
    seen, chance = float((credit * p).sum()), float((credit * np.outer(rows, columns)).sum())
    if chance >= 1:
        return math.nan, math.nan
    kappa = (seen - chance) / (1 - chance)
    margins = (credit @ columns)[:, None] + (rows @ credit)[None, :]
    inner = float((p * (credit - margins * (1 - kappa)) ** 2).sum())
    variance = (inner - (kappa - chance * (1 - kappa)) ** 2) / (n * (1 - chance) ** 2)
    return kappa, math.sqrt(max(variance, 0.0))


def linear_weights(k: int) -> Floats:
    """Return credits that fall evenly with the distance of two answers on a scale of ``k``."""
    places = np.arange(k)
    credit: Floats = 1 - np.abs(places[:, None] - places[None, :]) / (k - 1)
    return credit
