"""Selection: were those asked a fair part of those who could be asked, and was the list kept to?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from kpi_lib.analysis.sampling.signs import REACH_P, RED_P, Sign, check_row, index_sign, variable_sign
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.comparisons import SelectionTest, drawn_against_frame, joint_index

PASSED_OVER = 0.05
"""Share of the list passed over above which it was not kept to."""
CONTACT_P, CONTACT_GAP = 0.01, 0.10
"""Two-sided chance (shared out over the comparisons) and size of a gap between contact rates that are a sign."""
LEAST_CONTACTS = 5
"""People with and without a reason to complain that a contact rate needs."""


@dataclass(frozen=True)
class CallColumns:
    """Columns of the work done on the list: place on it (from 1 within stratum), whether contacted, and by whom."""

    order: str | None = None
    contacted: str | None = None
    agent: str | None = None


@dataclass(frozen=True)
class Reasons:
    """Variables that go with dissatisfaction, and what one unit of each counts (by their spread where not given)."""

    names: tuple[str, ...]
    importance: Mapping[str, float] | None = None

    def weights(self, names: Sequence[str]) -> Floats | None:
        """Return the importance of some of them."""
        return None if self.importance is None else np.array([self.importance.get(name, 0.0) for name in names])


def frame_rows(
    drawn: pd.DataFrame, frame: pd.DataFrame, reasons: Reasons, heard: np.ndarray
) -> list[dict[str, object]]:
    """Test those who answered, and those asked, against the frame within strata: all reasons together, then singly."""
    names = [name for name in reasons.names if name in frame]
    varied = [name for name in names if np.nanstd(frame[name].to_numpy(float)) > 0]
    if not varied or len(drawn) == 0:
        return [check_row("selection", "asked_against_frame", name) for name in names]
    of_frame, of_drawn = _strata(drawn, frame)
    everybody, asked = _known(frame[varied].to_numpy(float)), _known(drawn[varied].to_numpy(float))
    weights = reasons.weights(varied)
    index, own = joint_index(everybody, everybody, weights), joint_index(asked, everybody, weights)
    rows = []
    if 0 < heard.sum() < len(frame):
        found = drawn_against_frame(own[heard], of_drawn[heard], index, of_frame)
        rows.append(_joint_row("reasons_reached", found, Sign.REACH, red=REACH_P))
    if len(drawn) == len(frame):
        return rows
    rows.append(_joint_row("reasons_asked", drawn_against_frame(own, of_drawn, index, of_frame), Sign.SELECTION))
    for place, name in enumerate(varied):
        found = drawn_against_frame(asked[:, place], of_drawn, everybody[:, place], of_frame)
        p = float(2 * stats.norm.sf(abs(found.z)))
        sign = variable_sign(found.smd, p, Sign.SELECTION, tested=len(varied), expected=found.expected * len(drawn))
        rows.append(_row("asked_against_frame", name, found.value, found.expected, found.se, found.smd, found.z, p,
                         sign))  # fmt: skip
    return rows


def _joint_row(check: str, found: SelectionTest, strong: Sign, *, red: float = RED_P) -> dict[str, object]:
    p = float(stats.norm.cdf(found.z))
    sign = index_sign(found.smd, p, strong, red=red)
    return _row(check, "", found.value, found.expected, found.se, found.smd, found.z, p, sign)


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
    """Check that the list was kept to: nobody else called, nobody passed over, everybody contacted alike.

    Rows whose ``contacted`` is missing were not to be called and are left out.
    """
    rows = []
    if off_sheet:
        rows.append(check_row("selection", "off_sheet", "", value=float(off_sheet), sign=Sign.OFF_SHEET))
    if columns.contacted is None:
        return rows
    drawn = drawn[drawn[columns.contacted].notna()]
    reached = drawn[columns.contacted].to_numpy(bool)
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
    compared = [
        (f"{name}{who}", drawn[name].to_numpy(float)[inside], reached[inside])
        for name in linked
        for who, inside in groups
    ]
    enough = [each for each in compared if min((each[1] > 0).sum(), (each[1] <= 0).sum()) >= LEAST_CONTACTS]
    return rows + [_contact_row(*each, tested=len(enough)) for each in enough]


def _contact_row(variable: str, values: Floats, reached: np.ndarray, *, tested: int) -> dict[str, object]:
    """Compare the contact rates of people with and without a reason to complain."""
    flagged = values > 0
    one, other, pooled = float(reached[flagged].mean()), float(reached[~flagged].mean()), float(reached.mean())
    se = math.sqrt(pooled * (1 - pooled) * (1 / flagged.sum() + 1 / (~flagged).sum()))
    z = (one - other) / se if se else 0.0
    p = math.erfc(abs(z) / math.sqrt(2))
    sign = Sign.CONTACT if p < CONTACT_P / tested and one < other - CONTACT_GAP else ""
    return _row("contact_rate", variable, one, other, se, math.nan, z, p, sign)
