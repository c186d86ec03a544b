"""How many to ask: sizes for a share, a mean or a difference, kept unrounded until the last step."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from scipy import optimize, stats


class ShareSize(StrEnum):
    """Interval a sample size for a share is meant for."""

    WALD = "wald"
    WILSON = "wilson"
    LOG_ODDS = "log_odds"


def _z(level: float) -> float:
    return float(stats.norm.isf((1 - level) / 2))


def size_for_share(share: float, margin: float, *, level: float = 0.95, method: ShareSize = ShareSize.WALD) -> float:
    """Return the simple random sample size whose interval of a share is ``±margin``, from an endless population.

    Parameters
    ----------
    share
        Expected share.
    margin
        Half the length of the interval.
    method
        ``wald`` (Cochran 1977, eq. 4.1), ``wilson`` or ``log_odds`` (Valliant, Dever and Kreuter 2018, section 3.1).
    """
    z, pq = _z(level), share * (1 - share)
    match method:
        case ShareSize.WALD:
            return z**2 * pq / margin**2
        case ShareSize.WILSON:
            # (n + z^2)^2 e^2 = z^2 (n p q + z^2 / 4), the larger root.
            b = 2 * margin**2 - pq
            return z**2 * (math.sqrt(b**2 - 4 * margin**2 * (margin**2 - 0.25)) - b) / (2 * margin**2)
        case ShareSize.LOG_ODDS:
            odds = (1 - share) / share

            def length(x: float) -> float:
                return 1 / (1 + odds * x) - 1 / (1 + odds / x) - 2 * margin

            x = optimize.brentq(length, 1e-12, 1 - 1e-12, xtol=1e-15, rtol=1e-14)
            return float((z / math.log(x)) ** 2 / pq)


def size_for_mean(sd: float, margin: float, *, level: float = 0.95) -> float:
    """Return the size for a mean ``±margin``, from an endless population (Cochran 1977, eq. 4.4)."""
    return (_z(level) * sd / margin) ** 2


def size_for_cv(unit_cv: float, cv: float) -> float:
    """Return the size at which an estimate's coefficient of variation is ``cv`` when that of a unit is ``unit_cv``.

    For a share the unit's is ``sqrt((1 - p) / p)``.
    """
    return (unit_cv / cv) ** 2


def finite(n0: float, population: float, *, less_one: bool = False) -> float:
    """Return the size in a finite population.

    Parameters
    ----------
    n0
        Size from an endless population.
    population
        Units; ``inf`` leaves ``n0``.
    less_one
        ``n0 / (1 + (n0 - 1) / N)`` (Cochran 1977, eq. 4.2, where the population variance of a share has ``N - 1``)
        instead of ``n0 / (1 + n0 / N)``.
    """
    if population <= 0:
        return 0.0
    return n0 / (1 + (n0 - less_one) / population)


def margin_of_share(
    share: float, n: float, population: float = math.inf, *, deff: float = 1.0, level: float = 0.95
) -> float:
    """Return the half length of the interval that ``n`` answers of ``population`` give; ``nan`` for none."""
    if n <= 0:
        return math.nan
    fraction = 0.0 if math.isinf(population) else min(n / population, 1.0)
    return _z(level) * math.sqrt(share * (1 - share) * deff / n * (1 - fraction))


@dataclass(frozen=True)
class SizeSteps:
    """A sample size step by step, each unrounded but the last two.

    Parameters
    ----------
    simple
        From an endless population, simple random (n0).
    with_effect
        Times the design effect.
    finite
        Corrected for the population.
    answers
        Answers needed: rounded up once, never above the population.
    invited
        To invite at the expected response: rounded up once from the unrounded steps, never above the population.
    wanted
        What ``invited`` would be without the cap.
    """

    simple: float
    with_effect: float
    finite: float
    answers: int
    invited: int
    wanted: int


def ceil(value: float) -> int:
    """Round up, forgiving what floating point adds to a whole number."""
    return math.ceil(round(value, 9))


def size_steps(n0: float, *, population: float = math.inf, deff: float = 1.0, response: float = 1.0) -> SizeSteps:
    """Take a size from an endless population through design effect, finite population and response.

    Parameters
    ----------
    n0
        Size for an endless population, simple random sampling and full response.
    population
        Units there are.
    deff
        Design effect.
    response
        Share of those asked who answer.

    Raises
    ------
    ValueError
        A response that is no share above 0.

    References
    ----------
    Valliant, Dever and Kreuter (2018), section 1.2 and 6.1; rounded once, at the end.
    """
    if not 0 < response <= 1:
        raise ValueError(f"response is a share above 0 and up to 1, not {response}")
    effective = n0 * deff
    corrected = finite(effective, population)
    cap = population if math.isinf(population) else int(population)
    wanted = ceil(corrected / response)
    return SizeSteps(n0, effective, corrected, int(min(ceil(corrected), cap)), int(min(wanted, cap)), wanted)


def size_two_shares(p1: float, p2: float, *, power: float = 0.8, alpha: float = 0.05, arcsine: bool = False) -> float:
    """Return the size per group that shows a difference of two shares (two-sided).

    Parameters
    ----------
    arcsine
        Normal approximation of Cohen's h instead of the pooled test.

    References
    ----------
    Fleiss, Levin and Paik (2003), eq. 4.14; Cohen (1988), section 6.2.
    """
    za, zb = float(stats.norm.isf(alpha / 2)), float(stats.norm.isf(1 - power))
    if arcsine:
        h = 2 * (math.asin(math.sqrt(p1)) - math.asin(math.sqrt(p2)))
        return 2 * ((za + zb) / h) ** 2
    pooled = (p1 + p2) * (1 - (p1 + p2) / 2)
    apart = p1 * (1 - p1) + p2 * (1 - p2)
    return ((za * math.sqrt(pooled) + zb * math.sqrt(apart)) / (p1 - p2)) ** 2


def size_two_means(difference: float, sd: float, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Return the size per group that shows a difference of two means by the t test (two-sided, Cohen 1988, 2.4).

    Parameters
    ----------
    difference, sd
        To show, and within each group; of one unit.
    power, alpha
        Chance to show it, and two-sided size of the test.
    """

    def short(n: float) -> float:
        df = 2 * (n - 1)
        return float(stats.nct.sf(stats.t.isf(alpha / 2, df), df, math.sqrt(n / 2) * abs(difference) / sd)) - power

    return float(optimize.brentq(short, 2, 1e9, xtol=1e-9, rtol=1e-13))


def size_two_waves(
    p1: float,
    p2: float,
    *,
    both: float,
    overlap: float,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """Return the size of each of two waves that shows the change of a share when part of the people are the same.

    Parameters
    ----------
    both
        Share of people who are counted in both waves (joint probability).
    overlap
        Share of a wave asked in the other too.

    References
    ----------
    Woodward (1992), Am. J. Epidemiol. 136:104; Valliant, Dever and Kreuter (2018), section 4.5.
    """
    z = float(stats.norm.isf(alpha / 2) + stats.norm.isf(1 - power))
    variance = p1 * (1 - p1) + p2 * (1 - p2) - 2 * overlap * (both - p1 * p2)
    return variance * (z / (p1 - p2)) ** 2


def smallest_change(
    share: float,
    n1: float,
    n2: float,
    *,
    population: float = math.inf,
    overlap: float = 0.0,
    correlation: float = 0.0,
    deff: float = 1.0,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """Return the smallest change of a share between two waves that shows with the wanted power.

    Parameters
    ----------
    share
        Share in both waves, near enough.
    n1, n2
        Answers of the waves.
    overlap
        Share of the smaller wave asked in both.
    correlation
        Of the answers of those asked twice.
    """
    if min(n1, n2) <= 0:
        return math.nan
    z = float(stats.norm.isf(alpha / 2) + stats.norm.isf(1 - power))
    pq = share * (1 - share) * deff
    v1, v2 = (pq / n * (1 - (0.0 if math.isinf(population) else min(n / population, 1.0))) for n in (n1, n2))
    together = overlap * min(n1, n2) * correlation * pq / (n1 * n2)
    return z * math.sqrt(max(v1 + v2 - 2 * together, 0.0))


@dataclass(frozen=True)
class FollowUp:
    """Two-phase follow-up of those who did not answer.

    Parameters
    ----------
    first
        To ask in the first phase.
    rate
        Share of the silent to follow up.
    second
        Expected number followed up.
    """

    first: float
    rate: float
    second: float


def follow_up(budget: float, *, cost_first: float, cost_follow_up: float, response: float) -> FollowUp:
    """Return the best split of a budget between a survey and following up its silent.

    Parameters
    ----------
    budget
        In the unit of the costs.
    cost_first, cost_follow_up
        Of one person asked, and of one silent person followed up.
    response
        Share who answer at first.

    References
    ----------
    Hansen and Hurwitz (1946), J. Am. Stat. Assoc. 41:517, with equal variances of both groups.
    """
    rate = min(math.sqrt(cost_first / (cost_follow_up * response)), 1.0)
    first = budget / (cost_first + cost_follow_up * rate * (1 - response))
    return FollowUp(first, rate, first * rate * (1 - response))
