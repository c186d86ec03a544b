"""Did we only reach the satisfied, and by how much could it matter: a traffic light with its reasons."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.association import independence
from kpi_lib.stats.sampling.design import Design, element_design
from kpi_lib.stats.sampling.estimate import means
from kpi_lib.stats.sampling.nonresponse import (
    ResponseRates,
    answered_against_drawn,
    bounds,
    pattern_mixture,
    representativity,
    response_model,
    response_rates,
    standardised_difference,
    tipping_point,
    wave_trend,
)
from kpi_lib.stats.sampling.size import FollowUp, follow_up

LARGE_SMD = -0.2
"""Standardised difference below which a group is clearly under-represented (Cohen's small effect)."""
SMALL_P = 0.01
WEAK_P = 0.05
"""Below it, shared out over the variables tested, and with a large difference, the sign is weak: amber."""
WAVE_FALL = 0.10
"""Fall of the share from first to last contact wave that shows late answers to be different."""
DELTAS = (0.05, 0.10, 0.20)
"""How far the silent are supposed below those who answered, in the plausible range."""
ALL_TOP = 0.90
"""Share of top scores above which the scale has no room left."""


class Light(StrEnum):
    """How far the result may be trusted."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Sign(StrEnum):
    """What the light rests on."""

    FRAME = "frame"
    """A group that goes with dissatisfaction is under-represented among those who answered."""
    SELECTION = "selection"
    """The same among those asked: whom we asked was no fair part of those who could be asked."""
    WAVES = "waves"
    """Late answers are less satisfied than early ones."""
    OFF_SHEET = "off_sheet"
    """People were called who are not on the sheet."""
    SKIPPED = "skipped"
    """People on the sheet were passed over for later ones."""
    CONTACT = "contact"
    """Complainers were contacted less often than others."""
    WEAK = "weak"
    """A group that goes with dissatisfaction seems under-represented; too few people to be sure."""
    TARGET = "target"
    """The verdict against the target changes within what the silent could have said."""
    CEILING = "ceiling"
    """Nearly all answers are the highest."""
    STRAIGHT = "straight"
    """Many answered every item alike."""
    CONTRADICTION = "contradiction"
    """Answers contradict the ticket."""


RED_SIGNS = frozenset({Sign.FRAME, Sign.SELECTION, Sign.WAVES, Sign.OFF_SHEET})


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
        numbers = {
            "share": self.share,
            "response": self.response,
            "worst": self.worst,
            "best": self.best,
            "target": self.target,
            "tipping": self.tipping,
            "r_indicator": self.r_indicator,
        }
        return json.dumps(
            {
                "light": str(self.light),
                "signs": [str(sign) for sign in self.signs],
                **{name: None if math.isnan(value) else value for name, value in numbers.items()},
                "checks": json.loads(self.checks.to_json(orient="records")),
                "mixtures": json.loads(self.mixtures.to_json(orient="records")),
            },
            ensure_ascii=False,
        )


def nonresponse_check(
    drawn: pd.DataFrame,
    *,
    linked: Sequence[str],
    known: Sequence[str] = (),
    answered: str = "answered",
    satisfied: str = "satisfied",
    stratum: str = "stratum",
    population: str = "population",
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

    Parameters
    ----------
    drawn
        One row per unit drawn: whether answered, what was answered, and what the frame knows of everybody.
    linked
        Columns (0 or 1, or a quantity) that go with dissatisfaction: overdue, reopened, complained.
    known
        Other columns known of everyone drawn: kind, branch, channel.
    answered, satisfied, stratum, population, weight
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
    codes = pd.factorize(drawn[stratum], sort=True)[0].astype(np.int64)
    design = _drawn_design(weights, codes, drawn[population].to_numpy(float))
    rows: list[dict[str, object]] = []
    if frame is not None:
        rows += [_selection_row(drawn, frame, name, tested=len(linked)) for name in linked if name in frame]
    rows += _sheet_rows(drawn, off_sheet, order, contacted, agent, linked)
    rows += [_linked_row(design, drawn[name].to_numpy(float), heard, name, tested=len(linked)) for name in linked]
    rows += [_known_row(design, drawn[name], heard, name) for name in known]
    rows += _wave_rows(drawn, heard, satisfied, wave)
    rows += _answer_rows(drawn[heard], score, items, contradictions or {})
    checks = pd.DataFrame(rows, columns=CHECK_COLUMNS)
    response = float(weights[heard].sum() / weights.sum()) if weights.sum() else math.nan
    share = float(np.average(drawn.loc[heard, satisfied], weights=weights[heard])) if heard.any() else math.nan
    mixtures = pd.DataFrame(
        {"delta": DELTAS, "value": [float(pattern_mixture(share, response, delta=delta)) for delta in DELTAS]}
    )
    worst, best = bounds(share, response)
    signs = {Sign(sign) for sign in checks["sign"] if sign}
    if (share >= target) != (float(mixtures["value"].min()) >= target):
        signs.add(Sign.TARGET)
    light = Light.RED if signs & RED_SIGNS else Light.AMBER if signs else Light.GREEN
    r, bias, auc = _representative(drawn, [*linked, *known], heard, weights)
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
        r_indicator=r,
        largest_bias=bias,
        auc=auc,
        follow_up=_follow_up(len(drawn), float(heard.mean())) if light is Light.RED else None,
    )


CHECK_COLUMNS = (
    "family",
    "check",
    "variable",
    "value",
    "reference",
    "difference",
    "se",
    "smd",
    "statistic",
    "p",
    "sign",
)


def _row(family: str, check: str, variable: str, **numbers: float | str) -> dict[str, object]:
    blank = dict.fromkeys(CHECK_COLUMNS[3:-1], math.nan)
    return {"family": family, "check": check, "variable": variable, "sign": "", **blank, **numbers}


def _drawn_design(weights: Floats, codes: Ints, population: Floats) -> Design:
    """Return the design of everyone drawn; strata with one unit are joined into one without correction."""
    n = np.bincount(codes)
    lonely = (n == 1)[codes] & (population > 1)
    if lonely.any():
        codes = np.where(lonely, codes.max() + 1, codes)
        if lonely.sum() == 1:
            codes = np.where(lonely, codes[np.argmin(lonely)], codes)
        whole = pd.Series(weights).groupby(codes).transform("sum").to_numpy(float)
        population = np.where(np.isin(codes, codes[lonely]), np.maximum(whole, 1.0), population)
    return element_design(weights, strata=codes, population=population)


def _linked_row(design: Design, values: Floats, heard: np.ndarray, name: str, *, tested: int) -> dict[str, object]:
    """Test those who answered against everyone drawn, and size the difference against the silent."""
    known = ~np.isnan(values)
    inside, outside = values[heard & known], values[~heard & known]
    smd = standardised_difference(inside, outside)
    if inside.size == 0 or outside.size == 0 or np.nanstd(values) == 0:
        return _row("response", "answered_against_drawn", name, smd=smd)
    found = answered_against_drawn(design, values, heard)
    # More of the dissatisfied silent means fewer of them among those who answered: a negative difference.
    both = means(design, np.column_stack([values, values]), domain=np.column_stack([heard, np.ones_like(heard)]))
    return _row(
        "response",
        "answered_against_drawn",
        name,
        value=float(both.value[0]),
        reference=float(both.value[1]),
        difference=found.value,
        se=found.se,
        smd=smd,
        statistic=found.t,
        p=found.p,
        sign=_sign(smd, found.p, Sign.FRAME, tested=tested),
    )


def _sign(smd: float, p: float, strong: Sign, *, tested: int) -> str:
    if smd >= LARGE_SMD:
        return ""
    if p < SMALL_P:
        return strong
    return Sign.WEAK if p < WEAK_P / tested else ""


def _selection_row(drawn: pd.DataFrame, frame: pd.DataFrame, name: str, *, tested: int) -> dict[str, object]:
    """Test those drawn against everybody else in the frame, hypergeometric variance."""
    inside, everybody = drawn[name].to_numpy(float), frame[name].to_numpy(float)
    n, size = len(inside), len(everybody)
    expected = _expected_mean(drawn, frame, name)
    if n in (0, size) or np.std(everybody) == 0:
        return _row("selection", "asked_against_frame", name)
    smd = (inside.mean() - expected) / np.std(everybody) * size / (size - n)
    se = float(np.std(everybody, ddof=1) * math.sqrt((1 - n / size) / n))
    statistic = float((inside.mean() - expected) / se)
    p = math.erfc(abs(statistic) / math.sqrt(2))
    return _row(
        "selection",
        "asked_against_frame",
        name,
        value=float(inside.mean()),
        reference=expected,
        difference=float(inside.mean() - expected),
        se=se,
        smd=float(smd),
        statistic=statistic,
        p=p,
        sign=_sign(float(smd), p, Sign.SELECTION, tested=tested),
    )


def _expected_mean(drawn: pd.DataFrame, frame: pd.DataFrame, name: str) -> float:
    """Mean of the frame as the strata were drawn: a draw that takes more complainers on purpose is no bias."""
    if "stratum" not in frame or "stratum" not in drawn:
        return float(frame[name].mean())
    by_stratum = frame.groupby("stratum")[name].mean()
    return float(by_stratum.reindex(drawn["stratum"]).mean())


def _sheet_rows(
    drawn: pd.DataFrame,
    off_sheet: int,
    order: str | None,
    contacted: str | None,
    agent: str | None,
    linked: Sequence[str],
) -> list[dict[str, object]]:
    rows = []
    if off_sheet:
        rows.append(_row("selection", "off_sheet", "", value=float(off_sheet), sign=Sign.OFF_SHEET))
    if contacted is None:
        return rows
    reached = drawn[contacted].fillna(False).to_numpy(bool)
    if order is not None:
        last = pd.Series(np.where(reached, drawn[order], 0)).groupby(drawn["stratum"].to_numpy()).transform("max")
        passed = ~reached & (drawn[order].to_numpy() < last.to_numpy())
        share = float(passed.mean())
        rows.append(_row("selection", "skipped", order, value=share, sign=Sign.SKIPPED if share > 0.05 else ""))
    groups: list[tuple[str | None, np.ndarray]] = [(None, np.ones(len(drawn), dtype=bool))]
    if agent is not None:
        groups += [
            (str(name), (drawn[agent] == name).to_numpy(bool)) for name in sorted(drawn[agent].dropna().unique())
        ]
    for name in linked:
        for who, inside in groups:
            rows.append(_contact_row(drawn[name].to_numpy(float)[inside], reached[inside], name, who))
    return [row for row in rows if row]


def _contact_row(values: Floats, reached: np.ndarray, name: str, who: str | None) -> dict[str, object]:
    flagged = values > 0
    if flagged.sum() < 5 or (~flagged).sum() < 5:
        return {}
    one, other, pooled = reached[flagged].mean(), reached[~flagged].mean(), reached.mean()
    se = math.sqrt(pooled * (1 - pooled) * (1 / flagged.sum() + 1 / (~flagged).sum()))
    statistic = float((one - other) / se) if se else 0.0
    p = math.erfc(abs(statistic) / math.sqrt(2))
    found = Sign.CONTACT if p < SMALL_P and one < other - 0.1 else ""
    variable = name if who is None else f"{name} / {who}"
    return _row(
        "selection",
        "contact_rate",
        variable,
        value=float(one),
        reference=float(other),
        difference=float(one - other),
        se=se,
        statistic=statistic,
        p=p,
        sign=found,
    )


def _known_row(design: Design, values: pd.Series, heard: np.ndarray, name: str) -> dict[str, object]:
    codes = pd.factorize(values, sort=True)[0].astype(np.int64)
    if codes.max() < 1 or heard.all() or not heard.any():
        return _row("response", "rao_scott", name)
    statistic, p = independence(design, heard.astype(np.int64), codes).f
    return _row("response", "rao_scott", name, statistic=statistic, p=p)


def _wave_rows(drawn: pd.DataFrame, heard: np.ndarray, satisfied: str, wave: str | None) -> list[dict[str, object]]:
    if wave is None:
        return []
    rows = drawn[heard & drawn[wave].notna().to_numpy(bool)]
    trend = wave_trend(rows[satisfied], rows[wave])
    fall = trend.last - trend.first
    red = fall < -WAVE_FALL and trend.p < SMALL_P
    return [
        _row(
            "response",
            "wave_trend",
            wave,
            value=trend.last,
            reference=trend.first,
            difference=fall,
            statistic=trend.z,
            p=trend.p,
            sign=Sign.WAVES if red else "",
        )
    ]


def _answer_rows(
    heard: pd.DataFrame, score: str, items: Sequence[str], contradictions: Mapping[str, str]
) -> list[dict[str, object]]:
    rows = []
    if score in heard and heard[score].notna().sum() >= 30:
        top = float((heard[score].dropna() == heard[score].max()).mean())
        rows.append(_row("answers", "ceiling", score, value=top, sign=Sign.CEILING if top > ALL_TOP else ""))
    if len(items) >= 3:
        complete = heard[list(items)].dropna()
        same = float((complete.max(axis=1) == complete.min(axis=1)).mean()) if len(complete) else math.nan
        rows.append(_row("answers", "straight_line", "", value=same, sign=Sign.STRAIGHT if same > 0.5 else ""))
    for answer, fact in contradictions.items():
        if answer not in heard or fact not in heard:
            continue
        pairs = heard[[answer, fact]].astype(object).dropna().astype(float)
        claimed = pairs[pairs[answer] == 1]
        wrong = float((claimed[fact] == 1).mean()) if len(claimed) else math.nan
        found = Sign.CONTRADICTION if len(claimed) >= 20 and wrong > 0.1 else ""
        rows.append(_row("answers", "contradiction", f"{answer} / {fact}", value=wrong, sign=found))
    return rows


def _representative(
    drawn: pd.DataFrame, columns: Sequence[str], heard: np.ndarray, weights: Floats
) -> tuple[float, float, float]:
    if heard.all() or not heard.any() or not columns:
        return math.nan, math.nan, math.nan
    parts = [np.ones(len(drawn))]
    for name in columns:
        values = drawn[name]
        if pd.api.types.is_numeric_dtype(values):
            parts.append(values.fillna(values.mean()).to_numpy(float))
        else:
            parts += list(pd.get_dummies(values.astype(str), drop_first=True).to_numpy(float).T)
    model = response_model(np.column_stack(parts), heard, weights)
    found = representativity(model.propensity, heard, weights)
    return found.r, found.largest_bias, found.auc


def _follow_up(drawn: int, response: float) -> FollowUp | None:
    """Plan to ask a part of the silent again, at four times the cost of a first call, for the effort already made."""
    if not 0 < response < 1:
        return None
    plan = follow_up(1.0, cost_first=1.0, cost_follow_up=4.0, response=response)
    silent = drawn * (1 - response)
    return FollowUp(float(drawn), plan.rate, math.ceil(silent * plan.rate))
