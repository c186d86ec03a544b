"""Whether a number may be shown."""

from __future__ import annotations

import math
from enum import StrEnum

from kpi_lib.stats.sampling.shares import ShareInterval, share_interval

FEW = 10
"""Fewer answers than this are not shown."""
ENOUGH = 30
"""Fewer answers than this are shown with care and never ranked."""
_WIDE = 0.30
_NARROW, _RELATIVE = 0.05, 1.3
_FEW_DF = 8


class Flag(StrEnum):
    """What may be done with a number."""

    SHOW = "show"
    CARE = "care"
    SUPPRESS = "suppress"


def number_flag(n: int) -> Flag:
    """Return the flag of anything but a share, by its answers."""
    return Flag.SUPPRESS if n < FEW else Flag.CARE if n < ENOUGH else Flag.SHOW


def share_flag(share: float, se: float, n: int, df: float) -> Flag:
    """Return whether a share may be shown.

    After the presentation standards of Parker et al. (2017), Vital Health Stat. 2:175 (Korn-Graubard interval wider
    than .30: suppress; wider than .05 and than 130 % of the share or its complement, few degrees of freedom, a share of
    0 or 1: with care), with the trade's smaller numbers: below 10 answers suppress, below 30 with care.

    Parameters
    ----------
    share, se
        The estimate and its standard error.
    n
        Answers behind it.
    df
        Degrees of freedom of the design.
    """
    if n < FEW:
        return Flag.SUPPRESS
    lo, hi = share_interval(share, se if 0 < share < 1 else math.nan, n, df=df, method=ShareInterval.KORN_GRAUBARD)
    width = hi - lo
    if width >= _WIDE:
        return Flag.SUPPRESS
    relative = width / max(min(share, 1 - share), 1e-12)
    doubtful = n < ENOUGH or df < _FEW_DF or share in (0.0, 1.0) or (width > _NARROW and relative > _RELATIVE)
    return Flag.CARE if doubtful else Flag.SHOW
