"""Differences between those who answered, those drawn and those who could have been."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.association import Difference, t_difference
from kpi_lib.stats.sampling.design import Design
from kpi_lib.stats.sampling.estimate import means


def standardised_difference(inside: npt.ArrayLike, outside: npt.ArrayLike) -> float:
    """Return the difference of two means over their pooled standard deviation (Austin 2009, eq. 1 and 2)."""
    a, b = np.asarray(inside, dtype=float), np.asarray(outside, dtype=float)
    if a.size == 0 or b.size == 0:
        return float("nan")
    spread = np.sqrt((a.var() + b.var()) / 2)
    gap = a.mean() - b.mean()
    return float(gap / spread) if spread > 0 else (0.0 if gap == 0 else float(np.sign(gap) * np.inf))


def answered_against_drawn(design: Design, values: npt.ArrayLike, answered: npt.ArrayLike) -> Difference:
    """Test the mean of those who answered against that of everyone drawn, who include them.

    References
    ----------
    The covariance of the two overlapping means is linearised (Särndal, Swensson and Wretman 1992, section 5.6);
    degrees of freedom of the design less one.
    """
    y, heard = np.asarray(values, dtype=float), np.asarray(answered, dtype=bool)
    both = means(design, np.column_stack([y, y]), domain=np.column_stack([heard, np.ones_like(heard)]))
    value, se = both.contrast([1, -1])
    return t_difference(value, se, df=both.df - 1)


def joint_index(values: Floats, reference: Floats, importance: Floats | None = None) -> Floats:
    """Return a weighted sum of several variables: one number, and so one test instead of several.

    A difference that the variables share shows in it more clearly than in any one of them.

    Parameters
    ----------
    values, reference
        Shape (rows, variables); means and standard deviations are those of the reference, and a missing value counts
        as the mean.
    importance
        What one unit of each variable counts; one over its standard deviation where absent.

    References
    ----------
    O'Brien (1984), Biometrics 40:1079 (ordinary least squares statistic, equal importance).
    """
    centre, spread = np.nanmean(reference, axis=0), np.nanstd(reference, axis=0)
    with np.errstate(divide="ignore"):
        weights = np.where(spread > 0, 1 / spread, 0.0) if importance is None else importance
    index: Floats = (np.nan_to_num(values - centre) * weights).sum(axis=1)
    return index


@dataclass(frozen=True)
class SelectionTest:
    """Mean of those drawn against what their strata of the frame let expect."""

    value: float
    expected: float
    se: float
    smd: float
    z: float


def drawn_against_frame(drawn: Floats, drawn_strata: Ints, frame: Floats, frame_strata: Ints) -> SelectionTest:
    """Test the mean of those drawn against the frame, within strata (a stratum drawn more on purpose is no bias).

    Parameters
    ----------
    drawn, frame
        Values; ``drawn`` are part of ``frame``.
    drawn_strata, frame_strata
        Codes from 0.

    Returns
    -------
    SelectionTest
        ``smd`` sizes the difference of those drawn from those who were not.

    References
    ----------
    Cochran (1977), eq. 5.9 with the hypergeometric correction of each stratum.
    """
    size = np.bincount(frame_strata).astype(float)
    n = np.bincount(drawn_strata, minlength=size.size).astype(float)
    mean = np.bincount(frame_strata, weights=frame) / size
    squares = np.bincount(frame_strata, weights=(frame - mean[frame_strata]) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.where(size > 1, squares / (size - 1), 0.0)
    expected, value = float((n * mean).sum() / n.sum()), float(drawn.mean())
    se = float(np.sqrt((n * (1 - n / size) * variance).sum()) / n.sum())
    left = size.sum() - n.sum()
    spread = float(frame.std())
    smd = (value - expected) / spread * size.sum() / left if left and spread else float("nan")
    return SelectionTest(value, expected, se, smd, (value - expected) / se if se else 0.0)
