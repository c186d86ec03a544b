"""Limits, flags and runs of many series at once, for a whole network: the chart of each follows from its months."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

import numpy as np
from scipy import special

from kpi_lib.stats.chance import Kind, counted_periods, dispersion, from_centre
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import Mask
from kpi_lib.stats.runs import runs_by_row
from kpi_lib.stats.spc import limits

Family = Literal["share", "rate", "mean", "value"]

PLAIN: Final[dict[Family, Kind]] = {"share": "p", "rate": "u", "mean": "i_prime", "value": "i"}
WIDENED: Final[dict[Family, Kind]] = {"share": "p_prime", "rate": "u_prime"}
"""Chart of each family, and where months vary more than chance."""

DRAWN: Final = ("value", "centre", "sigma", "lower", "upper", "spread", "beyond", "n_base")


@dataclass(frozen=True, eq=False)
class Screened:
    """Charts as rows, periods as columns.

    Parameters
    ----------
    family
        What the values are.
    numerator, denominator
        What was counted, ``nan`` where there is no value.
    value, centre, sigma, lower, upper
        As in :class:`kpi_lib.stats.spc.Limits`; no centre where there is no value.
    spread
        σz (1 where months do not vary more than chance) or, for means and values, σ; one a chart.
    beyond
        +1 above, -1 below the limits, else 0.
    n_base
        Points behind the centre line; one a chart.
    """

    family: Family
    numerator: Floats
    denominator: Floats
    value: Floats
    centre: Floats
    sigma: Floats
    lower: Floats
    upper: Floats
    spread: Floats
    beyond: Ints
    n_base: Ints

    @cached_property
    def unusual_runs(self) -> Mask:
        """Whether Anhøj's rules signal; one a chart."""
        return runs_by_row(self.value, self.centre).signal

    def chances(self, periods: slice = slice(None)) -> Floats:
        """Return the two-sided chance of each point of the periods asked for.

        Exact tails of the binomial or Poisson distribution for shares and rates that vary no more than chance; else
        those of Student's or the normal distribution, with the uncertainty of the centre.
        """
        k, n, value, level = (each[:, periods] for each in (self.numerator, self.denominator, self.value, self.centre))
        estimated = np.sqrt(1 + 1 / np.maximum(self.n_base, 2))[:, None]
        with np.errstate(divide="ignore", invalid="ignore"):
            z = np.abs(value - level) / (self.sigma[:, periods] * estimated)
        if self.family in {"value", "mean"}:
            return np.asarray(2 * special.stdtr(0.62 * np.maximum(self.n_base - 1, 1)[:, None], -z))
        found = np.asarray(2 * special.ndtr(-z))
        plain = (self.spread == 1)[:, None] & ~np.isnan(value)
        found[plain] = _exact_tails(self.family, k[plain], n[plain], level[plain])
        return found


def _exact_tails(family: Family, hits: Floats, size: Floats, level: Floats) -> Floats:
    if family == "share":
        # The tails of the binomial distribution as incomplete beta functions, defined at both ends.
        share = np.clip(level, 0, 1)
        below = np.where(hits >= size, 1.0, special.betainc(np.maximum(size - hits, 1), hits + 1, 1 - share))
        above = np.where(hits <= 0, 1.0, special.betainc(np.maximum(hits, 1), size - hits + 1, share))
    else:
        below = special.pdtr(hits, size * level)
        above = np.where(hits <= 0, 1.0, special.pdtrc(np.maximum(hits, 1) - 1, size * level))
    return np.asarray(np.minimum(1.0, 2 * np.minimum(below, above)))


def screen(
    family: Family, numerator: Floats, denominator: Floats | None = None, *, base: Mask | None = None
) -> Screened:
    """Chart many series of one family.

    Parameters
    ----------
    family
        ``share`` gives p or p′, ``rate`` u or u′ as months vary more than chance or not; ``mean`` i′ (the numerator is
        the sum, each month weighed by its cases); ``value`` XmR.
    numerator, denominator
        Of shape (charts, periods), over the full calendar, ``nan`` for gaps.
    base
        Periods behind centre and limits, of shape (periods,) or that of the numerator; None for all.
    """
    k, n = counted_periods(np.asarray(numerator, dtype=float), denominator)
    used = np.broadcast_to(np.ones(1, dtype=bool) if base is None else base, k.shape)
    drawn = limits(PLAIN[family], k, n, base=used)
    figures = {name: np.array(getattr(drawn, name)) for name in DRAWN}
    if family in WIDENED:
        figures["spread"][:] = 1.0
        ratio, chance, _ = dispersion(from_centre(PLAIN[family], k / n, k, n, used & ~np.isnan(k))[1])
        more = ratio > chance
        widened = limits(WIDENED[family], k[more], n[more], base=used[more])
        for name, figure in figures.items():
            figure[more] = getattr(widened, name)
    figures["centre"][np.isnan(drawn.value)] = np.nan
    return Screened(family, k, n, **figures)
