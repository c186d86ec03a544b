"""Partial pooling: each group's level, drawn towards the others as far as its own data are few.

The prior is not known but estimated from the same groups; intervals that forget this cover 91 % instead of 95 %. Here
they integrate over a grid of prior mean and spread, weighted by likelihood and a weak hyperprior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy import special

from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.pooling import (
    beta_binomial,
    beta_binomial_loglik,
    gamma_poisson,
    gamma_poisson_loglik,
    heterogeneity,
)

Mask = npt.NDArray[np.bool_]

FEWEST: Final = 8
"""Fewer groups than this cannot say how much groups differ; their raw values are kept."""

NEGLIGIBLE: Final = 1e-3
"""Nodes of the grid below this weight, relative to the likeliest, are left out."""

NODES: Final = 15
"""Grid points along each of the prior's two parameters."""


@dataclass(frozen=True, eq=False)
class Mixture:
    """Posterior of each group as a mixture over the prior's grid.

    Parameters
    ----------
    family
        ``beta`` (shares), ``gamma`` (rates) or ``normal`` (means).
    weights
        Probability of each node.
    first, second
        Of shape (groups, nodes): alpha and beta; shape and rate; mean and standard deviation.
    """

    family: str
    weights: Floats
    first: Floats
    second: Floats

    def cdf(self, x: Floats) -> Floats:
        """Return the probability that each group's level is at most ``x`` (one per group)."""
        at = np.asarray(x, dtype=float)[:, None]
        match self.family:
            case "beta":
                each = special.betainc(self.first, self.second, np.clip(at, 0, 1))
            case "gamma":
                each = special.gammainc(self.first, np.maximum(at, 0) * self.second)
            case _:
                each = special.ndtr((at - self.first) / self.second)
        return np.asarray(each @ self.weights)

    def mean(self) -> Floats:
        """Return each group's posterior mean."""
        match self.family:
            case "beta":
                each = self.first / (self.first + self.second)
            case "gamma":
                each = self.first / self.second
            case _:
                each = self.first
        return np.asarray(each @ self.weights)

    def quantile(self, q: float) -> Floats:
        """Return each group's posterior quantile, by bisection to a ten-thousandth of its spread."""
        lo, hi = self._ends()
        for _ in range(18):
            middle = (lo + hi) / 2
            below = self.cdf(middle) < q
            lo, hi = np.where(below, middle, lo), np.where(below, hi, middle)
        return (lo + hi) / 2

    def _ends(self) -> tuple[Floats, Floats]:
        """Return bounds that hold all but a negligible part of each group's posterior."""
        a, b = self.first, self.second
        match self.family:
            case "beta":
                middle, sd = a / (a + b), np.sqrt(a * b / (a + b + 1)) / (a + b)
                return np.zeros(a.shape[0]), np.minimum((middle + 12 * sd).max(axis=1), 1.0)
            case "gamma":
                return np.zeros(a.shape[0]), ((a + 12 * np.sqrt(a) + 40) / b).max(axis=1)
            case _:
                return (a - 12 * b).min(axis=1), (a + 12 * b).max(axis=1)

    def draws(self, size: int, *, rng: np.random.Generator) -> Floats:
        """Return ``size`` joint draws of all groups' levels, of shape (size, groups): one node of the prior a draw."""
        node = rng.choice(self.weights.size, size=size, p=self.weights)
        a, b = self.first[:, node].T, self.second[:, node].T
        match self.family:
            case "beta":
                return rng.beta(a, b)
            case "gamma":
                return rng.gamma(a, 1 / b)
            case _:
                return rng.normal(a, b)


@dataclass(frozen=True, eq=False)
class Shrunken:
    """Levels of all groups.

    Parameters
    ----------
    raw, value, lo, hi
        Own estimate, shrunken estimate and its interval.
    weight
        Share of the group's own data in its shrunken estimate: 1 not shrunken, 0 wholly pooled.
    prior_mean, prior_sd
        Mean and spread of the true levels.
    posterior
        For draws; None where there were too few groups to pool.
    """

    raw: Floats
    value: Floats
    lo: Floats
    hi: Floats
    weight: Floats
    prior_mean: float
    prior_sd: float
    posterior: Mixture


def shrink_shares(numerator: npt.ArrayLike, denominator: npt.ArrayLike, *, level: float = 0.95) -> Shrunken:
    """Shrink shares (beta-binomial).

    Parameters
    ----------
    numerator, denominator
        Counts of each group; a group without a denominator gets what the others say of it.
    level
        Of the intervals.

    References
    ----------
    Kass and Steffey (1989), J. Am. Stat. Assoc. 84:717; Gelman et al. (2013), Bayesian Data Analysis, 3rd ed.,
    section 5.3 (hyperprior uniform on the mean and the standard deviation of the true shares).
    """
    k, n = (np.nan_to_num(np.asarray(x, dtype=float)) for x in (numerator, denominator))
    there = n > 0
    prior = beta_binomial(k, n)
    centre = float(np.clip(prior.mean, 0.5 / n.sum(), 1 - 0.5 / n.sum()))
    scale = np.sqrt(centre * (1 - centre))
    error = float(np.hypot(scale / np.sqrt(n.sum()), prior.sd / np.sqrt(there.sum())))
    mean = special.expit(_around(float(special.logit(centre)), error / scale**2))
    spread = _spreads(0.98 * scale, prior.sd, scale / float(np.sqrt(np.median(n[there]))))
    mu, sd = (grid.ravel() for grid in np.meshgrid(mean, spread, indexing="ij"))
    strength = np.maximum(mu * (1 - mu) / sd**2 - 1, 1e-3)
    # The grid is even in the logit of the mean; mu (1 - mu) makes the hyperprior uniform in the mean itself.
    weights, kept = _normalised(beta_binomial_loglik(k[there], n[there], mu, strength) + np.log(mu * (1 - mu)))
    mu, sd, strength = mu[kept], sd[kept], strength[kept]
    posterior = Mixture("beta", weights, k[:, None] + mu * strength, (n - k)[:, None] + (1 - mu) * strength)
    own = np.asarray((n[:, None] / (n[:, None] + strength)) @ weights)
    return _summary(_ratio(k, n), posterior, own, float(mu @ weights), float(sd @ weights), level)


def shrink_rates(count: npt.ArrayLike, exposure: npt.ArrayLike, *, level: float = 0.95) -> Shrunken:
    """Shrink rates (gamma-Poisson).

    Parameters
    ----------
    count, exposure
        Events and what they are counted per, of each group.
    level
        Of the intervals.

    References
    ----------
    Clayton and Kaldor (1987), Biometrics 43:671; Kass and Steffey (1989), J. Am. Stat. Assoc. 84:717.
    """
    k, e = (np.nan_to_num(np.asarray(x, dtype=float)) for x in (count, exposure))
    prior = gamma_poisson(k, e)
    there = e > 0
    level_of = max(prior.mean, 0.5 / e.sum())
    error = np.sqrt(level_of / e.sum() + prior.sd**2 / k.size) / level_of
    mean = np.exp(_around(np.log(level_of), float(error)))
    spread = _spreads(3 * level_of, prior.sd, float(np.sqrt(level_of / np.median(e[there]))))
    mu, sd = (grid.ravel() for grid in np.meshgrid(mean, spread, indexing="ij"))
    strength = mu / sd**2
    weights, kept = _normalised(gamma_poisson_loglik(k[there], e[there], mu, strength) + np.log(mu))
    mu, sd, strength = mu[kept], sd[kept], strength[kept]
    posterior = Mixture("gamma", weights, k[:, None] + mu * strength, e[:, None] + strength)
    own = np.asarray((e[:, None] / (e[:, None] + strength)) @ weights)
    return _summary(_ratio(k, e), posterior, own, float(mu @ weights), float(sd @ weights), level)


def shrink_means(estimate: npt.ArrayLike, variance: npt.ArrayLike, *, level: float = 0.95) -> Shrunken:
    """Shrink estimates of known error (normal-normal).

    Parameters
    ----------
    estimate, variance
        Estimate of each group and the square of its standard error; ``nan`` gets what the others say of it.
    level
        Of the intervals.

    References
    ----------
    Gelman et al. (2013), Bayesian Data Analysis, 3rd ed., section 5.4 (uniform hyperprior on mean and tau; the mean is
    integrated in closed form).
    """
    y, v = np.asarray(estimate, dtype=float), np.asarray(variance, dtype=float)
    there = ~np.isnan(y) & (v > 0)
    prior = heterogeneity(y[there], v[there])
    noise = float(np.sqrt(v[there].mean()))
    tau = _spreads(4 * (float(np.std(y[there])) + noise), prior.sd, noise, nodes=NODES**2 // 4)
    w = 1 / (v[there] + tau[:, None] ** 2)
    centre, precision = (w @ y[there]) / w.sum(axis=1), w.sum(axis=1)
    squares = np.sum(w * (y[there] - centre[:, None]) ** 2, axis=1)
    weights, kept = _normalised((np.sum(np.log(w), axis=1) - np.log(precision) - squares) / 2)
    tau, centre, precision = tau[kept], centre[kept], precision[kept]
    error = np.where(there, v, np.inf)[:, None]
    own = np.where(np.isinf(error), 0.0, tau**2 / (tau**2 + error))
    first = own * np.nan_to_num(y)[:, None] + (1 - own) * centre
    second = np.sqrt((1 - own) * tau**2 + (1 - own) ** 2 / precision)
    posterior = Mixture("normal", weights, first, np.maximum(second, 1e-300))
    return _summary(y, posterior, np.asarray(own @ weights), float(centre @ weights), float(tau @ weights), level)


def _around(location: float, error: float) -> Floats:
    return location + max(error, 1e-4) * np.linspace(-4, 4, NODES)


def _spreads(most: float, estimate: float, noise: float, *, nodes: int = NODES) -> Floats:
    """Return spreads to integrate over, evenly spaced from near 0 to where the likelihood has died away."""
    top = min(most, 4 * estimate + 2 * noise)
    return top * (np.arange(nodes) + 0.5) / nodes


def _normalised(log_weight: Floats) -> tuple[Floats, Mask]:
    """Return the weights of the nodes that matter, and which these are."""
    weights = np.exp(log_weight - log_weight.max())
    kept = weights > NEGLIGIBLE
    return np.asarray(weights[kept] / weights[kept].sum()), kept


def _ratio(k: Floats, n: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(n > 0, k / n, np.nan))


def _summary(raw: Floats, posterior: Mixture, own: Floats, mean: float, sd: float, level: float) -> Shrunken:
    tail = (1 - level) / 2
    return Shrunken(
        raw, posterior.mean(), posterior.quantile(tail), posterior.quantile(1 - tail), own, mean, sd, posterior
    )
