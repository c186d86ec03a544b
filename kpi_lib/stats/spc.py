"""Centre lines and control limits of one phase of one series.

Arrays run over the full calendar, oldest first: a period without data is ``nan``. Moving ranges are taken between
neighbours only, so a ``nan`` breaks the chain; a point left out by the ``base`` mask does not, its neighbours are
compared with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats

Kind = Literal["run", "i", "i_prime", "mr", "c", "p", "p_prime", "u", "u_prime"]
Mask = npt.NDArray[np.bool_]

D2: Final = 1.128
"""Expected range of two normal values in standard deviations, as rounded in Montgomery (2013), appendix VI."""

SCREEN: Final = 3.267
"""Moving ranges above this multiple of their mean are screened out (Nelson 1982, J. Quality Technology 14:172)."""

SMALL_EXPECTED: Final = 5.0
"""Below this many expected hits (or misses) normal limits are replaced by exact ones."""

OUTER: Final = float(stats.norm.sf(3))
INNER: Final = float(stats.norm.sf(2))

_TAILS: Final = np.array([[OUTER], [INNER], [1 - INNER], [1 - OUTER]])
_SHARES = {"p", "p_prime"}
_COUNTED = {"p", "p_prime", "u", "u_prime", "c"}


@dataclass(frozen=True, eq=False)
class Limits:
    """One phase's chart.

    Parameters
    ----------
    value
        What is plotted; ``nan`` where there is nothing.
    centre, sigma
        Centre line and standard error of each point; ``sigma`` is ``nan`` for a run chart.
    lower, upper
        Outer limits (three standard errors, or the exact quantiles of the same tail), inside the scale of the value.
    inner_lower, inner_upper
        Inner limits (two standard errors).
    spread
        The one estimated dispersion: standard deviation from the moving ranges (i, i′), Laney's σz as used (p′, u′),
        mean moving range (mr); ``nan`` where the chart has none.
    exact
        Where the limits are exact quantiles.
    n_base
        Points behind the centre line.
    """

    value: Floats
    centre: Floats
    sigma: Floats
    lower: Floats
    upper: Floats
    inner_lower: Floats
    inner_upper: Floats
    spread: float
    exact: Mask
    n_base: int

    @property
    def beyond(self) -> npt.NDArray[np.int64]:
        """+1 above the upper, -1 below the lower limit, else 0."""
        return (self.value > self.upper).astype(np.int64) - (self.value < self.lower).astype(np.int64)


def moving_range(values: Floats, *, screened: bool = False) -> float:
    """Return the mean moving range.

    Parameters
    ----------
    values
        Series over the full calendar; a range next to a ``nan`` is left out.
    screened
        Leave out ranges of :data:`SCREEN` times their mean or more, once.

    References
    ----------
    Nelson (1982), J. Quality Technology 14:172.
    """
    ranges = np.abs(np.diff(values))
    ranges = ranges[~np.isnan(ranges)]
    if ranges.size and screened:
        ranges = ranges[ranges < SCREEN * ranges.mean()]
    return float(ranges.mean()) if ranges.size else np.nan


def limits(
    kind: Kind,
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike | None = None,
    *,
    base: Mask | None = None,
    screened: bool = False,
    sigma_z_floor: float = 1.0,
    small_expected: float = SMALL_EXPECTED,
    fixed: tuple[float, float] | None = None,
) -> Limits:
    """Compute centre line and limits of one phase.

    Parameters
    ----------
    kind
        Chart.
    numerator, denominator
        Hits and opportunities, over the full calendar. For ``run``, ``i``, ``mr`` and ``c`` the numerator is the value
        and the denominator is not used. A missing numerator takes its denominator out with it; a zero denominator is a
        period without activity.
    base
        Points behind centre and limits (a frozen window less the exclusions); None for all.
    screened
        Screen the moving ranges.
    sigma_z_floor
        Least σz of p′ and u′: 1 never narrows the limits below those of chance alone; 0 leaves Laney's value.
    small_expected
        p, p′, u, u′ and c limits are exact quantiles where fewer than this many hits or misses are expected and σz does
        not widen them; 0 never.
    fixed
        Centre and spread of an accepted baseline, which are then not estimated.

    Returns
    -------
    Limits
        All ``nan`` but ``value`` where the base holds nothing.

    References
    ----------
    Montgomery (2013), Introduction to Statistical Quality Control, 7th ed., equations 6.33, 7.8, 7.17, 7.19; Laney
    (2002), Quality Engineering 14:531; Taylor (2018), Normalized individuals chart.
    """
    k = np.asarray(numerator, dtype=float)
    n = np.ones_like(k) if denominator is None or kind in {"run", "i", "mr", "c"} else np.asarray(denominator, float)
    n = np.where(np.isnan(k) | ~(n > 0), np.nan, n)
    k = np.where(np.isnan(n), np.nan, k)
    value = k / n
    if kind == "mr":
        value = np.concatenate([[np.nan], np.abs(np.diff(value))])[: value.size]
    used = np.ones(value.size, dtype=bool) if base is None else base
    inside = used & ~np.isnan(value)
    if not inside.any() and fixed is None:
        return _nothing(value)
    centre = centre_of(kind, value, k, n, inside) if fixed is None else fixed[0]
    unit = chance_error(kind, centre, n)
    spread = _spread(kind, value, centre, unit, used, screened=screened) if fixed is None else fixed[1]
    widening = max(spread, sigma_z_floor) if kind in {"p_prime", "u_prime"} and spread == spread else spread
    sigma = unit if kind in {"p", "u", "c"} else np.full_like(unit, np.nan) if kind == "run" else unit * widening
    normal = [centre + z * sigma for z in (-3, -2, 2, 3)]
    exact = _needs_exact(kind, centre, n, widening, small_expected)
    bounds = [_clipped(kind, bound) for bound in _exact_where(kind, exact, centre, n, normal)]
    return Limits(
        value=value,
        centre=np.full(value.size, centre),
        sigma=sigma,
        lower=bounds[0],
        inner_lower=bounds[1],
        inner_upper=bounds[2],
        upper=bounds[3],
        spread=widening,
        exact=exact,
        n_base=int(inside.sum()),
    )


def _nothing(value: Floats) -> Limits:
    blank = np.full(value.size, np.nan)
    return Limits(value, blank, blank, blank, blank, blank, blank, np.nan, np.zeros(value.size, dtype=bool), 0)


def centre_of(kind: Kind, value: Floats, k: Floats, n: Floats, inside: Mask) -> float:
    """Return the centre line of the periods ``inside``."""
    match kind:
        case "run":
            return float(np.median(value[inside]))
        case "i" | "mr" | "c":
            return float(value[inside].mean())
        case _:
            return float(k[inside].sum() / n[inside].sum())


def chance_error(kind: Kind, centre: float, n: Floats) -> Floats:
    """Return each point's standard error by chance alone, before any estimated dispersion."""
    match kind:
        case "p" | "p_prime":
            return np.sqrt(max(centre * (1 - centre), 0) / n)
        case "u" | "u_prime" | "c":
            # A centre can be below 0 only for values that are no counts; the chart then has no limits.
            return np.sqrt(centre / n) if centre >= 0 else np.full_like(n, np.nan)
        case "i_prime":
            return np.sqrt(1 / n)
        case _:
            return np.ones_like(n)


def _spread(kind: Kind, value: Floats, centre: float, unit: Floats, used: Mask, *, screened: bool) -> float:
    match kind:
        case "i":
            return moving_range(value[used], screened=screened) / D2
        case "mr":
            # The upper limit of a moving range is SCREEN times their mean: three of these.
            return centre * (SCREEN - 1) / 3
        case "p_prime" | "u_prime":
            with np.errstate(divide="ignore", invalid="ignore"):
                z = np.where(unit > 0, (value - centre) / unit, np.where(np.isnan(value), np.nan, 0.0))
            return moving_range(z[used], screened=screened) / D2
        case "i_prime":
            return _normalised_range(value[used], unit[used], screened=screened)
        case _:
            return np.nan


def _normalised_range(value: Floats, unit: Floats, *, screened: bool) -> float:
    """Return Taylor's standard deviation: each range in units of its own expected size."""
    steps = np.sqrt(np.pi / 2) * np.abs(np.diff(value)) / np.hypot(unit[1:], unit[:-1])
    steps = steps[~np.isnan(steps)]
    if steps.size and screened:
        steps = steps[steps < SCREEN * steps.mean()]
    return float(steps.mean()) if steps.size else np.nan


def _needs_exact(kind: Kind, centre: float, n: Floats, widening: float, small: float) -> Mask:
    if kind not in _COUNTED or (kind in {"p_prime", "u_prime"} and widening > 1):
        return np.zeros(n.size, dtype=bool)
    return few_expected(kind, centre, n, small=small)


def few_expected(kind: Kind, centre: float, n: Floats, *, small: float = SMALL_EXPECTED) -> Mask:
    """Return where fewer than ``small`` hits or misses are expected, yet some."""
    rarer = min(centre, 1 - centre) if kind in _SHARES else centre
    return np.asarray(n * rarer < small) & (rarer > 0)


def _exact_where(kind: Kind, exact: Mask, centre: float, n: Floats, normal: list[Floats]) -> list[Floats]:
    if not exact.any():
        return normal
    size = n[exact]
    # Whole counts, not the contours interpolated between them: those flag 8 of 8, where 8 of 8 is likely.
    whole = stats.binom.ppf(_TAILS, size, centre) if kind in _SHARES else stats.poisson.ppf(_TAILS, size * centre)
    found = np.array(normal)
    found[:, exact] = whole / size
    return list(found)


def _clipped(kind: Kind, bound: Floats) -> Floats:
    if kind in _SHARES:
        return np.clip(bound, 0, 1)
    return np.maximum(bound, 0) if kind in _COUNTED | {"mr"} else bound
