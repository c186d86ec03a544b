"""What rose beside the indicators: reasons of complaints, findings of audits and quantities, all judged together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.comments import Change
from kpi_lib.analysis.records import Row, records
from kpi_lib.kpi.circumstances import Circumstance
from kpi_lib.kpi.measures import Mean, Ratio
from kpi_lib.stats.periods import Against, Family, against_earlier

COLUMNS = (
    "source", "key", "period", "unit", "n", "of", "value", "n_before", "of_before", "before", "change", "change_lo",
    "change_hi", "spread", "verdict", "needs",
)  # fmt: skip
"""Of :attr:`Circumstances.table`."""


@dataclass(frozen=True, eq=False)
class Circumstances:
    """What is measured beside the indicators of one branch.

    Parameters
    ----------
    period, before
        Label of the period, and first and last label of the periods it is compared with; None where there are none.
    measured
        What was measured, by ``source:key``.
    table
        :data:`COLUMNS`, one row each, also of what lacks columns (``needs``). ``n`` and ``of`` are numerator and
        denominator (for a mean sum and number); ``verdict`` is a :class:`Change`: more than chance and than periods
        differ by anyway, or not. The change's interval holds for all rows together.
    level, change_level
        Confidence of all changes together, and of each (Bonferroni).
    n_left_out
        Reasons or anomalies too rare to be looked at.
    """

    period: str
    before: tuple[str, str] | None
    measured: Mapping[str, Circumstance]
    table: pd.DataFrame
    level: float
    change_level: float
    n_left_out: int

    def of(self, row: Row) -> Circumstance:
        """Return what a row of the table measures."""
        return self.measured[f"{row['source']}:{row['key']}"]

    @property
    def risen(self) -> Sequence[Row]:
        """Return what is clearly more than before, the largest relative change first."""
        more = self.table[self.table["verdict"] == Change.MORE]
        ratio = more["change"] / more["before"].where(more["before"] > 0)
        return records(more.loc[ratio.sort_values(ascending=False, kind="stable", na_position="first").index])


def circumstances(
    frame: pd.DataFrame,
    *,
    period: str,
    measured: Sequence[Circumstance],
    missing: Mapping[str, tuple[str, ...]],
    n_left_out: int = 0,
    level: float = 0.95,
) -> Circumstances:
    """Judge what was measured beside the indicators.

    Parameters
    ----------
    frame
        Rows of ``compute``, one per circumstance and period.
    period
        Label of the period looked at; the others are what it is compared with.
    measured
        Everything looked at, in the order shown.
    missing
        Columns lacking, by ``source:key``.
    n_left_out
        Values too rare to be looked at.
    level
        Confidence of all changes together: where nothing changed, the chance that any is called a change is at most
        one less it.
    """
    ordered = frame.sort_values("period_start") if len(frame) else frame
    earlier = [label for label in dict.fromkeys(ordered["period"]) if label != period] if len(frame) else []
    counted = [one for one in measured if not missing.get(one.id)]
    change_level = 1 - (1 - level) / max(1, len(counted))
    rows = [
        _row(one, ordered[ordered["kpi"] == one.id], period, change_level) if not missing.get(one.id)
        else {**dict.fromkeys(COLUMNS), **_head(one, period), "needs": "; ".join(missing[one.id])}
        for one in measured
    ]  # fmt: skip
    return Circumstances(
        period=period,
        before=(earlier[0], earlier[-1]) if earlier else None,
        measured={one.id: one for one in measured},
        table=pd.DataFrame(rows, columns=list(COLUMNS)),
        level=level,
        change_level=change_level,
        n_left_out=n_left_out,
    )


def _head(one: Circumstance, period: str) -> dict[str, object]:
    return {
        "source": one.source,
        "key": one.key,
        "period": period,
        "unit": one.kpi.unit,
        "verdict": Change.NO_REFERENCE,
    }


def _row(one: Circumstance, own: pd.DataFrame, period: str, level: float) -> dict[str, object]:
    now = own[own["period"] == period]
    # A period the data do not cover has no numerator; it is not a period without complaints.
    then = own[(own["period"] != period) & own["value"].notna()]
    k, n, q = (float(now[name].sum()) for name in ("numerator", "denominator", "sum_sq"))
    covered = bool(now["value"].notna().any())
    found = against_earlier(
        _family(one),
        (k, n if covered else 0.0, q),
        (then["numerator"], then["denominator"], then["sum_sq"].fillna(0.0)),
        level=level,
    )
    n_before, of_before = float(then["numerator"].sum()), float(then["denominator"].sum())
    change = found.difference
    return {
        **_head(one, period), "n": k if covered else np.nan, "of": n, "value": k / n if covered and n else np.nan,
        "n_before": n_before, "of_before": of_before, "before": n_before / of_before if of_before else np.nan,
        "change": float(change.value), "change_lo": float(change.lo), "change_hi": float(change.hi),
        "spread": found.spread, "verdict": _verdict(found), "needs": "",
    }  # fmt: skip


def _family(one: Circumstance) -> Family:
    match one.kpi.measure:
        case Mean():
            return "mean"
        case Ratio():
            return "rate"
        case _:
            return "share"


def _verdict(found: Against) -> Change:
    change = found.difference
    if np.isnan(change.lo):
        return Change.NO_REFERENCE
    return Change.MORE if change.lo > 0 else Change.LESS if change.hi < 0 else Change.CANNOT_TELL


def rows_for(found: Circumstances) -> list[tuple[Circumstance, Row]]:
    """Return what could be measured in the period, each with its row."""
    rows = records(found.table[(found.table["needs"] == "") & found.table["value"].notna()])
    return [(found.of(row), row) for row in rows]


def cases_behind(one: Circumstance, row: Row) -> float:
    """Return the cases behind a figure: the events, or the values of a mean."""
    return float(row["of"] if isinstance(one.kpi.measure, Mean) else row["n"])
