"""What a case can be sorted by: its own columns, those of its ticket, and what follows from them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from kpi_lib.data.schema import (
    CUSTOMER_KINDS,
    CUSTOMER_SEGMENTS,
    PRODUCTS,
    SURVEY_CHANNELS,
    TABLES,
    TICKET_CHANNELS,
    WORK_TYPES,
)
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.text import Text

NOT_RECORDED = "(missing)"
"""Value of a case whose column is empty: a value of its own, so that leaves lose no case."""

DAY_HOURS = (8, 20)
"""First hour of the day shift and of the night shift, on the local clock."""
WAIT_HOURS = (24.0, 72.0)
"""Upper edges of the parts-wait bands but the last: a day and three days, as in the overdue buckets."""

SHIFTS = {
    "day": Text("Weekday, 8 to 20 h", "工作日白班（8–20时）"),
    "night": Text("Weekday, 20 to 8 h", "工作日夜班（20–8时）"),
    "weekend": Text("Weekend", "周末"),
}
PARTS_WAITS = {
    "no_wait": Text("No wait recorded", "无待件记录"),
    "a_day": Text("Waited up to 24 h", "待件24小时内"),
    "three_days": Text("Waited 24 to 72 h", "待件24–72小时"),
    "longer": Text("Waited over 72 h", "待件超过72小时"),
}
WARRANTY = {"yes": Text("Under warranty", "保内"), "no": Text("Out of warranty", "保外")}


@dataclass(frozen=True)
class Dimension:
    """One way to sort cases.

    Parameters
    ----------
    key
        Its name in frames and files.
    name
        For people.
    column
        Column it is read from.
    values
        Names of its values; a value without one is shown as it comes.
    """

    key: str
    name: Text
    column: str
    values: Mapping[str, Text]


def _same(key: str, en: str, zh: str, values: Mapping[str, Text] | None = None) -> Dimension:
    return Dimension(key, Text(en, zh), key, values or {})


TICKET_DIMENSIONS: tuple[Dimension, ...] = (
    _same("product", "Product", "产品", PRODUCTS),
    _same("work_type", "Work type", "服务类型", WORK_TYPES),
    _same("channel", "Channel", "受理渠道", TICKET_CHANNELS),
    _same("provider", "Service provider", "服务商"),
    _same("engineer", "Engineer", "工程师"),
    _same("fault", "Fault category", "故障类别"),
    Dimension("shift", Text("Shift", "班次"), "created_at", SHIFTS),
    _same("customer_kind", "Customer kind", "客户类型", CUSTOMER_KINDS),
    _same("priority", "Priority", "优先级"),
    _same("model", "Model", "型号"),
    Dimension("warranty", Text("Warranty", "保修"), "under_warranty", WARRANTY),
    Dimension("parts_wait", Text("Parts wait", "待件"), "parts_wait_hours", PARTS_WAITS),
    Dimension("region", Text("Region", "区域"), "branch", {}),
)
"""Of a ticket, and through its number of a survey, a complaint and an audit. The first eight that vary are looked at
when no others are asked for."""

OWN_DIMENSIONS: dict[str, tuple[Dimension, ...]] = {
    "calls": (_same("queue", "Queue", "队列"), Dimension("shift", Text("Shift", "班次"), "called_at", SHIFTS)),
    "surveys": (Dimension("survey_channel", Text("Survey channel", "回访方式"), "channel", SURVEY_CHANNELS),),
    "complaints": (Dimension("complaint_category", Text("Complaint category", "投诉类别"), "category", {}),),
    "customers": (
        Dimension("customer_kind", Text("Customer kind", "客户类型"), "kind", CUSTOMER_KINDS),
        Dimension("customer_segment", Text("New, old or high-value", "新老及高价值"), "segment", CUSTOMER_SEGMENTS),
    ),
}
"""Of a table's own columns."""

_CARRIED = {
    table.name: {column.name for column in table.columns if column.carried_from.startswith("tickets.")}
    for table in TABLES.values()
}
"""Columns a table has of its tickets itself, which serve where the ticket is not known."""

DIMENSIONS: dict[str, Dimension] = {
    dimension.key: dimension
    for dimension in (*TICKET_DIMENSIONS, *(one for own in OWN_DIMENSIONS.values() for one in own))
}
"""Every dimension by key."""

PREFIX = "_dim."
"""Put before a dimension's key in a table, so that it meets no column of the measure."""


def dimensions_of(table: str, available: Mapping[str, Collection[str]]) -> tuple[str, ...]:
    """Return the keys of the dimensions the rows of ``table`` have, given the columns the data have by table."""
    own = [one.key for one in OWN_DIMENSIONS.get(table, ()) if one.column in available.get(table, ())]
    through = [
        one.key for one in TICKET_DIMENSIONS if _has_ticket(table) and one.column in available.get("tickets", ())
    ]
    return tuple(dict.fromkeys([*through, *own]))


def checked_dimensions(text: str) -> tuple[str, ...] | None:
    """Return the keys written in ``text`` with commas between, None for none; raises InputError for unknown ones."""
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    unknown = [key for key in keys if key not in DIMENSIONS]
    if unknown:
        known = list(DIMENSIONS)
        raise InputError(
            [Issue("dimensions", f"unknown dimension {key!r}", did_you_mean(key, known)) for key in unknown]
        )
    return keys or None


def with_dimensions(
    tables: Mapping[str, ir.Table], name: str, keys: Collection[str], *, regions: Mapping[str, str]
) -> ir.Table:
    """Return the rows of a table with a column ``PREFIX + key`` per dimension, never null.

    Parameters
    ----------
    tables
        Canonical tables by name; ``tickets`` where a dimension is read through the ticket.
    name
        The table.
    keys
        Dimensions it has, as :func:`dimensions_of` says.
    regions
        Region by branch.
    """
    rows = tables[name]
    own = [one for one in OWN_DIMENSIONS.get(name, ()) if one.key in keys]
    through = [one for one in TICKET_DIMENSIONS if one.key in keys and one.key not in {own_.key for own_ in own}]
    if name != "tickets" and through:
        tickets = tables["tickets"]
        read = {f"{PREFIX}{one.key}": _value(tickets, one, regions) for one in through}
        of_ticket = tickets.select(**{f"{PREFIX}ticket": tickets.ticket_id}, **read)
        carried = {one.key for one in through if one.key == one.column and one.key in _CARRIED.get(name, ())}
        rows = rows.left_join(of_ticket, rows.ticket_id == of_ticket[f"{PREFIX}ticket"]).drop(f"{PREFIX}ticket")
        rows = rows.mutate(**{f"{PREFIX}{key}": rows[f"{PREFIX}{key}"].coalesce(rows[key]) for key in carried})
        through = []
    rows = rows.mutate(**{f"{PREFIX}{one.key}": _value(rows, one, regions) for one in (*own, *through)})
    return rows.mutate(**{f"{PREFIX}{key}": rows[f"{PREFIX}{key}"].fill_null(NOT_RECORDED) for key in keys})


def _has_ticket(table: str) -> bool:
    return table == "tickets" or (table in TABLES and "ticket_id" in TABLES[table].names)


def _value(rows: ir.Table, dimension: Dimension, regions: Mapping[str, str]) -> ir.Value:
    column = rows[dimension.column]
    match dimension.key:
        case "shift":
            hour = column.hour()
            inside = (hour >= DAY_HOURS[0]) & (hour < DAY_HOURS[1])
            weekend = column.day_of_week.index() >= 5
            return ibis.cases((column.isnull(), None), (weekend, "weekend"), (inside, "day"), else_="night")
        case "parts_wait":
            bands = list(PARTS_WAITS)
            return ibis.cases(
                (column.isnull() | (column == 0), bands[0]),
                *[(column <= edge, band) for edge, band in zip(WAIT_HOURS, bands[1:], strict=False)],
                else_=bands[-1],
            )
        case "warranty":
            return ibis.cases((column.isnull(), None), (column, "yes"), else_="no")
        case "region":
            known = [(column == branch, region) for branch, region in regions.items()]
            return ibis.cases(*known, else_=None) if known else ibis.null("string")
        case _:
            return column.cast("string")


def value_name(dimension: str, value: str) -> Text:
    """Return a dimension's value for people; one without a name is shown as it comes."""
    if value == NOT_RECORDED:
        return Text("not recorded", "未记录")
    return (
        DIMENSIONS[dimension].values.get(value, Text(value, value)) if dimension in DIMENSIONS else Text(value, value)
    )


def segment_text(dims: tuple[tuple[str, str], ...]) -> Text:
    """Return a segment for people, such as ``Product: Smart TV, Channel: WeChat``."""
    pairs = [
        (DIMENSIONS[key].name if key in DIMENSIONS else Text(key, key), value_name(key, value)) for key, value in dims
    ]
    return Text(
        ", ".join(f"{name.en}: {value.en}" for name, value in pairs),
        "，".join(f"{name.zh}：{value.zh}" for name, value in pairs),
    )
