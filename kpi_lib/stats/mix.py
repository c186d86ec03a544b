"""A gap split exactly into other rates and another mix, value by value of one dimension."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpi_lib.stats.intervals import Floats


@dataclass(frozen=True, eq=False)
class Bridge:
    """One dimension's values; ``rate_part`` and ``mix_part`` together add up to the gap.

    Parameters
    ----------
    share_before, share_after
        Of the denominator.
    before, after
        Rates; ``nan`` where there is no denominator.
    rate_part, mix_part
        Parts of the gap. A value that one side lacks has no rate part: all of it is mix.
    """

    share_before: Floats
    share_after: Floats
    before: Floats
    after: Floats
    rate_part: Floats
    mix_part: Floats


def bridge(
    numerator_before: npt.ArrayLike, denominator_before: npt.ArrayLike, numerator_after: npt.ArrayLike,
    denominator_after: npt.ArrayLike,
) -> Bridge:  # fmt: skip
    """Split the difference of two ratios by the values of a dimension.

    Parameters
    ----------
    numerator_before, denominator_before, numerator_after, denominator_after
        One entry per value; a sum of scores and their number for a mean.

    Returns
    -------
    Bridge
        Rate: mean weight of both periods times the change of the rate. Mix: change of the weight times how far the
        value's mean rate lies from the whole's. No interaction is left over.

    Raises
    ------
    ValueError
        A period without a denominator.

    References
    ----------
    Kitagawa (1955), J. Am. Stat. Assoc. 50:1168, equation 4, the mix centred on the mean of both periods' rates.
    """
    k0, n0, k1, n1 = (
        np.asarray(x, dtype=float) for x in (numerator_before, denominator_before, numerator_after, denominator_after)
    )
    if not n0.sum() > 0 or not n1.sum() > 0:
        raise ValueError("both periods need a denominator above 0")
    w0, w1 = n0 / n0.sum(), n1 / n1.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        r0, r1 = np.where(n0 > 0, k0 / n0, np.nan), np.where(n1 > 0, k1 / n1, np.nan)
    middle = (k0.sum() / n0.sum() + k1.sum() / n1.sum()) / 2
    from_, to = np.where(n0 > 0, r0, r1), np.where(n1 > 0, r1, r0)
    lived = (n0 > 0) | (n1 > 0)
    rate = np.where(lived, (w0 + w1) / 2 * (to - from_), 0.0)
    moved = np.where(lived, (w1 - w0) * ((from_ + to) / 2 - middle), 0.0)
    return Bridge(w0, w1, r0, r1, rate, moved)
