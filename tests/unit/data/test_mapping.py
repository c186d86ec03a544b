"""Each way a canonical column can come from raw ones."""

import ibis
import pyarrow as pa
import pytest

from kpi_lib.data.convert import Zones, flag, number, timestamp, typed
from kpi_lib.data.mapping import canonical_text
from kpi_lib.data.schema import TABLES
from kpi_lib.data.stage import Staged, raw_columns
from kpi_lib.params.sources import ColumnMap, Source

SHANGHAI = Zones("Asia/Shanghai", "Asia/Shanghai")


@pytest.fixture(scope="module")
def engine():
    connection = ibis.duckdb.connect()
    yield connection
    connection.disconnect()


def mapped(engine, tmp_path, rows, column, *, missing=(), filters=()):
    """Return the text the mapping ``column`` makes of ``rows``."""
    source = Source.model_validate(
        {"name": "s", "table": "tickets", "path": "x.csv", "columns": {"fault": column}, "missing": list(missing),
         "filters": list(filters)}
    )  # fmt: skip
    names = {name: f"raw_{number}" for number, name in enumerate(raw_columns(source))}
    columns = {staged: pa.array([row.get(name) for row in rows], pa.string()) for name, staged in names.items()}
    raw = ibis.memtable(pa.table({"source_row": list(range(1, len(rows) + 1)), **columns}))
    staged = Staged(source, tmp_path / "none", names, (), ())
    found = engine.to_pyarrow(canonical_text(staged, raw, SHANGHAI).order_by("source_row"))
    return found["fault"].to_pylist()


@pytest.mark.parametrize(
    ("column", "rows", "wanted"),
    [
        ("a", [{"a": "x"}, {"a": None}, {"a": "?"}], ["x", None, None]),
        ({"from": "a", "prefix": "2016-"}, [{"a": "7"}, {"a": None}], ["2016-7", None]),
        ({"from": "a", "missing": ["-"]}, [{"a": "-"}, {"a": "x"}], [None, "x"]),
        ({"constant": "k"}, [{}, {}], ["k", "k"]),
        ({"from": "a", "values": {"1": "one", "2": None}}, [{"a": v} for v in "123"], ["one", None, "3"]),
        (
            {"from": "a", "values": {"1": "one"}, "otherwise": "other"},
            [{"a": "1"}, {"a": "9"}, {"a": None}],
            ["one", "other", None],
        ),
        ({"from": "a", "values": {"1": "one"}, "otherwise": None}, [{"a": "1"}, {"a": "9"}], ["one", None]),
        ({"from": "a", "values": {"": "none"}}, [{"a": None}, {"a": "?"}, {"a": "x"}], ["none", "none", "x"]),
        (
            {"from": ["a", "b"], "combine": "coalesce"},
            [{"a": "?", "b": "y"}, {"a": "x", "b": "y"}, {"a": None, "b": None}],
            ["y", "x", None],
        ),
        (
            {"from": ["a", "b"], "combine": "concat", "separator": "-"},
            [{"a": "x", "b": "y"}, {"a": None, "b": "y"}, {"a": None, "b": None}],
            ["x-y", "y", None],
        ),
        (
            {"from": ["a", "b"], "combine": "date_time"},
            [{"a": "2025-11-03", "b": "09:00"}, {"a": None, "b": "09:00"}, {"a": "2025-11-03", "b": None}],
            ["2025-11-03 09:00", None, "2025-11-03 (no time)"],
        ),
        (
            {"from": "a", "compare": {"op": "equals", "to": "x"}},
            [{"a": "x"}, {"a": "y"}, {"a": None}],
            ["true", "false", None],
        ),
        (
            {"from": "a", "compare": {"op": "not_equals", "to_column": "b"}},
            [{"a": "x", "b": "x"}, {"a": "x", "b": "y"}, {"a": "x", "b": None}],
            ["false", "true", None],
        ),
        (
            {"from": "a", "compare": {"op": "at_most", "to": "10"}},
            [{"a": "9"}, {"a": "10"}, {"a": "11"}, {"a": "many"}],
            ["true", "true", "false", None],
        ),
        (
            {"from": "a", "compare": {"op": "less", "to_column": "b"}, "formats": ["%d/%m/%Y"]},
            [{"a": "02/10/2025", "b": "01/11/2025"}, {"a": "01/11/2025", "b": "02/10/2025"}],
            ["true", "false"],
        ),
        (
            {"from": "a", "compare": {"op": "greater", "to": "2025-01-01"}},
            [{"a": "2025-01-02 00:00"}, {"a": "2024-12-31 23:59"}],
            ["true", "false"],
        ),
        ({"from": "a", "compare": {"op": "present"}}, [{"a": "x"}, {"a": "?"}], ["true", "false"]),
        ({"from": "a", "compare": {"op": "missing"}}, [{"a": "x"}, {"a": None}], ["false", "true"]),
    ],
)
def test_a_column_is_mapped(engine, tmp_path, column, rows, wanted):
    assert mapped(engine, tmp_path, rows, column, missing=["?"]) == wanted


@pytest.mark.parametrize(
    ("condition", "kept"),
    [
        ({"in": ["x", "y"]}, ["x", "y"]),
        ({"not_in": ["x"]}, ["y", "3", "20", "?", None]),
        ({"equals": "x"}, ["x"]),
        ({"not_equals": "x"}, ["y", "3", "20", "?", None]),
        ({"missing": "true"}, ["?", None]),
        ({"missing": "false"}, ["x", "y", "3", "20"]),
        ({"min": "10", "missing": "false"}, ["x", "y", "20"]),
        ({"max": "5"}, ["3"]),
    ],
)
def test_a_filter_keeps_rows(engine, tmp_path, condition, kept):
    values = ["x", "y", "3", "20", "?", None]
    rows = [{"a": value, "b": value or "none"} for value in values]
    options = {"missing": ["?"], "filters": [{"column": "a", **condition}]}
    if "max" in condition:
        kept = ["3", "?"] if "?" < "5" else kept
    assert mapped(engine, tmp_path, rows, {"from": "b"}, **options) == [
        value or "none" if value != "?" else None for value in kept
    ]


def value(engine, expression):
    return engine.to_pyarrow(expression).as_py()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("是", True), ("否", False), ("Yes", True), ("0", False), ("TRUE", True), ("maybe", None), ("2", None)],
)
def test_a_flag_is_one_of_the_words(engine, text, wanted):
    assert value(engine, flag(ibis.literal(text))) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("1.5", 1.5), ("-3", -3.0), ("1e3", 1000.0), ("1,234", None), ("nan", None), ("inf", None), ("12%", None)],
)
def test_a_number_has_a_decimal_point(engine, text, wanted):
    assert value(engine, number(ibis.literal(text))) == wanted


@pytest.mark.parametrize(
    ("text", "formats", "wanted"),
    [
        ("2025-11-03 09:00:00", (), "2025-11-03T09:00:00"),
        ("2025/1/3 9:05", (), "2025-01-03T09:05:00"),
        ("2025-11-03", (), "2025-11-03T00:00:00"),
        ("2025-11-03T01:00:00Z", (), "2025-11-03T09:00:00"),
        ("2025-11-03 01:00+00:00", (), "2025-11-03T09:00:00"),
        ("2025-11-02T20:00:00-05:00", (), "2025-11-03T09:00:00"),
        ("03/11/2025", (), None),
        ("2025-11-03 09:00:00 PM", (), None),
        ("2025-11-03 09:00 Asia/Tokyo", (), None),
        ("2025-02-30", (), None),
        ("infinity", (), None),
        ("20251103", (), None),
        ("03/11/2025 09:00", ("%d/%m/%Y %H:%M",), "2025-11-03T09:00:00"),
        ("11/13/2025 09:00", ("%d/%m/%Y %H:%M",), None),
        ("2025-11-03 09:00:00", ("%d/%m/%Y %H:%M",), "2025-11-03T09:00:00"),
        ("2025-13-11", ("%Y-%d-%m",), "2025-11-13T00:00:00"),
        ("2025-11-13", ("%Y-%d-%m",), None),
        ("2025年11月3日 9:05", ("%Y年%m月%d日 %H:%M",), "2025-11-03T09:05:00"),
        ("03/11/2025", ("%d/%m/%Y %H:%M", "%d/%m/%Y"), "2025-11-03T00:00:00"),
        ("03/11/2025 01:00 +0000", ("%d/%m/%Y %H:%M %z",), "2025-11-03T09:00:00"),
    ],
)
def test_a_timestamp_is_never_guessed(engine, text, formats, wanted):
    found = value(engine, timestamp(ibis.literal(text), formats, SHANGHAI))
    assert (found.isoformat() if found is not None else None) == wanted


@pytest.mark.parametrize(
    ("text", "written", "wanted"),
    [
        ("2025-07-01 08:00:00", "UTC", "2025-07-01T16:00:00"),
        ("2025-07-01 08:00:00", "America/New_York", "2025-07-01T20:00:00"),
        ("2025-12-01 08:00:00", "America/New_York", "2025-12-01T21:00:00"),
        ("2025-07-01 08:00:00", "Asia/Shanghai", "2025-07-01T08:00:00"),
    ],
)
def test_a_time_of_another_zone_moves(engine, text, written, wanted):
    moved = timestamp(ibis.literal(text), (), Zones(written, "Asia/Shanghai"))
    assert value(engine, moved).isoformat() == wanted


@pytest.mark.parametrize(
    ("table", "column", "unit", "text", "wanted"),
    [
        ("tickets", "parts_wait_hours", "days", "1.5", 36.0),
        ("tickets", "parts_wait_hours", "minutes", "90", 1.5),
        ("calls", "talk_seconds", "minutes", "2", 120.0),
        ("calls", "talk_seconds", None, "2", 2.0),
        ("tickets", "visits", None, "3.0", 3),
        ("tickets", "visits", None, "3.5", None),
    ],
)
def test_a_quantity_is_brought_to_its_unit(engine, table, column, unit, text, wanted):
    declared = TABLES[table].column(column)
    found = value(engine, typed(ibis.literal(text), declared, ColumnMap(from_="a", unit=unit), SHANGHAI))
    assert found == (pytest.approx(wanted) if wanted is not None else None)
