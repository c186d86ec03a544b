"""The checks: what each is called in both languages, and those on single rows as Ibis expressions made from the schema.

A row that cannot be used is rejected; an optional value that cannot be right is voided; what only looks odd is warned
of. One declaration of a column (:mod:`kpi_lib.data.schema`) gives all its rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_

import ibis
import ibis.expr.types as ir

from kpi_lib.data.convert import exchanged_day_and_month
from kpi_lib.data.schema import Column, ColumnType, Table
from kpi_lib.text import Text


class Severity(StrEnum):
    """What a failed check does."""

    REJECT = "reject"
    VOID = "void"
    WARN = "warn"


@dataclass(frozen=True)
class CheckKind:
    """A check's name and what to do about a failure, in both languages."""

    name: Text
    hint: Text


CHECKS: dict[str, CheckKind] = {
    "malformed_line": CheckKind(
        Text("Line split into the wrong number of cells", "行的列数不符"),
        Text("look for an unquoted separator or line break", "检查未加引号的分隔符或换行"),
    ),
    "missing_required": CheckKind(
        Text("Required value missing", "必填值缺失"),
        Text("fill it in the source system, or map the column it is in", "在来源系统补填，或映射到正确的列"),
    ),
    "not_convertible": CheckKind(
        Text("Value of the wrong type or format", "类型或格式不符"),
        Text("declare formats, values or missing for the column", "为该列声明 formats、values 或 missing"),
    ),
    "day_month_unclear": CheckKind(
        Text("Day and month cannot be told apart", "日与月无法分辨"),
        Text(
            "the column mixes day-first and month-first dates: export them one way",
            "该列混用日在前与月在前的日期：请统一导出",
        ),
    ),
    "unknown_branch": CheckKind(
        Text("Branch not in the registry", "分公司未登记"),
        Text("add it or an alias to params/branches.yml", "在 params/branches.yml 增加该分公司或别名"),
    ),
    "not_allowed": CheckKind(
        Text("Value not among the allowed", "取值不在允许范围"),
        Text("map it with values", "用 values 映射"),
    ),
    "out_of_range": CheckKind(
        Text("Number out of range", "数值越界"),
        Text("check the unit and the codes that mean missing", "检查单位与表示缺失的代码"),
    ),
    "sentinel_date": CheckKind(
        Text("Date that stands for none", "占位日期"),
        Text("declare it under missing", "在 missing 中声明"),
    ),
    "future_date": CheckKind(
        Text("Later than the export", "晚于导出时间"),
        Text("check extracted_at, time zone and day-month order", "检查 extracted_at、时区与日月顺序"),
    ),
    "out_of_order": CheckKind(
        Text("Before the step it follows", "早于前一步骤"),
        Text("check how the source records the step", "检查来源系统如何记录该步骤"),
    ),
    "lost_time": CheckKind(
        Text("Time of day lost (00:00)", "时间部分丢失（00:00）"),
        Text("export the column with its time", "导出时保留时间部分"),
    ),
    "day_month_swapped": CheckKind(
        Text("Day and month look exchanged", "日与月疑似颠倒"),
        Text("check the formats of the column", "检查该列的 formats"),
    ),
    "duplicate_id": CheckKind(
        Text("Number used by another row", "编号重复"),
        Text("the row of the latest state is kept", "保留状态最新的一行"),
    ),
    "exact_duplicate": CheckKind(
        Text("Row exported twice", "整行重复"),
        Text("the first is kept", "保留第一行"),
    ),
    "dangling_reference": CheckKind(
        Text("Refers to a row that is not there", "引用的记录不存在"),
        Text("export both tables over the same period", "两表按同一期间导出"),
    ),
    "near_duplicate_branch": CheckKind(
        Text("Branch spelt almost like a registered one", "分公司写法近似"),
        Text("add the spelling to its aliases", "将该写法加入 aliases"),
    ),
    "disagrees_with_ticket": CheckKind(
        Text("Branch differs from its ticket's", "分公司与工单不一致"),
        Text("the row keeps its own branch", "保留该行自己的分公司"),
    ),
    "month_gap": CheckKind(
        Text("Branch and month without any row", "分公司某月无记录"),
        Text("check that the export is complete", "检查导出是否完整"),
    ),
    "constant_column": CheckKind(
        Text("The same value in every row", "整列取值相同"),
        Text("check the mapping", "检查映射"),
    ),
    "empty_column": CheckKind(
        Text("No value in any row", "整列为空"),
        Text("check the mapping", "检查映射"),
    ),
    "all_midnight": CheckKind(
        Text("Every time is 00:00", "时间全部为 00:00"),
        Text("the time part is lost: durations in hours mean nothing", "时间部分丢失：以小时计的时长无意义"),
    ),
    "many_at_midnight": CheckKind(
        Text("More 00:00 than chance allows", "00:00 过多"),
        Text("some rows have lost their time part", "部分行丢失时间部分"),
    ),
}
"""Every check by its code, as it stands in ``Store.checks`` and in the reasons of quarantine and voided values."""

EARLIEST = datetime(1990, 1, 1)
"""Nothing of the trade's systems is older; earlier dates stand for "none" (1900-01-01, 1970-01-01)."""
TOLERANCE = timedelta(days=1)
"""How far after the export a time may lie: clocks and time zones of source systems differ."""
HORIZON = timedelta(days=366)
"""A planned date may lie this far ahead; what is later still is a sentinel such as 2059 rather than a future date."""
SWAP_WINDOW = timedelta(days=60)
"""A time that precedes its step, but with day and month exchanged follows it within this span, looks exchanged."""


@dataclass(frozen=True)
class Rule:
    """One check of one column; its outcome stands in the column ``flag`` of the judged rows, never missing."""

    check: str
    column: str
    severity: Severity
    flag: str


def text_of(column: str) -> str:
    """Return the name under which a row carries the text of ``column`` beside its value."""
    return f"text_{column}"


def judge(
    rows: ir.Table,
    table: Table,
    *,
    latest: datetime,
    unclear: frozenset[str],
    settled: Callable[[ir.Table], ir.Table],
) -> tuple[ir.Table, tuple[Rule, ...]]:
    """Return ``rows`` with the outcome of every rule in a column of its own, and the rules.

    Parameters
    ----------
    rows
        Typed values under the canonical names and their texts under :func:`text_of`; a column that is not there has
        no rules.
    table
        Its declaration.
    latest
        The moment of the export: nothing after it has happened.
    unclear
        Timestamp columns in which day-first and month-first dates are mixed.
    settled
        Makes a table of an expression that later steps refer to by name. Steps build on each other (a time is
        compared with the surviving one before it), and written out in full they would double with each.
    """
    rules: list[Rule] = []
    for columns in _in_order_of_need(table, frozenset(rows.columns)):
        flags: dict[str, ir.BooleanValue] = {}
        for column in columns:
            floor = _floor(rows, column, table, rules)
            for check, fails in _column_rules(rows, column, floor, latest, unclear):
                severity = Severity.REJECT if column.required else Severity.VOID
                rule = Rule(check, column.name, severity, f"fails_{len(rules)}")
                flags[rule.flag] = fails.fill_null(False)
                rules.append(rule)
        rows = settled(rows.mutate(**flags)) if flags else rows
    return rows, tuple(rules)


def survivor(rows: ir.Table, column: str, rules: Iterable[Rule]) -> ir.Value:
    """Return a column of judged rows, missing where one of its rules fails."""
    own = [rule for rule in rules if rule.column == column]
    value = rows[column]
    return ibis.ifelse(any_of(rows, own), ibis.null(value.type()), value) if own else value


def any_of(rows: ir.Table, rules: Iterable[Rule]) -> ir.BooleanValue:
    """Return whether any of ``rules`` fails in a judged row."""
    return reduce(or_, (rows[rule.flag] for rule in rules), ibis.literal(False))


def _in_order_of_need(table: Table, present: frozenset[str]) -> list[list[Column]]:
    """Return the columns that are there, those first that others must not precede."""

    def depth(column: Column) -> int:
        return 1 + depth(table.column(column.not_before)) if column.not_before else 0

    columns = [column for column in table.columns if column.name in present]
    return [[c for c in columns if depth(c) == level] for level in range(1 + max(map(depth, columns)))]


def _column_rules(
    rows: ir.Table,
    column: Column,
    floor: ir.TimestampValue | None,
    latest: datetime,
    unclear: frozenset[str],
) -> Iterator[tuple[str, ir.BooleanValue]]:
    value, text = rows[column.name], rows[text_of(column.name)]
    if column.required:
        yield "missing_required", text.isnull()
    if column.name == "branch":
        yield "unknown_branch", text.notnull() & value.isnull()
        return
    if column.type is not ColumnType.STRING:
        yield "not_convertible", text.notnull() & value.isnull()
    if column.values:
        yield "not_allowed", value.notin(list(column.values))
    if column.minimum is not None or column.maximum is not None:
        yield "out_of_range", _outside(value, column)
    if column.type is ColumnType.TIMESTAMP:
        yield from _time_rules(value, column, floor, latest)
        if column.name in unclear:
            yield "day_month_unclear", (value.day() <= 12) & (value.day() != value.month())


def _outside(value: ir.NumericValue, column: Column) -> ir.BooleanValue:
    sides = []
    if column.minimum is not None:
        sides.append(value < column.minimum)
    if column.maximum is not None:
        sides.append(value > column.maximum)
    return reduce(or_, sides)


def _time_rules(
    value: ir.TimestampValue, column: Column, floor: ir.TimestampValue | None, latest: datetime
) -> Iterator[tuple[str, ir.BooleanValue]]:
    end = latest + TOLERANCE
    sentinel = (value < EARLIEST) | (value > end + HORIZON)
    yield "sentinel_date", sentinel
    if not column.planned:
        yield "future_date", (value > end) & ~sentinel
    if floor is None:
        return
    before = (value < floor) & ~sentinel
    lost = before & (value == value.truncate("D")) & (value == floor.truncate("D"))
    # Under an if-else the engine exchanges day and month only where it must, not in every row.
    exchanged = ibis.ifelse(before & ~lost, exchanged_day_and_month(value), ibis.null("timestamp"))
    swapped = exchanged.between(floor, floor + ibis.interval(days=SWAP_WINDOW.days)).fill_null(False)
    yield "lost_time", lost
    yield "day_month_swapped", swapped
    yield "out_of_order", before & ~lost & ~swapped


def _floor(rows: ir.Table, column: Column, table: Table, rules: Sequence[Rule]) -> ir.TimestampValue | None:
    """Return the latest known step ``column`` follows: where the one before is missing, the one before that."""
    floors = []
    while column.not_before:
        column = table.column(column.not_before)
        if column.name in rows.columns:
            floors.append(survivor(rows, column.name, rules))
    if not floors:
        return None
    return floors[0] if len(floors) == 1 else ibis.coalesce(*floors)
