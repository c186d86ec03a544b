"""What the silent could change: bounds, tipping point, mixtures, and the trend from early to late answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats


def bounds(share: float, response_rate: float) -> tuple[float, float]:
    """Return the overall share if nobody, and if everybody, who was silent had said yes (Manski 1989)."""
    return share * response_rate, share * response_rate + 1 - response_rate


def tipping_point(share: float, response_rate: float, target: float) -> float:
    """Return the share of the silent at which the overall share equals the target; outside [0, 1] it cannot tip."""
    if response_rate >= 1:
        return float("nan")
    return (target - response_rate * share) / (1 - response_rate)


def pattern_mixture(share: float, response_rate: float, *, delta: float) -> float:
    """Return the overall share if the silent lie ``delta`` below those who answered (Little 1993)."""
    return share * response_rate + min(max(share - delta, 0.0), 1.0) * (1 - response_rate)


@dataclass(frozen=True)
class Trend:
    """Share by contact wave, first to last."""

    first: float
    last: float
    z: float
    p: float


def wave_trend(satisfied: npt.ArrayLike, wave: npt.ArrayLike) -> Trend:
    """Test whether a share falls or rises from one contact wave to the next; late answers resemble the silent ones.

    References
    ----------
    Cochran (1954), Armitage (1955), test of a linear trend in proportions (two-sided).
    """
    y, x = np.asarray(satisfied, dtype=float), np.asarray(wave, dtype=float)
    if y.size == 0 or np.ptp(x) == 0:
        return Trend(float("nan"), float("nan"), float("nan"), float("nan"))
    share = y.mean()
    spread = share * (1 - share) * ((x - x.mean()) ** 2).sum()
    first, last = float(y[x == x.min()].mean()), float(y[x == x.max()].mean())
    if spread == 0:
        return Trend(first, last, 0.0, 1.0)
    z = float(((x - x.mean()) @ y) / np.sqrt(spread))
    return Trend(first, last, z, float(2 * stats.norm.sf(abs(z))))
