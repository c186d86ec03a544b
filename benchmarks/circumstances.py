"""How often anything is called risen where nothing rose, and what rise is seen: benchmark of the circumstances.

    python benchmarks/circumstances.py [companies]

Every company has 35 figures over thirteen months, as a branch's fishbone has; months differ by more than chance where
``between`` is above 0 (its square is the variance of a month's level over the square of the level).
"""

from __future__ import annotations

import sys

import numpy as np

from kpi_lib.stats.periods import Family, against_earlier

FIGURES, MONTHS, LEVEL = 35, 13, 0.95
CASES: tuple[tuple[Family, float, float, float], ...] = (
    ("rate", 300, 0.01, 0.0), ("rate", 300, 0.01, 0.3), ("rate", 300, 0.01, 0.7), ("rate", 12, 20.0, 0.15),
    ("share", 50, 0.05, 0.0), ("share", 100, 0.10, 0.0), ("share", 100, 0.10, 0.3), ("share", 400, 0.10, 0.3),
    ("mean", 30, 50.0, 0.0), ("mean", 30, 50.0, 0.2),
)  # fmt: skip


def drawn(
    family: Family, n: float, level: float, between: float, rise: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return numerator, denominator and sum of squares of the months; the last one's level is ``rise`` times higher."""
    cases = np.maximum(rng.poisson(n, MONTHS), 2)
    levels = np.full(MONTHS, level)
    if between:
        levels = level * rng.gamma(1 / between**2, between**2, MONTHS)
    levels[-1] *= rise
    match family:
        case "rate":
            return rng.poisson(levels * cases), cases, np.zeros(MONTHS)
        case "share":
            return rng.binomial(cases, np.minimum(levels, 1.0)), cases, np.zeros(MONTHS)
        case "mean":
            values = [rng.exponential(mean, size) for mean, size in zip(levels, cases, strict=True)]
            return np.array([x.sum() for x in values]), cases, np.array([(x**2).sum() for x in values])


def risen(family: Family, n: float, level: float, between: float, rise: float, rng: np.random.Generator) -> bool:
    """Return whether one figure is called more than before."""
    k, cases, squares = drawn(family, n, level, between, rise, rng)
    found = against_earlier(
        family, (float(k[-1]), float(cases[-1]), float(squares[-1])), (k[:-1], cases[:-1], squares[:-1]),
        level=1 - (1 - LEVEL) / FIGURES,
    )  # fmt: skip
    return bool(found.difference.lo > 0)


def main() -> None:
    """Print the chance of any false rise among the figures, and of seeing one that doubled or trebled."""
    companies = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    rng = np.random.default_rng(20251101)
    for family, n, level, between in CASES:
        false = np.mean(
            [any(risen(family, n, level, between, 1, rng) for _ in range(FIGURES)) for _ in range(companies)]
        )
        seen = [np.mean([risen(family, n, level, between, rise, rng) for _ in range(companies)]) for rise in (2, 3)]
        print(
            f"{family:5} n={n:g} level={level:g} between={between:g}: any false {false:.1%}, "
            f"doubled {seen[0]:.0%}, trebled {seen[1]:.0%}"
        )


if __name__ == "__main__":
    main()
