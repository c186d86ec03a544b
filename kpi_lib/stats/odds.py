"""What a stable process will do next: draws of coming months, and the chances read from them.

Each draw takes one true level from what the baseline leaves possible and then as many months as asked for, so that
months of one draw share their level: "9 of 12" is then neither too sure nor too unsure.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kpi_lib.stats.intervals import Floats


def future_shares(
    numerator: float, denominator: float, *, per_month: float, sigma_z: float = 1.0, months: int = 12, size: int = 4000,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Draw monthly shares.

    Parameters
    ----------
    numerator, denominator
        The baseline's counts.
    per_month
        Denominator of a coming month.
    sigma_z
        How many times more months vary than chance alone (Laney's σz; 1 or more).
    months, size
        Months a draw, and draws.
    rng
        For the draws.

    Returns
    -------
    array of shape (size, months)

    References
    ----------
    Jeffreys' prior on the level; months beta-binomial about it, so that their variance is σz² times binomial.
    """
    inflation = max(sigma_z, 1.0) ** 2
    # The baseline's months vary as the coming ones do: they are worth 1 / inflation of their number.
    known = denominator / inflation
    share = numerator / denominator
    level = rng.beta(known * share + 0.5, known * (1 - share) + 0.5, size=size)[:, None]
    n = max(round(per_month), 1)
    own = np.broadcast_to(level, (size, months))
    if inflation > 1 and n > 1:
        strength = max((n - inflation) / (inflation - 1), 0.05)
        own = rng.beta(
            np.maximum(level * strength, 1e-9), np.maximum((1 - level) * strength, 1e-9), size=(size, months)
        )
    return np.asarray(rng.binomial(n, own) / n)


def future_rates(
    count: float, exposure: float, *, per_month: float, sigma_z: float = 1.0, months: int = 12, size: int = 4000,
    rng: np.random.Generator,
) -> Floats:  # fmt: skip
    """Draw monthly rates (events per exposure); parameters as of :func:`future_shares`, months negative binomial."""
    inflation = max(sigma_z, 1.0) ** 2
    level = rng.gamma(count / inflation + 0.5, inflation / exposure, size=size)[:, None]
    expected = np.broadcast_to(level * per_month, (size, months))
    if inflation > 1:
        shape = np.maximum(expected / (inflation - 1), 1e-9)
        expected = rng.gamma(shape, inflation - 1)
    return np.asarray(rng.poisson(expected) / per_month)


def future_values(
    centre: float, sigma: float, n_base: int, *, months: int = 12, size: int = 4000, rng: np.random.Generator
) -> Floats:
    """Draw monthly values of an XmR chart.

    Parameters
    ----------
    centre, sigma, n_base
        Centre line, standard deviation from the moving ranges, points behind them.
    months, size, rng
        As of :func:`future_shares`.

    References
    ----------
    Normal months; sigma from n points has about 0.62 (n - 1) degrees of freedom (Wheeler 1995, Advanced Topics in SPC).
    """
    freedom = max(0.62 * (n_base - 1), 1.0)
    drawn = sigma * np.sqrt(freedom / rng.chisquare(freedom, size=size))[:, None]
    level = centre + drawn * rng.standard_normal((size, 1)) / np.sqrt(n_base)
    return np.asarray(level + drawn * rng.standard_normal((size, months)))


def reached(draws: Floats, target: npt.ArrayLike, *, higher_is_better: bool) -> npt.NDArray[np.bool_]:
    """Return which months meet the target; equality counts as met."""
    aim = np.asarray(target, dtype=float)
    return np.asarray(draws >= aim - 1e-12 if higher_is_better else draws <= aim + 1e-12)


def chance_next(draws: Floats, target: float, *, higher_is_better: bool) -> float:
    """Return the chance that a coming month meets the target."""
    return float(reached(draws, target, higher_is_better=higher_is_better).mean())


def chance_of(draws: Floats, target: npt.ArrayLike, *, at_least: int, higher_is_better: bool) -> float:
    """Return the chance that at least so many of the drawn months meet the target.

    Parameters
    ----------
    draws
        Shape (draws, months).
    target
        One for all months, or one a month.
    at_least
        Months that must meet it.
    higher_is_better
        Direction of the target.
    """
    return float((reached(draws, target, higher_is_better=higher_is_better).sum(axis=1) >= at_least).mean())


def flips_a_year(draws: Floats, cuts: npt.ArrayLike, *, higher_is_better: bool) -> float:
    """Return how often a year a stable process changes band between neighbouring months.

    Parameters
    ----------
    draws
        Months of a stable process, of shape (size, months).
    cuts
        Cuts between the bands; a value at a cut belongs to the better band.
    higher_is_better
        Direction.
    """
    sign = 1 if higher_is_better else -1
    edges = np.sort(sign * np.asarray(cuts, dtype=float))
    band = np.searchsorted(edges, sign * draws + 1e-12, side="right")
    return float(12 * np.mean(band[:, 1:] != band[:, :-1]))
