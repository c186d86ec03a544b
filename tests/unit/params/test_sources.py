from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from kpi_lib.params.sources import ColumnMap, Filter, Source, SourcesFile

COLUMN = {"ticket_id": "工单号"}


def source(**fields: Any) -> Source:
    return Source.model_validate({"name": "s", "table": "tickets", "columns": COLUMN, **fields})


def column(**fields: Any) -> ColumnMap:
    return ColumnMap.model_validate(fields)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("data/raw/t.csv", "csv"),
        ("t.CSV", "csv"),
        ("t_*.csv.gz", "csv"),
        ("t.tsv", "csv"),
        ("t.xlsx", "excel"),
        ("t.xls", "excel"),
        ("data/t/*.parquet", "parquet"),
    ],
)
def test_the_format_follows_from_the_name(path: str, expected: str) -> None:
    assert source(path=path).format == expected


def test_a_format_given_is_taken() -> None:
    assert source(path="export.dat", format="csv").format == "csv"
    assert source(url="sqlite:///x.db", query="SELECT 1").format == "sql"


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"path": "a.csv", "url": "sqlite://", "query": "SELECT 1"},
        {"url": "sqlite://"},
        {"path": "export.dat"},
        {"path": "a.csv", "encoding": "utf8-sigg"},
        {"path": "a.csv", "encoding": "rot13"},
        {"path": "a.xlsx.gz"},
        {"path": "a.csv", "delimiter": ";;"},
        {"path": "a.csv", "timezone": "Beijing"},
        {"path": "a.csv", "columns": {}},
        {"path": "a.csv", "format": "json"},
    ],
)
def test_sources_that_cannot_be_read_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        source(**fields)


def test_a_tsv_is_separated_by_tabulators_unless_it_says_otherwise() -> None:
    assert source(path="a.tsv").delimiter == source(path="a.tsv.gz").delimiter == "\t"
    assert source(path="a.tsv", delimiter=";").delimiter == ";"
    assert source(path="a.csv").delimiter == ","


@pytest.mark.parametrize("typed", ["tab", "\\t", "\t"])
def test_a_tabulator_can_be_written(typed: str) -> None:
    assert source(path="a.csv", delimiter=typed).delimiter == "\t"


def test_the_environment_is_read_into_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORTS", "/exports")
    monkeypatch.delenv("NOWHERE", raising=False)
    monkeypatch.setenv("SET_BUT_EMPTY", "")
    assert source(path="${EXPORTS}/a.csv").path == "/exports/a.csv"
    assert source(path="${NOWHERE:-data/raw}/a.csv").path == "data/raw/a.csv"
    assert source(path="${SET_BUT_EMPTY:-data/raw}/a.csv").path == "data/raw/a.csv"
    assert source(path="${EXPORTS:-data/raw}/a$.csv").path == "/exports/a$.csv"
    assert source(url="sqlite:///${EXPORTS}/x.db", query="SELECT 1").url == "sqlite:////exports/x.db"
    for unset in ("NOWHERE", "SET_BUT_EMPTY"):
        with pytest.raises(ValidationError, match=f"environment variable {unset} is not set"):
            source(path=f"${{{unset}}}/a.csv")


def test_a_column_may_be_just_its_raw_name() -> None:
    found = source(path="a.csv", columns={"a": "甲", "b": {"from": "乙"}, "c": {"constant": "x"}}).columns
    assert found["a"] == ColumnMap(from_=("甲",))
    assert found["b"] == ColumnMap(from_=("乙",))
    assert (found["c"].from_, found["c"].constant) == ((), "x")


def test_values_and_what_becomes_of_the_others() -> None:
    found = column(**{"from": "x", "values": {"1": "true", "9": None}})
    assert found.values == {"1": "true", "9": None}
    assert found.keeps_others
    assert not column(**{"from": "x", "otherwise": "false"}).keeps_others
    empty = column(**{"from": "x", "otherwise": None})
    assert empty.otherwise is None
    assert not empty.keeps_others


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"from": "x", "constant": "y"},
        {"from": ["x", "y"]},
        {"from": ["x"], "combine": "date_time"},
        {"from": ["x", "y", "z"], "combine": "date_time"},
        {"from": "x", "unit": "days_"},
        {"from": "x", "compare": {"op": "equals"}},
        {"from": "x", "compare": {"op": "equals", "to": "1", "to_column": "y"}},
        {"from": "x", "compare": {"op": "present", "to": "1"}},
        {"from": "x", "compare": {"op": "like", "to": "1"}},
        {"from": "x", "combined": "concat"},
        {"from": "x", "timezone": "Mars/Base"},
    ],
)
def test_columns_without_a_clear_origin_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        column(**fields)


def test_a_filter_needs_a_condition() -> None:
    with pytest.raises(ValidationError):
        Filter.model_validate({"column": "x"})
    found = Filter.model_validate({"column": "x", "in": "a", "missing": "false"})
    assert found.in_ == ("a",)
    assert found.missing is False


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2025-12-03 08:00", datetime(2025, 12, 3, 8)),
        ("2025-12-03T00:00:00Z", datetime(2025, 12, 3, 8)),
        ("2025-12-03T08:00+08:00", datetime(2025, 12, 3, 8)),
        ("2025-12-03", datetime(2025, 12, 3)),
    ],
)
def test_the_extraction_time_is_the_companys_local_time(typed: str, expected: datetime) -> None:
    one = {"name": "s", "table": "t", "path": "a.csv", "columns": COLUMN}
    found = SourcesFile.model_validate({"timezone": "Asia/Shanghai", "extracted_at": typed, "sources": [one]})
    assert found.extracted_at == expected


@pytest.mark.parametrize("typed", ["2025", "1764720000", "3.12.2025", "2025-13-01", "2025-12-03 25:00"])
def test_an_extraction_time_is_never_guessed(typed: str) -> None:
    one = {"name": "s", "table": "t", "path": "a.csv", "columns": COLUMN}
    with pytest.raises(ValidationError, match="expected a date and time"):
        SourcesFile.model_validate({"timezone": "Asia/Shanghai", "extracted_at": typed, "sources": [one]})


def test_sources_have_different_names() -> None:
    one = {"name": "s", "table": "t", "path": "a.csv", "columns": COLUMN}
    with pytest.raises(ValidationError, match="same name: s"):
        SourcesFile.model_validate({"timezone": "Asia/Shanghai", "sources": [one, one]})
