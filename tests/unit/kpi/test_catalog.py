"""The KPI dictionary is complete and true to the columns its expressions read."""

from __future__ import annotations

import ibis
import ibis.expr.operations as ops
import pytest

from kpi_lib.data.schema import TABLES, ColumnType
from kpi_lib.kpi.catalog import CATALOG, availability
from kpi_lib.kpi.measures import Count, Growth, Mean, Quantile, Ratio, Share, Stock, Tally, Within

TYPES = {
    ColumnType.STRING: "string", ColumnType.TIMESTAMP: "timestamp", ColumnType.INTEGER: "int64",
    ColumnType.NUMBER: "float64", ColumnType.BOOLEAN: "boolean",
}  # fmt: skip


def read_columns(table, condition):
    if condition is None:
        return set()
    schema = {column.name: TYPES[column.type] for column in TABLES[table].columns}
    bound = ibis.table(schema, name=table).bind(condition)[0]
    return {f"{table}.{field.name}" for field in bound.op().find(ops.Field)}


def side_columns(side):
    if isinstance(side, Stock):
        return {f"{side.table}.{side.entered}", f"{side.table}.{side.left}"}
    named = {f"{side.table}.{name}" for name in (side.dated_by, side.distinct, side.total) if name}
    return named | read_columns(side.table, side.among)


def measured_columns(kpi):
    table, measure = kpi.table, kpi.measure
    match measure:
        case Share():
            return read_columns(table, measure.hit) | read_columns(table, measure.among)
        case Within(duration=duration) | Quantile(of=duration):
            return {f"{table}.{duration.start}", f"{table}.{duration.end}"} | read_columns(table, measure.among)
        case Mean(of=str() as column):
            return {f"{table}.{column}"} | read_columns(table, measure.among)
        case Mean(of=duration):
            return {f"{table}.{duration.start}", f"{table}.{duration.end}"}
        case Count(of=tally):
            return side_columns(tally)
        case Ratio(numerator=top, denominator=bottom) | Growth(of=Ratio(numerator=top, denominator=bottom)):
            return side_columns(top) | side_columns(bottom)


@pytest.mark.parametrize("kpi", CATALOG.values(), ids=CATALOG)
class TestEveryKpi:
    def test_names_are_in_both_languages(self, kpi):
        for text in (kpi.name, kpi.definition, kpi.formula, kpi.dimension, kpi.owner):
            assert text.en
            assert text.zh
            assert text.en.isascii() or any(mark in text.en for mark in "÷−≥≤–")

    def test_its_columns_exist(self, kpi):
        assert kpi.dated_by in TABLES[kpi.table].names
        for table, column in kpi.needed_columns():
            assert column in TABLES[table].names

    def test_it_needs_every_column_it_reads_that_a_source_may_lack(self, kpi):
        required = {f"{t.name}.{c.name}" for t in TABLES.values() for c in t.columns if c.required}
        needed = {f"{table}.{column}" for table, column in kpi.needed_columns()}
        alternatives = {"surveys.grade"}  # A score, a letter or both; the score column stands for the answer.
        assert measured_columns(kpi) - needed - required - alternatives == set()


def test_there_are_no_two_names_for_one_indicator():
    assert (
        len({kpi.name.en for kpi in CATALOG.values()}) == len({kpi.name.zh for kpi in CATALOG.values()}) == len(CATALOG)
    )


def test_availability_names_what_is_missing():
    missing = availability(
        [CATALOG["first_time_fix_rate"], CATALOG["complaint_rate"]],
        {"tickets": ["ticket_id", "created_at", "resolved_at", "reopen_count"]},
    )
    assert missing == {
        "first_time_fix_rate": ("tickets.visits", "tickets.satisfied_at_closure"),
        "complaint_rate": ("complaints.filed_at",),
    }


def test_tally_sides_are_tallies_or_stocks():
    for kpi in CATALOG.values():
        if isinstance(kpi.measure, Ratio):
            assert isinstance(kpi.measure.numerator, Tally)
