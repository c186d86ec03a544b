"""Exact prediction limits of a share or a rate whose true level is known, interpolated between whole counts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats


def binomial_contour(level: npt.ArrayLike, n: npt.ArrayLike, tail: npt.ArrayLike) -> Floats:
    """Return the share below which ``tail`` of all samples of ``n`` fall when the true share is ``level``.

    Parameters
    ----------
    level, n, tail
        True share, sample size and lower-tail probability; broadcast.

    Returns
    -------
    array
        Interpolated quantile over ``n``; may lie just below 0 where even no hit at all is likelier than ``tail``.

    References
    ----------
    Spiegelhalter (2005), Statistics in Medicine 24:1185, appendix A.1.1.
    """
    p, size, q = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (level, n, tail)))
    at = np.asarray(stats.binom.ppf(q, size, p))
    return _interpolated(at, stats.binom.cdf(at, size, p), stats.binom.pmf(at, size, p), q, size)


def poisson_contour(level: npt.ArrayLike, exposure: npt.ArrayLike, tail: npt.ArrayLike) -> Floats:
    """Return the rate below which ``tail`` of all samples fall when the true rate is ``level``.

    Parameters
    ----------
    level, exposure, tail
        True rate, exposure and lower-tail probability; broadcast. For a ratio of observed to expected take ``level`` 1
        and the expected count as exposure.

    References
    ----------
    Spiegelhalter (2005), Statistics in Medicine 24:1185, appendix A.1.2.
    """
    rate, size, q = np.broadcast_arrays(*(np.asarray(x, dtype=float) for x in (level, exposure, tail)))
    at, law = np.asarray(stats.poisson.ppf(q, rate * size)), rate * size
    return _interpolated(at, stats.poisson.cdf(at, law), stats.poisson.pmf(at, law), q, size)


def _interpolated(at: Floats, cumulative: npt.ArrayLike, mass: npt.ArrayLike, tail: Floats, size: Floats) -> Floats:
    below, own = np.asarray(cumulative, dtype=float), np.asarray(mass, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        step = (below - tail) / own
    return np.asarray((at - np.where(own > 0, step, 0.0)) / size, dtype=float)
