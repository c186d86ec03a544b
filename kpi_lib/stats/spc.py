"""Centre lines and control limits of one phase of a series, or of many series as rows.

Arrays run over the full calendar along their last axis, oldest first: a period without data is ``nan``. Moving ranges
are taken between neighbours only, so a ``nan`` breaks the chain; a point left out by the ``base`` mask does not, its
neighbours are compared with each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.chance import (
    COUNTED,
    SHARES,
    SMALL_EXPECTED,
    Kind,
    centre_of,
    chance_error,
    counted_periods,
    few_expected,
)
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import Mask, closed_up, mean, side_of

D2: Final = 1.128
"""Expected range of two normal values in standard deviations, as rounded in Montgomery (2013), appendix VI."""

SCREEN: Final = 3.267
"""Moving ranges above this multiple of their mean are screened out (Nelson 1982, J. Quality Technology 14:172)."""

OUTER: Final = float(stats.norm.sf(3))
INNER: Final = float(stats.norm.sf(2))

_TAILS: Final = np.array([[OUTER], [INNER], [1 - INNER], [1 - OUTER]])
_DIVIDED: Final = frozenset({"p", "p_prime", "u", "u_prime", "i_prime"})
_WIDENED: Final = frozenset({"p_prime", "u_prime"})


@dataclass(frozen=True, eq=False)
class Limits:
    """The chart of one phase, or of as many as there are rows.

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
        The one estimated dispersion, a number a chart: standard deviation from the moving ranges (i, i′), Laney's σz as
        used (p′, u′), mean moving range (mr); ``nan`` where the chart has none.
    exact
        Where the limits are exact quantiles.
    n_base
        Points behind the centre line, a number a chart.
    """

    value: Floats
    centre: Floats
    sigma: Floats
    lower: Floats
    upper: Floats
    inner_lower: Floats
    inner_upper: Floats
    spread: Floats
    exact: Mask
    n_base: Ints

    @property
    def beyond(self) -> npt.NDArray[np.int64]:
        """+1 above the upper, -1 below the lower limit, else 0."""
        above, below = side_of(self.value, self.upper) > 0, side_of(self.value, self.lower) < 0
        return above.astype(np.int64) - below.astype(np.int64)

    def row(self, at: int, size: int) -> Limits:
        """Return the chart of one row without its padding."""
        return Limits(
            self.value[at, :size], self.centre[at, :size], self.sigma[at, :size], self.lower[at, :size],
            self.upper[at, :size], self.inner_lower[at, :size], self.inner_upper[at, :size], self.spread[at],
            self.exact[at, :size], self.n_base[at],
        )  # fmt: skip


def moving_range(values: Floats, *, screened: bool = False) -> Floats:
    """Return the mean moving range of a series, or of each row.

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
    return _mean_step(np.abs(np.diff(values, axis=-1)), screened=screened)


def _mean_step(steps: Floats, *, screened: bool) -> Floats:
    there = ~np.isnan(steps)
    found = mean(steps, there)
    return mean(steps, there & (steps < SCREEN * found[..., None])) if screened else found


def limits(
    kind: Kind,
    numerator: npt.ArrayLike,
    denominator: npt.ArrayLike | None = None,
    *,
    base: Mask | None = None,
    screened: bool = False,
    sigma_z_floor: float = 1.0,
    small_expected: float = SMALL_EXPECTED,
    fixed: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
) -> Limits:
    """Compute centre line and limits of one phase, or of many as rows.

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
        Centre and spread of an accepted baseline, one each a chart, which are then not estimated.

    Returns
    -------
    Limits
        All ``nan`` but ``value`` where the base holds nothing.

    References
    ----------
    Montgomery (2013), Introduction to Statistical Quality Control, 7th ed., equations 6.33, 7.8, 7.17, 7.19; Laney
    (2002), Quality Engineering 14:531; Taylor (2018), Normalized individuals chart.
    """
    divisor = np.asarray(denominator, dtype=float) if denominator is not None and kind in _DIVIDED else None
    with np.errstate(divide="ignore", invalid="ignore"):
        k, n = counted_periods(np.asarray(numerator, dtype=float), divisor)
        value = k / n
        if kind == "mr":
            steps = np.abs(np.diff(value, axis=-1))
            value = np.concatenate([np.full_like(value[..., :1], np.nan), steps], axis=-1)
        used = np.ones(value.shape, dtype=bool) if base is None else np.broadcast_to(base, value.shape)
        inside = used & ~np.isnan(value)
        centre = centre_of(kind, value, k, n, inside) if fixed is None else np.asarray(fixed[0], dtype=float)
        unit = chance_error(kind, centre, n)
        spread = (
            _spread(kind, value, centre, unit, used, screened=screened)
            if fixed is None
            else np.asarray(fixed[1], dtype=float)
        )
        widening = np.maximum(spread, sigma_z_floor) if kind in _WIDENED else spread
        sigma = unit if kind in {"p", "u", "c"} else unit * widening[..., None]
        level = np.broadcast_to(centre[..., None], value.shape)
        exact = _needs_exact(kind, centre, n, widening, small_expected)
        bounds = [level + z * sigma for z in (-3, -2, 2, 3)]
        if exact.any():
            size = n[exact]
            for bound, whole in zip(bounds, _exact(kind, size, level[exact]), strict=True):
                bound[exact] = whole / size
    lower, inner_lower, inner_upper, upper = (_clipped(kind, bound) for bound in bounds)
    return Limits(
        value, np.array(level), sigma, lower, upper, inner_lower, inner_upper, widening, exact, inside.sum(axis=-1)
    )


def _spread(kind: Kind, value: Floats, centre: Floats, unit: Floats, used: Mask, *, screened: bool) -> Floats:
    match kind:
        case "i":
            return moving_range(closed_up(value, used), screened=screened) / D2
        case "mr":
            # The upper limit of a moving range is SCREEN times their mean: three of these.
            return centre * (SCREEN - 1) / 3
        case "p_prime" | "u_prime":
            z = np.where(unit > 0, (value - centre[..., None]) / unit, np.where(np.isnan(value), np.nan, 0.0))
            return moving_range(closed_up(z, used), screened=screened) / D2
        case "i_prime":
            return _normalised_range(closed_up(value, used), closed_up(unit, used), screened=screened)
        case _:
            return np.full(centre.shape, np.nan)


def _normalised_range(value: Floats, unit: Floats, *, screened: bool) -> Floats:
    """Return Taylor's standard deviation: each range in units of its own expected size."""
    expected = np.hypot(unit[..., 1:], unit[..., :-1])
    return _mean_step(np.sqrt(np.pi / 2) * np.abs(np.diff(value, axis=-1)) / expected, screened=screened)


def _needs_exact(kind: Kind, centre: Floats, n: Floats, widening: Floats, small: float) -> Mask:
    if kind not in COUNTED:
        return np.zeros(n.shape, dtype=bool)
    few = few_expected(kind, centre, n, small=small)
    return few & ~(widening > 1)[..., None] if kind in _WIDENED else few


def _exact(kind: Kind, size: Floats, level: Floats) -> Floats:
    """Return the whole counts of the four limits.

    Not the contours interpolated between them: those flag 8 of 8, where 8 of 8 is likely.
    """
    if kind in SHARES:
        return np.asarray(stats.binom.ppf(_TAILS, size, level))
    return poisson_quantiles(_TAILS, size * level)


def poisson_quantiles(chances: Floats, mean_count: Floats) -> Floats:
    """Return the least whole counts that hold the chances, by adding up the distribution: for few expected."""
    found = np.zeros(np.broadcast_shapes(chances.shape, mean_count.shape))
    term = np.exp(-mean_count)
    held, count = term.copy(), 0
    while (short := held < chances).any():
        found += short
        count += 1
        term *= mean_count / count
        held += term
    return found


def _clipped(kind: Kind, bound: Floats) -> Floats:
    if kind in SHARES:
        return np.clip(bound, 0, 1)
    return np.maximum(bound, 0) if kind in COUNTED | {"mr"} else bound
