"""Selection: were those asked a fair part of those who could be asked, and was the list kept to?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from kpi_lib.analysis.sampling.signs import Sign, check_row, index_sign, variable_sign
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.nonresponse import drawn_against_frame, joint_index

PASSED_OVER = 0.05
"""Share of the list passed over above which it was not kept to."""
CONTACT_P, CONTACT_GAP = 0.01, 0.10
"""Two-sided chance and size of a gap between contact rates that count as a sign."""
LEAST_CONTACTS = 5
"""People with and without a reason to complain that a contact rate needs."""


@dataclass(frozen=True)
class CallColumns:
    """Columns of the work done on the list: place on it (from 1 within stratum), whether contacted, and by whom."""

    order: str | None = None
    contacted: str | None = None
    agent: str | None = None


def frame_rows(drawn: pd.DataFrame, frame: pd.DataFrame, linked: Sequence[str]) -> list[dict[str, object]]:
    """Test those asked against the frame within strata: all reasons to complain together, then one by one."""
    names = [name for name in linked if name in frame]
    varied = [name for name in names if np.nanstd(frame[name].to_numpy(float)) > 0]
    if not varied or len(drawn) in (0, len(frame)):
        return [check_row("selection", "asked_against_frame", name) for name in names]
    of_frame, of_drawn = _strata(drawn, frame)
    everybody, asked = _known(frame[varied].to_numpy(float)), _known(drawn[varied].to_numpy(float))
    rows = []
    if len(varied) > 1:
        found = drawn_against_frame(
            joint_index(asked, everybody), of_drawn, joint_index(everybody, everybody), of_frame
        )
        p = float(stats.norm.cdf(found.z))
        rows.append(_row("reasons_asked", "", found.value, found.expected, found.se, found.smd, found.z, p,
                         index_sign(found.smd, p, Sign.SELECTION)))  # fmt: skip
    for place, name in enumerate(varied):
        found = drawn_against_frame(asked[:, place], of_drawn, everybody[:, place], of_frame)
        p = float(2 * stats.norm.sf(abs(found.z)))
        sign = variable_sign(found.smd, p, Sign.SELECTION, tested=len(varied))
        rows.append(_row("asked_against_frame", name, found.value, found.expected, found.se, found.smd, found.z, p,
                         sign))  # fmt: skip
    return rows


def _row(
    check: str, variable: str, value: float, reference: float, se: float, smd: float, z: float, p: float, sign: str
) -> dict[str, object]:
    return check_row(
        "selection",
        check,
        variable,
        value=value,
        reference=reference,
        difference=value - reference,
        se=se,
        smd=smd,
        statistic=z,
        p=p,
        sign=sign,
    )


def _known(values: Floats) -> Floats:
    """Return the values with the mean of their column for missing ones."""
    return np.where(np.isnan(values), np.nanmean(values, axis=0), values)


def _strata(drawn: pd.DataFrame, frame: pd.DataFrame) -> tuple[Ints, Ints]:
    """Return the codes of the strata of the frame and of those drawn; one stratum where none is named."""
    if "stratum" not in frame or "stratum" not in drawn:
        return np.zeros(len(frame), dtype=np.int64), np.zeros(len(drawn), dtype=np.int64)
    codes, names = pd.factorize(frame["stratum"])
    return codes.astype(np.int64), pd.Index(names).get_indexer(pd.Index(drawn["stratum"])).astype(np.int64)


def call_rows(
    drawn: pd.DataFrame, linked: Sequence[str], columns: CallColumns, *, off_sheet: int
) -> list[dict[str, object]]:
    """Check that the list was kept to: nobody else called, nobody passed over, everybody contacted alike."""
    rows = []
    if off_sheet:
        rows.append(check_row("selection", "off_sheet", "", value=float(off_sheet), sign=Sign.OFF_SHEET))
    if columns.contacted is None:
        return rows
    reached = drawn[columns.contacted].fillna(False).to_numpy(bool)
    if columns.order is not None:
        place = drawn[columns.order]
        last = place.where(reached, 0).groupby(drawn["stratum"].to_numpy()).transform("max")
        share = float((~reached & (place < last).to_numpy(bool)).mean())
        sign = Sign.SKIPPED if share > PASSED_OVER else ""
        rows.append(check_row("selection", "skipped", columns.order, value=share, sign=sign))
    groups: list[tuple[str, np.ndarray]] = [("", np.ones(len(drawn), dtype=bool))]
    if columns.agent is not None:
        agents = drawn[columns.agent]
        groups += [(f" / {name}", (agents == name).to_numpy(bool)) for name in sorted(agents.dropna().unique())]
    for name in linked:
        for who, inside in groups:
            rows += _contact_rows(drawn[name].to_numpy(float)[inside], reached[inside], f"{name}{who}")
    return rows


def _contact_rows(values: Floats, reached: np.ndarray, variable: str) -> list[dict[str, object]]:
    """Compare the contact rates of people with and without a reason to complain; nothing where either are few."""
    flagged = values > 0
    if min(flagged.sum(), (~flagged).sum()) < LEAST_CONTACTS:
        return []
    one, other, pooled = float(reached[flagged].mean()), float(reached[~flagged].mean()), float(reached.mean())
    se = math.sqrt(pooled * (1 - pooled) * (1 / flagged.sum() + 1 / (~flagged).sum()))
    z = (one - other) / se if se else 0.0
    p = math.erfc(abs(z) / math.sqrt(2))
    sign = Sign.CONTACT if p < CONTACT_P and one < other - CONTACT_GAP else ""
    return [_row("contact_rate", variable, one, other, se, math.nan, z, p, sign)]
