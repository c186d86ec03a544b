"""Typing text as Ibis expressions: what does not convert becomes missing and is told apart from what was missing.

Nothing is guessed. A date is read by the declared formats, else only where it is written year first; a number is a
number with a decimal point; a flag is one of the words below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from kpi_lib.data.schema import Column, ColumnType
from kpi_lib.params.sources import ColumnMap

TRUE_WORDS = ("true", "t", "yes", "y", "1", "是", "有", "对")
FALSE_WORDS = ("false", "f", "no", "n", "0", "否", "无", "错")
"""Words of a flag, in any case; a source that uses others maps them with ``values``."""

HOURS = {"seconds": 1 / 3600, "minutes": 1 / 60, "hours": 1.0, "days": 24.0}
"""Hours in one unit of a raw duration."""
UNIT_HOURS = {"h": 1.0, "s": 1 / 3600}
"""Hours in one canonical unit."""

YEAR_FIRST = r"\d{4}[-/]\d{1,2}[-/]\d{1,2}([ T]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?"
WITH_OFFSET = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)? ?(Z|[+-]\d{2}(:?\d{2})?)"


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp"))
def _parsed(text, pattern):  # type: ignore[no-untyped-def]
    """Parse with DuckDB, missing where the pattern does not fit."""


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp('UTC')"))
def _parsed_instant(text, pattern):  # type: ignore[no-untyped-def]
    """Parse a pattern with an offset."""


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp"), "timestamp('UTC')"))
def _instant(zone, local):  # type: ignore[no-untyped-def]
    """Return the instant a local time of ``zone`` is."""


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
def _local(zone, instant):  # type: ignore[no-untyped-def]
    """Return the local time of ``zone`` at an instant."""


@dataclass(frozen=True)
class Zones:
    """Time zone the timestamps were written in and the company's, they are shown in."""

    written: str
    shown: str


def typed(text: ir.StringValue, column: Column, mapped: ColumnMap, zones: Zones) -> ir.Value:
    """Return ``text`` as the type of ``column``, missing where it does not convert."""
    match column.type:
        case ColumnType.STRING:
            return text
        case ColumnType.BOOLEAN:
            return flag(text)
        case ColumnType.NUMBER:
            return number(text) * unit_factor(column, mapped)
        case ColumnType.INTEGER:
            value = number(text) * unit_factor(column, mapped)
            return ibis.ifelse(value == value.round(0), value, ibis.null("float64")).cast("int64")
        case ColumnType.TIMESTAMP:
            return timestamp(text, mapped.formats, zones)


def unit_factor(column: Column, mapped: ColumnMap) -> float:
    """Return what a raw quantity is multiplied with to be in the canonical unit."""
    if mapped.unit is None or column.unit not in UNIT_HOURS:
        return 1.0
    return HOURS[mapped.unit] / UNIT_HOURS[column.unit]


def flag(text: ir.StringValue) -> ir.BooleanValue:
    """Return a flag, missing where the text is none of the words."""
    word = text.lower()
    return ibis.cases(
        (word.isin(TRUE_WORDS), ibis.literal(True)), (word.isin(FALSE_WORDS), ibis.literal(False)), else_=None
    )


def number(text: ir.StringValue) -> ir.FloatingValue:
    """Return a finite number. ``1,234`` stays unread: it is a thousand here and one point two there."""
    value = text.try_cast("float64")
    return ibis.ifelse(value.isnan() | value.isinf(), ibis.null("float64"), value)


def timestamp(text: ir.StringValue, formats: tuple[str, ...], zones: Zones) -> ir.TimestampValue:
    """Return the company's local time.

    A declared format comes first. Year-first text is unambiguous and read without one (typed cells of workbooks and
    databases arrive so), except beside a declared format that itself starts with the year.
    """
    tried = [_by_format(text, pattern, zones) for pattern in formats]
    if not any(pattern.startswith(("%Y", "%G")) for pattern in formats):
        tried += _year_first(text, zones)
    return tried[0] if len(tried) == 1 else ibis.coalesce(*tried)


def swapped_format(pattern: str) -> str | None:
    """Return ``pattern`` with day and month of the month exchanged, None where it has not both as numbers."""
    if "%d" not in pattern or "%m" not in pattern:
        return None
    return re.sub("%[dm]", lambda found: "%m" if found[0] == "%d" else "%d", pattern)


def exchanged_day_and_month(moment: ir.TimestampValue) -> ir.TimestampValue:
    """Return the timestamp with day and month exchanged, missing where that is no date."""
    text = moment.strftime("%Y-%d-%m %H:%M:%S")
    return ibis.ifelse(moment.day() <= 12, _parsed(text, "%Y-%m-%d %H:%M:%S"), ibis.null("timestamp"))


def _by_format(text: ir.StringValue, pattern: str, zones: Zones) -> ir.TimestampValue:
    if "%z" in pattern or "%Z" in pattern:
        return _local(zones.shown, _parsed_instant(text, pattern))
    return _moved(_parsed(text, pattern), zones)


def _year_first(text: ir.StringValue, zones: Zones) -> list[ir.TimestampValue]:
    # A cast alone would drop an offset or "PM" without a word, so the shape is checked first; the usual shape is
    # parsed by its format because that is three times as fast as the check.
    missing = ibis.null("timestamp")
    usual = ibis.ifelse(text.length() == 19, _parsed(text, "%Y-%m-%d %H:%M:%S"), missing)
    plain = ibis.ifelse(text.re_search(f"^{YEAR_FIRST}$"), text.try_cast("timestamp"), missing)
    instant = ibis.ifelse(
        text.re_search(f"^{WITH_OFFSET}$"), text.try_cast("timestamp('UTC')"), ibis.null("timestamp('UTC')")
    )
    return [_moved(usual, zones), _moved(plain, zones), _local(zones.shown, instant)]


def _moved(moment: ir.TimestampValue, zones: Zones) -> ir.TimestampValue:
    return moment if zones.written == zones.shown else _local(zones.shown, _instant(zones.written, moment))
