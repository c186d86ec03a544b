"""Response: are those who answered like those who were asked, in everything known of both?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from kpi_lib.analysis.sampling.selection_checks import Reasons
from kpi_lib.analysis.sampling.signs import WAVE_FALL, WAVE_P, Sign, check_row, index_sign, variable_sign
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.sampling.association import Difference, independence
from kpi_lib.stats.sampling.comparisons import answered_against_drawn, joint_index, standardised_difference
from kpi_lib.stats.sampling.design import Design, element_design
from kpi_lib.stats.sampling.estimate import means
from kpi_lib.stats.sampling.response import Representativity, representativity, response_model
from kpi_lib.stats.sampling.silent import wave_trend


def drawn_design(weights: Floats, strata: pd.Series) -> Design:
    """Return the design of everyone drawn; strata with one unit are joined into one.

    Without finite population correction: what is random here is who answers, also where everybody was drawn.
    """
    codes = pd.factorize(strata, sort=True)[0].astype(np.int64)
    lonely = (np.bincount(codes) == 1)[codes]
    if lonely.any():
        codes = np.where(lonely, codes.max() + 1, codes)
        if lonely.sum() == 1:
            codes = np.where(lonely, codes[np.argmin(lonely)], codes)
    return element_design(weights, strata=codes)


def linked_rows(design: Design, drawn: pd.DataFrame, heard: np.ndarray, reasons: Reasons) -> list[dict[str, object]]:
    """Test those who answered against everyone drawn: all reasons to complain together, then one by one."""
    linked = reasons.names
    if not linked or heard.all() or not heard.any():
        return [check_row("response", "answered_against_drawn", name) for name in linked]
    values = drawn[list(linked)].to_numpy(float)
    rows = []
    index = joint_index(values, values, reasons.weights(linked))
    if np.ptp(index) > 0:
        found, smd = answered_against_drawn(design, index, heard), _smd(index, heard)
        p = float(stats.t.cdf(found.t, found.df))
        sign = index_sign(smd, p, Sign.FRAME)
        rows.append(_row("reasons_answered", "", design, index, heard, found, smd, p, sign))
    for place, name in enumerate(linked):
        own = values[:, place]
        known = ~np.isnan(own)
        smd = _smd(own, heard)
        if not (heard & known).any() or not (~heard & known).any() or np.nanstd(own) == 0:
            rows.append(check_row("response", "answered_against_drawn", name, smd=smd))
            continue
        found = answered_against_drawn(design, own, heard)
        expected = float(np.nanmean(own) * heard.sum())
        sign = variable_sign(smd, found.p, Sign.FRAME, tested=len(linked), expected=expected)
        rows.append(_row("answered_against_drawn", name, design, own, heard, found, smd, found.p, sign))
    return rows


def _smd(values: Floats, heard: np.ndarray) -> float:
    known = ~np.isnan(values)
    return standardised_difference(values[heard & known], values[~heard & known])


def _row(
    check: str,
    variable: str,
    design: Design,
    values: Floats,
    heard: np.ndarray,
    found: Difference,
    smd: float,
    p: float,
    sign: str,
) -> dict[str, object]:
    both = means(design, np.column_stack([values, values]), domain=np.column_stack([heard, np.ones_like(heard)]))
    return check_row(
        "response",
        check,
        variable,
        value=float(both.value[0]),
        reference=float(both.value[1]),
        difference=found.value,
        se=found.se,
        smd=smd,
        statistic=found.t,
        p=p,
        sign=sign,
    )


def known_row(design: Design, values: pd.Series, heard: np.ndarray, name: str) -> dict[str, object]:
    """Test whether answering depends on a classification (Rao and Scott)."""
    codes = pd.factorize(values, sort=True)[0].astype(np.int64)
    if codes.max(initial=-1) < 1 or heard.all() or not heard.any():
        return check_row("response", "rao_scott", name)
    statistic, p = independence(design, heard.astype(np.int64), codes).f
    return check_row("response", "rao_scott", name, statistic=statistic, p=p)


def wave_row(drawn: pd.DataFrame, heard: np.ndarray, satisfied: str, wave: str) -> dict[str, object]:
    """Test whether late answers are less satisfied than early ones."""
    rows = drawn[heard & drawn[wave].notna().to_numpy(bool) & drawn[satisfied].notna().to_numpy(bool)]
    trend = wave_trend(rows[satisfied], rows[wave])
    fall = trend.last - trend.first
    sign = Sign.WAVES if fall < -WAVE_FALL and trend.p < WAVE_P else ""
    return check_row(
        "response",
        "wave_trend",
        wave,
        value=trend.last,
        reference=trend.first,
        difference=fall,
        statistic=trend.z,
        p=trend.p,
        sign=sign,
    )


def representative(drawn: pd.DataFrame, columns: Sequence[str], heard: np.ndarray, weights: Floats) -> Representativity:
    """Return how alike those who answered are to those drawn, by a model of answering on all that is known."""
    if heard.all() or not heard.any() or not columns:
        return Representativity(math.nan, math.nan, math.nan)
    parts = [np.ones(len(drawn))]
    for name in columns:
        values = drawn[name]
        if pd.api.types.is_numeric_dtype(values):
            parts.append(values.fillna(values.mean()).to_numpy(float))
        else:
            parts += list(pd.get_dummies(values.astype(str), drop_first=True).to_numpy(float).T)
    model = response_model(np.column_stack(parts), heard, weights)
    return representativity(model.propensity, heard, weights)
