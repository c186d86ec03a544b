"""From raw text columns to the text of canonical columns: the declared mapping of one source as Ibis expressions."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import and_

import ibis
import ibis.expr.types as ir

from kpi_lib.data.convert import Zones, number, timestamp
from kpi_lib.data.schema import SOURCE, SOURCE_ROW
from kpi_lib.data.stage import Staged
from kpi_lib.params.sources import ColumnMap, Compare, Filter, Source

LOST_TIME = "(no time)"
"""Stands where a date came without its time, so that it fails its format instead of turning into midnight."""

_ORDERINGS: dict[str, Callable[[ir.Value, ir.Value], ir.BooleanValue]] = {
    "less": lambda left, right: left < right,
    "at_most": lambda left, right: left <= right,
    "greater": lambda left, right: left > right,
    "at_least": lambda left, right: left >= right,
}


def canonical_text(staged: Staged, raw: ir.Table, zones: Zones) -> ir.Table:
    """Return the rows of a source that pass its filters, with one text column per mapped canonical column.

    Parameters
    ----------
    staged
        The staged source; names the raw columns.
    raw
        Its Parquet as a table.
    zones
        For timestamps that are compared.
    """
    source = staged.source
    cells = {name: raw[column] for name, column in staged.columns.items()}
    kept = raw.filter(
        [_passes(condition, cells[condition.column], source.missing) for condition in source.filters] or [True]
    )
    cells = {name: kept[column] for name, column in staged.columns.items()}
    texts = {
        name: column_text(mapped, cells, source, _zones_of(mapped, zones)) for name, mapped in source.columns.items()
    }
    return kept.select(**{SOURCE: ibis.literal(source.name), SOURCE_ROW: kept[SOURCE_ROW]}, **texts)


def column_text(mapped: ColumnMap, cells: dict[str, ir.StringValue], source: Source, zones: Zones) -> ir.StringValue:
    """Return the text of one canonical column: combined, missing values out, values mapped."""
    if mapped.constant is not None:
        return ibis.literal(mapped.constant)
    missing = (*source.missing, *mapped.missing)
    parts = [_without(cells[name], missing) for name in mapped.from_]
    text = _combined(parts, mapped)
    if mapped.compare is not None:
        other = _without(cells[mapped.compare.to_column], missing) if mapped.compare.to_column else None
        text = _compared(text, mapped.compare, other, mapped, zones)
    text = _translated(text, mapped)
    return ibis.literal(mapped.prefix) + text if mapped.prefix else text


def _zones_of(mapped: ColumnMap, zones: Zones) -> Zones:
    return Zones(mapped.timezone, zones.shown) if mapped.timezone else zones


def _without(text: ir.StringValue, missing: tuple[str, ...]) -> ir.StringValue:
    """Return ``text`` without the values that mean missing, compared as staged: without surrounding blanks."""
    words = sorted({word.strip() for word in missing} - {""})
    return ibis.ifelse(text.isin(words), ibis.null("string"), text) if words else text


def _combined(parts: list[ir.StringValue], mapped: ColumnMap) -> ir.StringValue:
    if len(parts) == 1:
        return parts[0]
    match mapped.combine:
        case "date_time":
            day, clock = parts
            return day + ibis.literal(" ") + ibis.coalesce(clock, ibis.literal(LOST_TIME))
        case "concat":
            # Parts that are there are joined; nothing there stays missing.
            present = ibis.array(parts).filter(lambda part: part.notnull())
            return ibis.ifelse(ibis.coalesce(*parts).isnull(), ibis.null("string"), present.join(mapped.separator))
        case _:
            return ibis.coalesce(*parts)


def _translated(text: ir.StringValue, mapped: ColumnMap) -> ir.StringValue:
    if not mapped.values:
        return text
    null = ibis.null("string")
    branches = [
        (text.isnull() if raw.strip() == "" else text == raw.strip(), null if value is None else ibis.literal(value))
        for raw, value in mapped.values.items()
    ]
    if mapped.keeps_others:
        rest: ir.StringValue = text
    else:
        given = null if mapped.otherwise is None else ibis.literal(mapped.otherwise)
        rest = ibis.ifelse(text.isnull(), null, given)
    return ibis.cases(*branches, else_=rest)


def _compared(
    left: ir.StringValue, compare: Compare, other: ir.StringValue | None, mapped: ColumnMap, zones: Zones
) -> ir.StringValue:
    """Return the derived flag as text; missing where a side is missing or does not convert."""
    right = other if other is not None else ibis.literal(compare.to, type="string")
    match compare.op:
        case "present":
            verdict = left.notnull()
        case "missing":
            verdict = left.isnull()
        case "equals":
            verdict = left == right
        case "not_equals":
            verdict = left != right
        case op if mapped.formats:
            sides = (timestamp(side, mapped.formats, zones) for side in (left, right))
            verdict = _ORDERINGS[op](*sides)
        case op:
            verdict = ibis.coalesce(
                _ORDERINGS[op](number(left), number(right)),
                _ORDERINGS[op](timestamp(left, (), zones), timestamp(right, (), zones)),
            )
    # Not an if-else: it would take "cannot tell" for "no".
    return ibis.cases((verdict, "true"), (~verdict, "false"), else_=None)


def _passes(condition: Filter, text: ir.StringValue, missing: tuple[str, ...]) -> ir.BooleanValue:
    """Return whether a row passes; a missing value passes only ``missing``, ``not_in`` and ``not_equals``."""
    tests: list[ir.BooleanValue] = []
    if condition.in_ is not None:
        tests.append(text.isin(condition.in_).fill_null("" in condition.in_))
    if condition.not_in is not None:
        tests.append(~text.isin(condition.not_in).fill_null("" in condition.not_in))
    if condition.equals is not None:
        tests.append((text == condition.equals).fill_null(condition.equals == ""))
    if condition.not_equals is not None:
        tests.append((text != condition.not_equals).fill_null(condition.not_equals != ""))
    if condition.missing is not None:
        known = _without(text, missing)
        tests.append(known.isnull() if condition.missing else known.notnull())
    if condition.min is not None:
        tests.append(_bound(text, condition.min, "at_least"))
    if condition.max is not None:
        tests.append(_bound(text, condition.max, "at_most"))
    return reduce(and_, tests)


def _bound(text: ir.StringValue, limit: str, op: str) -> ir.BooleanValue:
    # Numbers by size, anything else (year-first dates) by text order.
    as_number = _ORDERINGS[op](number(text), number(ibis.literal(limit)))
    return ibis.coalesce(as_number, _ORDERINGS[op](text, ibis.literal(limit))).fill_null(False)
