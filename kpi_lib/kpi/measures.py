"""The kinds of measure a KPI can be: what is counted, summed or ordered, as Ibis expressions over canonical tables.

Conditions are deferred expressions on the columns of the KPI's table (``ibis._``). A condition that is null for a row
does not hold for it; name a column in ``known`` when its absence means "cannot tell" rather than "no".
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ibis.common.deferred import Deferred

Clock = Literal["elapsed", "working"]


@dataclass(frozen=True, eq=False)
class Share:
    """Rows that hit ÷ rows among which they are counted.

    Parameters
    ----------
    hit
        Condition of the numerator.
    among
        Condition of the denominator; None for every row the KPI dates.
    known
        Columns without which a row can be neither hit nor miss: it is left out and counted as unknown.
    """

    hit: Deferred
    among: Deferred | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True)
class Duration:
    """Hours from one timestamp to another, on the wall clock or on the branch's working calendar."""

    start: str
    end: str
    clock: Clock = "elapsed"


@dataclass(frozen=True, eq=False)
class Within:
    """Rows whose ``duration`` ended within the limit ÷ rows whose limit has run out by ``as_of``.

    A row that has not ended when its limit runs out is a miss, open or not. A row whose limit is still running at
    ``as_of`` is not countable yet, *even if it has already ended*: counting the quick ones at once and the slow ones
    later would flatter every running period. It is counted as pending.

    Parameters
    ----------
    duration
        From when to when, on which clock.
    limit_hours
        The limit in hours of that clock; a policy may set another.
    among
        Condition of the rows looked at; None for every row.
    dated_by_limit
        Date a row by the moment its limit runs out instead of by the KPI's timestamp (for cohorts that need a year).
    """

    duration: Duration
    limit_hours: float
    among: Deferred | None = None
    dated_by_limit: bool = False


@dataclass(frozen=True, eq=False)
class Mean:
    """Mean of a column or of a duration over the rows that have it."""

    of: str | Duration
    among: Deferred | None = None


@dataclass(frozen=True, eq=False)
class Quantile:
    """Quantile ``at`` of a duration. Clocks still running at ``as_of`` are censored (Kaplan-Meier), not dropped."""

    of: Duration
    at: float
    among: Deferred | None = None


@dataclass(frozen=True, eq=False)
class Tally:
    """Something counted in one table: rows, distinct values of a column or the sum of a column.

    Parameters
    ----------
    table, dated_by
        Where, and the timestamp that puts a row into a period.
    among
        Condition of the rows; None for every row.
    distinct
        Column whose distinct values are counted instead of rows.
    total
        Column that is summed instead.
    """

    table: str
    dated_by: str
    among: Deferred | None = None
    distinct: str = ""
    total: str = ""


@dataclass(frozen=True)
class Stock:
    """Rows present at the start of a period: entered before it and not left before it."""

    table: str
    entered: str
    left: str


@dataclass(frozen=True, eq=False)
class Count:
    """A number of things in the period; none is 0 where the table has data, a Poisson count for its interval."""

    of: Tally


@dataclass(frozen=True, eq=False)
class Ratio:
    """One tally ÷ another.

    ``kind`` says what the numerator is to the denominator: ``"rate"`` events per something (complaints per ticket; can
    exceed 1; Poisson interval), ``"share"`` a part of it (cannot exceed 1; Wilson interval).
    """

    numerator: Tally
    denominator: Tally | Stock
    kind: Literal["rate", "share"]


@dataclass(frozen=True, eq=False)
class Growth:
    """Change of a share-kind ratio against the same period a year earlier (a day or week: 52 weeks)."""

    of: Ratio


Measure = Share | Within | Mean | Quantile | Count | Ratio | Growth
