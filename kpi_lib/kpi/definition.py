"""What a KPI is: its meaning, without any policy."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from kpi_lib.kpi.measures import Growth, Measure, Quantile, Ratio, Stock, Within
from kpi_lib.text import Text

Better = Literal["higher", "lower"]
Unit = Literal["share", "rate", "hours", "seconds", "points", "count", "share_change"]


@dataclass(frozen=True, eq=False)
class Kpi:
    """One indicator.

    Parameters
    ----------
    key
        Name in parameters, frames and file names.
    name, definition, formula
        For people, in both languages.
    dimension
        Level-1 dimension of the scorecard.
    owner
        Role that answers for it.
    table
        Canonical table its rows come from (for a ratio, the numerator's).
    dated_by
        Timestamp that puts a row into a period.
    measure
        How it is computed.
    better
        Direction.
    unit
        Unit of its value. ``share`` is 0 to 1; ``share_change`` a difference of shares.
    needs
        Columns without which it cannot be computed, ``column`` of its own table or ``table.column``.
    """

    key: str
    name: Text
    definition: Text
    formula: Text
    dimension: Text
    owner: Text
    table: str
    dated_by: str
    measure: Measure
    better: Better
    unit: Unit
    needs: tuple[str, ...]

    @property
    def limit_hours(self) -> float | None:
        """Limit of a within-limit KPI in hours of its clock, else None."""
        return self.measure.limit_hours if isinstance(self.measure, Within) else None

    @property
    def is_additive(self) -> bool:
        """Whether branches add up to the company and months to the year through numerator and denominator."""
        match self.measure:
            case Quantile() | Growth():
                return False
            case Ratio(numerator=numerator, denominator=denominator):
                return not numerator.distinct and not isinstance(denominator, Stock) and not denominator.distinct
            case _:
                return True

    def with_limit(self, limit_hours: float | None) -> Kpi:
        """Return the KPI with the policy's limit; unchanged for None or a KPI without a limit."""
        if limit_hours is None or not isinstance(self.measure, Within):
            return self
        return replace(self, measure=replace(self.measure, limit_hours=limit_hours))

    def needed_columns(self) -> tuple[tuple[str, str], ...]:
        """Return ``(table, column)`` pairs of everything it needs."""
        pairs = [need.split(".", 1) if "." in need else [self.table, need] for need in self.needs]
        return tuple((table, column) for table, column in pairs)
