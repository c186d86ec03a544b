"""Weights made to fit known totals (post-strata, raking, regression), trimmed, and spread over those who answered."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.design import Calibration, Design

TOLERANCE = 1e-10
"""Largest relative gap to a known total at which raking and calibration stop."""


class NotReachedError(ValueError):
    """Known totals that no weights of the wanted kind can meet."""


class Distance(StrEnum):
    """How far new weights may be from the old: ``linear`` (regression), ``raking`` (multiplicative, never negative)."""

    LINEAR = "linear"
    RAKING = "raking"


def _indicators(codes: Ints, n_levels: int) -> Floats:
    flags: Floats = (codes[:, None] == np.arange(n_levels)).astype(float)
    return flags


def _checked(codes: Ints, totals: Floats, weights: Floats) -> None:
    if (codes[weights > 0] < 0).any() or (codes[weights > 0] >= len(totals)).any():
        raise ValueError("a level of the sample is absent from the known totals")
    empty = np.bincount(codes[weights > 0], minlength=len(totals)) == 0
    if (empty & (totals > 0)).any():
        raise ValueError(
            f"levels {np.flatnonzero(empty & (totals > 0)).tolist()} have a total and nobody in the sample"
        )


def post_stratify(design: Design, cells: Ints, totals: Floats) -> Design:
    """Scale the weights of every cell to its known total.

    Parameters
    ----------
    design
        The sample.
    cells
        Cell of every row, coded from 0; rows of weight 0 may carry any code.
    totals
        Population of every cell.

    References
    ----------
    Holt and Smith (1979), J. R. Stat. Soc. A 142:33.
    """
    _checked(cells, totals, design.weights)
    inside = np.where(design.weights > 0, cells, 0)
    have = np.bincount(inside, weights=design.weights, minlength=len(totals))
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(have > 0, totals / have, 1.0)
    weights = design.weights * factor[inside]
    return design.reweighted(weights, Calibration(_indicators(inside, len(totals)), design.weights))


def rake(
    design: Design, margins: Sequence[tuple[Ints, Floats]], *, tolerance: float = TOLERANCE, rounds: int = 1000
) -> Design:
    """Scale the weights to each margin in turn until all are met.

    Parameters
    ----------
    design
        The sample.
    margins
        Codes from 0 and known totals of every margin; the totals of all margins must add up to the same population.
    tolerance
        Largest relative gap left.
    rounds
        Turns over all margins before giving up.

    Raises
    ------
    NotReachedError
        The margins cannot be met.

    References
    ----------
    Deming and Stephan (1940), Ann. Math. Stat. 11:427; Deville, Särndal and Sautory (1993), JASA 88:1013.
    """
    for codes, totals in margins:
        _checked(codes, totals, design.weights)
    sums = [float(totals.sum()) for _, totals in margins]
    if max(sums) - min(sums) > 1e-6 * max(sums):
        raise NotReachedError(f"the margins add up to different populations: {sums}")
    inside = [(np.where(design.weights > 0, codes, 0), totals) for codes, totals in margins]
    weights = design.weights.copy()
    for _ in range(rounds):
        gap = 0.0
        for codes, totals in inside:
            have = np.bincount(codes, weights=weights, minlength=len(totals))
            factor = np.divide(totals, have, out=np.ones(len(totals)), where=have > 0)
            gap = max(gap, float(np.abs(factor - 1).max()))
            weights = weights * factor[codes]
        if gap < tolerance:
            basis = np.column_stack([_indicators(codes, len(totals)) for codes, totals in inside])
            # Unweighted residuals of the margins, the convention of R's survey.
            return design.reweighted(weights, Calibration(basis, (weights > 0).astype(float)))
    raise NotReachedError(f"the margins are not met after {rounds} rounds")


def calibrate(
    design: Design,
    auxiliary: Floats,
    totals: Floats,
    *,
    distance: Distance = Distance.LINEAR,
    bounds: tuple[float, float] | None = None,
    rounds: int = 200,
) -> Design:
    """Change the weights as little as possible so that auxiliary variables add up to known totals (GREG where linear).

    Parameters
    ----------
    design
        The sample.
    auxiliary, totals
        Shape (rows, variables) and (variables,); include a column of ones to fix the population.
    distance
        What is kept small.
    bounds
        Lowest and highest ratio of new to old weight.
    rounds
        Newton steps before giving up.

    Raises
    ------
    NotReachedError
        No such weights, for instance within the bounds.

    References
    ----------
    Deville and Särndal (1992), J. Am. Stat. Assoc. 87:376, cases 1, 2 and 7.
    """
    lam = np.zeros(auxiliary.shape[1])
    scale = np.maximum(np.abs(totals), 1.0)
    for _ in range(rounds):
        step = auxiliary @ lam
        ratio = np.exp(step) if distance is Distance.RAKING else 1 + step
        slope = ratio if distance is Distance.RAKING else np.ones_like(ratio)
        if bounds is not None:
            slope = np.where((ratio < bounds[0]) | (ratio > bounds[1]), 0.0, slope)
            ratio = np.clip(ratio, *bounds)
        weights = design.weights * ratio
        gap = totals - weights @ auxiliary
        if np.abs(gap / scale).max() < TOLERANCE:
            return design.reweighted(weights, Calibration(auxiliary, design.weights))
        hessian = (auxiliary * (design.weights * slope)[:, None]).T @ auxiliary
        lam = lam + np.linalg.lstsq(hessian, gap, rcond=None)[0]
    raise NotReachedError("no weights meet the totals" + ("" if bounds is None else f" within {bounds}"))


def trim(weights: Floats, upper: float, *, strict: bool = False) -> Floats:
    """Cut weights at ``upper`` and share what was cut equally among the others.

    Parameters
    ----------
    strict
        Repeat until no weight is above ``upper``.

    Raises
    ------
    NotReachedError
        The cap times the number of rows is below the population.

    References
    ----------
    Potter (1990), Proc. Surv. Res. Methods Sect., 225.
    """
    trimmed = weights.astype(float)
    used = trimmed > 0
    if upper * used.sum() < trimmed.sum() * (1 - 1e-12):
        raise NotReachedError(f"a cap of {upper:g} leaves too little weight for the population")
    while (over := trimmed > upper * (1 + 1e-12)).any():
        cut = float((trimmed[over] - upper).sum())
        free = used & ~over & (trimmed < upper)
        trimmed = np.where(over, upper, trimmed)
        trimmed[free] += cut / free.sum()
        if not strict:
            break
    return trimmed


def spread_over_answers(weights: Floats, answered: np.ndarray, classes: Ints) -> Floats:
    """Hand the weight of those who did not answer to those of their class who did (weighting classes).

    Parameters
    ----------
    weights
        Of everyone drawn.
    answered
        Whether the row answered.
    classes
        Class of every row, coded from 0.

    Returns
    -------
    array
        0 for those who did not answer.

    Raises
    ------
    ValueError
        A class in which nobody answered.

    References
    ----------
    Oh and Scheuren (1983), in Madow et al., Incomplete Data in Sample Surveys 2:143.
    """
    n_classes = int(classes.max()) + 1
    drawn = np.bincount(classes, weights=weights, minlength=n_classes)
    heard = np.bincount(classes, weights=weights * answered, minlength=n_classes)
    if ((heard == 0) & (drawn > 0)).any():
        raise ValueError(f"nobody answered in classes {np.flatnonzero((heard == 0) & (drawn > 0)).tolist()}")
    factor = np.divide(drawn, heard, out=np.zeros(n_classes), where=heard > 0)
    spread: Floats = np.where(answered, weights * factor[classes], 0.0)
    return spread
