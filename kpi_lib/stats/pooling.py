"""How much branches really differ: the distribution of true levels behind noisy shares, rates and means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy import optimize, special

from kpi_lib.stats.intervals import Floats

TauMethod = Literal["DL", "PM", "REML", "ML"]


@dataclass(frozen=True)
class Prior:
    """Distribution of the true levels of all groups.

    Parameters
    ----------
    mean
        Mean level.
    sd
        Standard deviation of the true levels; 0 where the data show no more than chance.
    strength
        Observations the prior is worth (beta-binomial: alpha + beta; gamma-Poisson: exposure); ``inf`` where ``sd``
        is 0.
    """

    mean: float
    sd: float
    strength: float


def beta_binomial(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> Prior:
    """Fit the beta distribution of true shares by maximum likelihood.

    Parameters
    ----------
    numerator, denominator
        Counts of each group; groups without a denominator tell nothing.

    References
    ----------
    Griffiths (1973), Biometrics 29:637.
    """
    k, n = _counted(numerator, denominator)
    if k.sum() in (0, n.sum()):
        return Prior(float(k.sum() / n.sum()), 0.0, np.inf)
    start = _logit(np.clip((k.sum() + 0.5) / (n.sum() + 1), 1e-6, 1 - 1e-6))

    def deviance(theta: Floats) -> float:
        return -float(beta_binomial_loglik(k, n, special.expit(theta[0]), np.exp(theta[1])))

    mean, log_strength = _maximum(deviance, start, np.log(max(float(np.median(n)), 2.0)))
    mu, strength = float(special.expit(mean)), float(np.exp(log_strength))
    pooled = -float(np.sum(special.xlogy(k, k.sum() / n.sum()) + special.xlog1py(n - k, -k.sum() / n.sum())))
    if _no_better(deviance(np.array([mean, log_strength])), pooled, log_strength):
        return Prior(float(k.sum() / n.sum()), 0.0, np.inf)
    return Prior(mu, float(np.sqrt(mu * (1 - mu) / (strength + 1))), strength)


def beta_binomial_loglik(k: Floats, n: Floats, mean: npt.ArrayLike, strength: npt.ArrayLike) -> Floats:
    """Return the log likelihood of all groups for each pair of prior mean and strength, up to a constant.

    Parameters
    ----------
    k, n
        Per group: hits and cases.
    mean, strength
        Of the prior, of one shape; strength counts cases.

    Returns
    -------
    array of the shape of ``mean``

    References
    ----------
    Skellam (1948), J. R. Stat. Soc. B 10:257 (beta-binomial).
    """
    mu, m = (np.asarray(x, dtype=float)[..., None] for x in (mean, strength))
    a, b = mu * m, (1 - mu) * m
    return np.asarray(np.sum(special.betaln(k + a, n - k + b) - special.betaln(a, b), axis=-1))


def gamma_poisson(count: npt.ArrayLike, exposure: npt.ArrayLike) -> Prior:
    """Fit the gamma distribution of true rates by maximum likelihood.

    Parameters
    ----------
    count, exposure
        Events and what they are counted per, of each group.

    References
    ----------
    Clayton and Kaldor (1987), Biometrics 43:671.
    """
    k, e = _counted(count, exposure)
    if k.sum() == 0:
        return Prior(0.0, 0.0, np.inf)
    rate = (k.sum() + 0.5) / e.sum()

    def deviance(theta: Floats) -> float:
        return -float(gamma_poisson_loglik(k, e, np.exp(theta[0]), np.exp(theta[1])))

    log_rate, log_strength = _maximum(deviance, np.log(rate), np.log(max(float(np.median(e)), 1e-9)))
    mu, strength = float(np.exp(log_rate)), float(np.exp(log_strength))
    pooled = -float(np.sum(special.xlogy(k, k.sum() / e.sum())) - k.sum())
    if _no_better(deviance(np.array([log_rate, log_strength])), pooled, log_strength):
        return Prior(float(k.sum() / e.sum()), 0.0, np.inf)
    return Prior(mu, float(np.sqrt(mu / strength)), strength)


def gamma_poisson_loglik(k: Floats, e: Floats, mean: npt.ArrayLike, strength: npt.ArrayLike) -> Floats:
    """Return the log likelihood of all groups for each pair of prior mean and strength, up to a constant.

    Parameters
    ----------
    k, e
        Per group: events and exposure.
    mean, strength
        Of the prior, of one shape; strength counts exposure.

    Returns
    -------
    array of the shape of ``mean``

    References
    ----------
    Greenwood and Yule (1920), J. R. Stat. Soc. 83:255 (gamma-Poisson).
    """
    mu, m = (np.asarray(x, dtype=float)[..., None] for x in (mean, strength))
    a = mu * m
    return np.asarray(
        np.sum(special.gammaln(k + a) - special.gammaln(a) + special.xlogy(a, m) - (k + a) * np.log(m + e), axis=-1)
    )


def heterogeneity(estimate: npt.ArrayLike, variance: npt.ArrayLike, *, method: TauMethod = "REML") -> Prior:
    """Estimate the variance of true levels behind estimates of known error.

    Parameters
    ----------
    estimate, variance
        Estimate of each group and the square of its standard error.
    method
        ``DL`` moments (DerSimonian-Laird), ``PM`` Paule-Mandel, ``REML`` or ``ML``.

    Returns
    -------
    Prior
        ``strength`` is 1 / tau², in units of 1 / variance.

    References
    ----------
    DerSimonian and Laird (1986), Controlled Clinical Trials 7:177; Paule and Mandel (1982), J. Res. NBS 87:377;
    Viechtbauer (2005), J. Educational and Behavioral Statistics 30:261.
    """
    y, v = np.asarray(estimate, dtype=float), np.asarray(variance, dtype=float)
    tau2 = _moments(y, v) if method == "DL" else _solved(y, v, method)
    w = 1 / (v + tau2)
    return Prior(float(np.sum(w * y) / w.sum()), float(np.sqrt(tau2)), 1 / tau2 if tau2 > 0 else np.inf)


def _moments(y: Floats, v: Floats) -> float:
    w = 1 / v
    q = np.sum(w * (y - np.sum(w * y) / w.sum()) ** 2)
    return max(0.0, float((q - (y.size - 1)) / (w.sum() - np.sum(w**2) / w.sum())))


def _solved(y: Floats, v: Floats, method: TauMethod) -> float:
    """Return the root of the method's estimating equation, 0 where it has none above 0."""

    def excess(tau2: float) -> float:
        w = 1 / (v + tau2)
        squares = (y - np.sum(w * y) / w.sum()) ** 2
        if method == "PM":
            return float(np.sum(w * squares) - (y.size - 1))
        trace = np.sum(w) - (np.sum(w**2) / np.sum(w) if method == "REML" else 0)
        return float(np.sum(w**2 * squares) - trace)

    if y.size < 2 or excess(0.0) <= 0:
        return 0.0
    top = float(np.var(y)) + float(v.max())
    while excess(top) > 0:
        top *= 2
    return float(optimize.brentq(excess, 0.0, top, xtol=1e-15, rtol=1e-13))


def one_way_reml(total: npt.ArrayLike, total_sq: npt.ArrayLike, n: npt.ArrayLike) -> tuple[Prior, float]:
    """Fit means of groups with one common variance inside them (random intercepts, REML).

    Parameters
    ----------
    total, total_sq, n
        Sum, sum of squares and number of the values of each group.

    Returns
    -------
    prior, within
        Distribution of the true means, and the standard deviation inside a group.

    References
    ----------
    Patterson and Thompson (1971), Biometrika 58:545.
    """
    s, ss, m = (np.asarray(x, dtype=float) for x in (total, total_sq, n))
    mean, size = s / m, m.sum()
    inside = float(np.sum(np.maximum(ss - s * mean, 0)))

    def parts(ratio: float) -> tuple[float, float, Floats]:
        w = m / (1 + m * ratio)
        centre = float(np.sum(w * mean) / w.sum())
        return centre, float((inside + np.sum(w * (mean - centre) ** 2)) / (size - 1)), w

    def deviance(log_ratio: float) -> float:
        ratio = float(np.exp(log_ratio))
        _, variance, w = parts(ratio)
        return float((size - 1) * np.log(variance) + np.sum(np.log1p(m * ratio)) + np.log(w.sum()))

    best = optimize.minimize_scalar(deviance, bounds=(-18.0, 12.0), method="bounded", options={"xatol": 1e-10})
    ratio = float(np.exp(best.x)) if best.x > -16 else 0.0
    centre, variance, _ = parts(ratio)
    tau2 = variance * ratio
    return Prior(centre, float(np.sqrt(tau2)), 1 / tau2 if tau2 > 0 else np.inf), float(np.sqrt(variance))


def james_stein(estimate: npt.ArrayLike, variance: float) -> tuple[Floats, float]:
    """Shrink equally precise estimates towards their mean.

    Returns
    -------
    shrunken, weight
        The estimates, and the weight each keeps of its own.

    References
    ----------
    Efron and Morris (1975), J. Am. Stat. Assoc. 70:311.
    """
    y = np.asarray(estimate, dtype=float)
    squares = float(np.sum((y - y.mean()) ** 2))
    weight = max(0.0, 1 - (y.size - 3) * variance / squares) if squares > 0 else 0.0
    return y.mean() + weight * (y - y.mean()), weight


def _counted(numerator: npt.ArrayLike, denominator: npt.ArrayLike) -> tuple[Floats, Floats]:
    k, n = np.asarray(numerator, dtype=float), np.asarray(denominator, dtype=float)
    there = (n > 0) & ~np.isnan(k)
    if not there.any():
        raise ValueError("no group has anything to count")
    return k[there], n[there]


def _maximum(deviance: Callable[[Floats], float], location: float, log_strength: float) -> tuple[float, float]:
    """Minimise from a few strengths: far from the data the likelihood is flat."""
    bounds = [(location - 12, location + 12), (log_strength - 12, log_strength + 16)]
    found = [
        optimize.minimize(
            deviance, np.array([location, log_strength + step]), method="L-BFGS-B", bounds=bounds,
            options={"ftol": 1e-15, "gtol": 1e-10, "maxiter": 500},
        )
        for step in (-2.0, 1.0, 4.0)
    ]  # fmt: skip
    rough = min(found, key=lambda result: float(result.fun)).x
    fine = optimize.minimize(
        deviance, rough, method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-10, "fatol": 1e-13, "maxiter": 2000}
    )
    return float(fine.x[0]), float(fine.x[1])


def _no_better(deviance: float, pooled: float, log_strength: float) -> bool:
    """Tell whether differing levels fit no better than one: the likelihood still rises where the prior is a point."""
    return log_strength > 20 or deviance > pooled - 1e-6


def _logit(share: float) -> float:
    return float(special.logit(share))
