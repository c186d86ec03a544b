"""The satisfied share by way of weighting, side by side: what each way moves, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.identity import places
from kpi_lib.analysis.sampling.statistics import Sample, Wanted, share, with_design
from kpi_lib.analysis.sampling.strata import JOINT, coded, strata_of
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.design import Design, element_design
from kpi_lib.stats.sampling.estimate import kish_effect
from kpi_lib.stats.sampling.weighting import (
    NotReachedError,
    calibrate,
    post_stratify,
    rake,
    spread_over_answers,
    trim,
)

THIN_CLASS = 5
"""Answers below which a weighting class is joined to the other thin ones."""

NO_NUMBERS = ("value", "se", "lo", "hi", "deff", "ess", "weight_ratio")


@dataclass(frozen=True)
class Adjustments:
    """How weights are adjusted, beside the base weights.

    Parameters
    ----------
    classes
        Columns, known of everyone drawn, that make the weighting classes.
    margins
        Known population by value, by column, for raking.
    post_strata
        Columns and the known population by value (several columns: by their values joined with `` | ``).
    totals
        Known population total by numeric column, for linear regression weights (GREG).
    cap
        Largest weight of all adjusted ones, in multiples of their median; above it weights are trimmed.
    """

    classes: Sequence[str] = ()
    margins: Mapping[str, Mapping[object, float]] = field(default_factory=dict)
    post_strata: tuple[Sequence[str], Mapping[object, float]] | None = None
    totals: Mapping[str, float] = field(default_factory=dict)
    cap: float | None = None


def side_by_side(drawn: pd.DataFrame, sample: Sample, how: Adjustments, wanted: Wanted) -> pd.DataFrame:
    """Return one row per way of weighting.

    Parameters
    ----------
    drawn
        Everyone drawn, with ``id``, ``weight`` and the columns of the classes.
    sample
        The answers under base weights, with ``satisfied``.
    """
    heard, design = sample.answers, sample.design
    plain = element_design(np.ones(len(heard)))
    rows = [_row("unweighted", sample, plain, wanted), _row("base", sample, design, wanted)]
    if how.classes:
        rows.append(_by_class(drawn, sample, how.classes, wanted))
    if how.post_strata is not None:
        columns, known = how.post_strata
        rows.append(_adjusted("post_stratified", sample, wanted, how.cap, lambda: _post(heard, design, columns, known)))
    if how.margins:
        rows.append(_adjusted("raked", sample, wanted, how.cap, lambda: _raked(heard, design, how.margins)))
    if how.totals:
        rows.append(_adjusted("regression", sample, wanted, how.cap, lambda: _regression(sample, how.totals)))
    return pd.DataFrame(rows)


def _row(
    name: str, sample: Sample, design: Design, wanted: Wanted, *, trimmed: int = 0, note: str = ""
) -> dict[str, object]:
    made = share(with_design(sample, design), sample.answers["satisfied"].to_numpy(float), wanted)
    effect = kish_effect(design.weights)
    used = design.weights[design.weights != 0]
    return {
        "method": name,
        "value": made.value,
        "se": made.se,
        "lo": made.lo,
        "hi": made.hi,
        "n": made.n,
        "deff": effect,
        "ess": made.n / effect,
        "weight_ratio": float(used.max() / used.min()) if used.min() > 0 else math.nan,
        "trimmed": trimmed,
        "note": note,
    }


def _adjusted(
    name: str, sample: Sample, wanted: Wanted, cap: float | None, adjust: Callable[[], Design]
) -> dict[str, object]:
    try:
        design = adjust()
    except (NotReachedError, ValueError):
        return {**_row(name, sample, sample.design, wanted, note="not_met"), **dict.fromkeys(NO_NUMBERS, math.nan)}
    trimmed = 0
    if cap is not None:
        upper = cap * float(np.median(design.weights))
        trimmed = int((design.weights > upper).sum())
        if trimmed:
            design = design.reweighted(trim(design.weights, upper, strict=True))
    return _row(name, sample, design, wanted, trimmed=trimmed)


def _by_class(drawn: pd.DataFrame, sample: Sample, classes: Sequence[str], wanted: Wanted) -> dict[str, object]:
    """Weight classes by their response; thin classes are joined into one."""
    made = strata_of(drawn, classes)
    own = places(sample.answers["id"], drawn["id"])
    answered = np.zeros(len(drawn), dtype=bool)
    answered[own] = True
    counts = np.bincount(made.codes[answered], minlength=len(made.names))
    thin = counts < THIN_CLASS
    codes = made.codes.copy()
    if thin.any():
        # Thin classes together; where nobody of them answered, with the first of the others.
        into = len(made.names) if counts[thin].sum() else int(np.argmin(thin))
        codes = np.where(thin[codes], into, codes)
    weights = spread_over_answers(drawn["weight"].to_numpy(float), answered, np.unique(codes, return_inverse=True)[1])
    note = "thin_classes_joined" if thin.any() else ""
    return _row("class", sample, sample.design.reweighted(weights[own]), wanted, note=note)


def _post(heard: pd.DataFrame, design: Design, columns: Sequence[str], known: Mapping[object, float]) -> Design:
    if len(columns) == 1:
        return post_stratify(design, *_margin(heard[columns[0]], known))
    names: dict[object, float] = {
        JOINT.join(map(str, key)) if isinstance(key, tuple) else str(key): size for key, size in known.items()
    }
    return post_stratify(design, *_margin(strata_of(heard, columns).of_rows(heard.index), names))


def _raked(heard: pd.DataFrame, design: Design, margins: Mapping[str, Mapping[object, float]]) -> Design:
    return rake(design, [_margin(heard[column], known) for column, known in margins.items()])


def _margin(values: pd.Series, known: Mapping[object, float]) -> tuple[Ints, Floats]:
    """Return the level of every answer and the known total of each level that answered.

    A level nobody of whom answered is counted with the largest one, so that totals still add up.

    Raises
    ------
    InputError
        A level of the answers that the known totals lack.
    """
    # Answers and known levels are named together, so that 1, 1.0 and True are one level.
    both = pd.concat([values.astype(object), pd.Series(list(known), dtype=object)], ignore_index=True)
    codes, levels = coded(both.infer_objects())
    own, keys = codes[: len(values)], codes[len(values) :]
    sizes: Floats = np.full(len(levels), np.nan)
    sizes[keys] = list(known.values())
    present = np.unique(own)
    if strange := [levels[place] for place in present if np.isnan(sizes[place])]:
        raise InputError(Issue(f"margin {values.name}", f"answers have {strange}, the known totals do not"))
    totals = sizes[present]
    totals[int(totals.argmax())] += np.nansum(sizes) - totals.sum()
    return np.searchsorted(present, own), totals


def _regression(sample: Sample, totals: Mapping[str, float]) -> Design:
    heard = sample.answers
    if missing := sorted(set(totals) - set(heard.columns)):
        raise InputError([Issue("totals", f"neither draw nor answers have a column {name!r}") for name in missing])
    auxiliary = np.column_stack([np.ones(len(heard)), *(heard[name].to_numpy(float) for name in totals)])
    known = np.array([sample.design.weights.sum(), *totals.values()])
    return calibrate(sample.design, auxiliary, known)
