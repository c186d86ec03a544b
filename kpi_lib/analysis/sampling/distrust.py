"""Did we only reach the satisfied, and by how much could it matter: a traffic light with its reasons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.answer_checks import answer_rows
from kpi_lib.analysis.sampling.response_checks import drawn_design, known_row, linked_rows, representative, wave_row
from kpi_lib.analysis.sampling.selection_checks import CallColumns, Reasons, call_rows, frame_rows
from kpi_lib.analysis.sampling.signs import CHECK_COLUMNS, Light, Sign, light_of
from kpi_lib.analysis.strict_json import strict_json
from kpi_lib.stats.sampling.response import ResponseRates, response_rates
from kpi_lib.stats.sampling.silent import bounds, pattern_mixture, tipping_point
from kpi_lib.stats.sampling.size import FollowUp, follow_up

DELTAS = (0.05, 0.10, 0.20)
"""How far the silent are supposed below those who answered, in the plausible range."""
FOLLOW_UP_COST = 4.0
"""What asking a silent person again costs, in first calls."""


@dataclass(frozen=True, eq=False)
class NonresponseCheck:
    """Whether those who answered may speak for those who did not.

    Parameters
    ----------
    light, signs
        The verdict and what it rests on.
    checks
        ``family`` (selection, response, answers), ``check, variable, value, reference, difference, se, smd, statistic,
        p, sign`` (empty where nothing was found).
    rates, weighted_rates
        Response rates in people and in weight.
    share
        Satisfied share of those who answered, base weights.
    response
        Weighted response rate.
    worst, best
        The overall share if none, and if all, of the silent were satisfied.
    target, tipping
        The share aimed at, and that of the silent at which the overall share equals it.
    mixtures
        ``delta, value``: the overall share if the silent lie that much lower.
    r_indicator, largest_bias, auc
        Of the response model; ``nan`` where nothing is known to model.
    follow_up
        Plan of asking a part of the silent again, when red.
    """

    light: Light
    signs: tuple[Sign, ...]
    checks: pd.DataFrame
    rates: ResponseRates
    weighted_rates: ResponseRates
    share: float
    response: float
    worst: float
    best: float
    target: float
    tipping: float
    mixtures: pd.DataFrame
    r_indicator: float
    largest_bias: float
    auc: float
    follow_up: FollowUp | None

    @property
    def plausible(self) -> tuple[float, float]:
        """The overall share over the deltas supposed: published instead of a point when red."""
        return float(min(self.mixtures["value"].min(), self.share)), self.share

    def to_json(self) -> str:
        """Return the check as JSON."""
        return strict_json(self)


def nonresponse_check(
    drawn: pd.DataFrame,
    *,
    linked: Sequence[str],
    importance: Mapping[str, float] | None = None,
    known: Sequence[str] = (),
    answered: str = "answered",
    satisfied: str = "satisfied",
    stratum: str = "stratum",
    weight: str = "weight",
    wave: str | None = None,
    target: float = 0.8,
    frame: pd.DataFrame | None = None,
    off_sheet: int = 0,
    unknown_eligibility: int = 0,
    ineligible: int = 0,
    order: str | None = None,
    contacted: str | None = None,
    agent: str | None = None,
    score: str = "score",
    items: Sequence[str] = (),
    contradictions: Mapping[str, str] | None = None,
) -> NonresponseCheck:
    """Check selection, response and answers of a survey.

    Red needs evidence that random silence gives in about one survey of a hundred, however small the survey, and a
    difference large enough to matter: the joint test of all linked columns of whom we asked and of who answered
    (one-sided .005 each), the same over both stages (.0025), single columns (.0025 shared out over them), the trend
    over contact waves (.005), or somebody called off the sheet.

    Parameters
    ----------
    drawn
        One row per unit drawn: whether answered, what was answered, and what the frame knows of everybody.
    linked
        Columns (0 or 1, or a quantity) that go with dissatisfaction: overdue, reopened, complained.
    importance
        What one unit of each linked column adds to the chance of dissatisfaction, as earlier surveys tell; without
        it all count alike, by their spread.
    known
        Other columns known of everyone drawn: kind, branch, channel.
    answered, satisfied, stratum, weight
        Columns.
    wave
        Column of the contact wave of the answer, 1, 2, 3...
    target
        Share aimed at.
    frame
        Everybody who could have been drawn, with the linked columns: tests whom we asked.
    off_sheet, unknown_eligibility, ineligible
        Counts.
    order, contacted, agent
        Columns of the place on the sheet (from 1 within stratum), whether contacted, and by whom.
    score, items
        Columns of the score and of further items of the same scale.
    contradictions
        Answer column by ticket column: pairs that cannot both be 1 (``resolved_at_once`` against ``reopened``).
    """
    heard = drawn[answered].fillna(False).to_numpy(bool)
    weights = drawn[weight].to_numpy(float)
    design = drawn_design(weights, drawn[stratum])
    reasons = Reasons(tuple(linked), importance)
    rows = [] if frame is None else frame_rows(drawn, frame, reasons, heard)
    rows += call_rows(drawn, linked, CallColumns(order, contacted, agent), off_sheet=off_sheet)
    rows += linked_rows(design, drawn, heard, reasons)
    rows += [known_row(design, drawn[name], heard, name) for name in known]
    rows += [] if wave is None else [wave_row(drawn, heard, satisfied, wave)]
    rows += answer_rows(drawn[heard], score, items, contradictions or {})
    checks = pd.DataFrame(rows, columns=list(CHECK_COLUMNS))
    response = float(weights[heard].sum() / weights.sum()) if weights.sum() else math.nan
    share = float(np.average(drawn.loc[heard, satisfied], weights=weights[heard])) if heard.any() else math.nan
    mixtures = pd.DataFrame(
        {"delta": DELTAS, "value": [float(pattern_mixture(share, response, delta=delta)) for delta in DELTAS]}
    )
    worst, best = bounds(share, response)
    signs = {Sign(sign) for sign in checks["sign"] if sign}
    if (share >= target) != (float(mixtures["value"].min()) >= target):
        signs.add(Sign.TARGET)
    light = light_of(signs)
    alike = representative(drawn, [*linked, *known], heard, weights)
    silent = len(drawn) - int(heard.sum()) - unknown_eligibility - ineligible
    return NonresponseCheck(
        light=light,
        signs=tuple(sign for sign in Sign if sign in signs),
        checks=checks,
        rates=response_rates(int(heard.sum()), silent, ineligible, unknown_eligibility),
        weighted_rates=response_rates(float(weights[heard].sum()), float(weights[~heard].sum())),
        share=share,
        response=response,
        worst=worst,
        best=best,
        target=target,
        tipping=tipping_point(share, response, target),
        mixtures=mixtures,
        r_indicator=alike.r,
        largest_bias=alike.largest_bias,
        auc=alike.auc,
        follow_up=_follow_up(len(drawn), float(heard.mean())) if light is Light.RED else None,
    )


def _follow_up(drawn: int, response: float) -> FollowUp | None:
    """Plan to ask a part of the silent again, for the effort already made."""
    if not 0 < response < 1:
        return None
    plan = follow_up(1.0, cost_first=1.0, cost_follow_up=FOLLOW_UP_COST, response=response)
    silent = drawn * (1 - response)
    return FollowUp(float(drawn), plan.rate, math.ceil(silent * plan.rate))
