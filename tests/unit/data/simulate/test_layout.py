from __future__ import annotations

from datetime import datetime

import pyarrow as pa
import pytest

from kpi_lib.data.schema import TABLES
from kpi_lib.data.simulate.cell import Window
from kpi_lib.data.simulate.company import START
from kpi_lib.data.simulate.exports import layouts
from kpi_lib.data.simulate.layout import Field, Layout

ROWS = pa.table(
    {
        "id": ["a", "b"],
        "flag": pa.array([True, None]),
        "at": pa.array([datetime(2025, 11, 3, 14, 5, 6), None], pa.timestamp("s")),
        "wait": pa.array([36.0, None]),
        "month": ["x", "y"],
    }
)


def rendered(*fields: Field, timezone: str = "") -> dict[str, list[object]]:
    layout = Layout("source", "tickets", "file.csv", "csv", fields, timezone=timezone)
    return layout.render(ROWS).to_pydict()


def test_flags_become_words_and_the_mapping_turns_them_back() -> None:
    item = Field("是否", "flag", words={"true": "是", "false": "否"})
    assert rendered(item) == {"是否": ["是", None]}
    assert item.entry() == {"from": "是否", "values": {"是": "true", "否": "false"}}


def test_a_plain_column_is_mapped_by_its_header_alone() -> None:
    assert Field("编号", "id").entry() == "编号"


def test_a_time_is_written_in_its_pattern_and_zone() -> None:
    item = Field("时间", "at", pattern="%d/%m/%Y %H:%M")
    assert rendered(item) == {"时间": ["03/11/2025 14:05", None]}
    assert rendered(item, timezone="UTC") == {"时间": ["03/11/2025 06:05", None]}
    assert item.entry() == {"from": "时间", "formats": ["%d/%m/%Y %H:%M"]}


def test_a_time_is_split_into_date_and_time() -> None:
    item = Field(("日期", "时间"), "at", pattern=("%Y/%m/%d", "%H:%M:%S"))
    assert rendered(item) == {"日期": ["2025/11/03", None], "时间": ["14:05:06", None]}
    assert item.entry() == {"from": ["日期", "时间"], "combine": "date_time", "formats": ["%Y/%m/%d %H:%M:%S"]}


def test_hours_are_written_in_days_and_missing_as_the_export_has_it() -> None:
    assert rendered(Field("天", "wait", days=True)) == {"天": [1.5, None]}
    assert rendered(Field("天", "wait", days=True, blank="Blank")) == {"天": ["1.5", "Blank"]}


def test_rows_go_to_the_export_of_their_values() -> None:
    layout = Layout("source", "tickets", "file.csv", "csv", (), only=("id", ("b",)))
    assert layout.takes(ROWS, None)["id"].to_pylist() == ["b"]


@pytest.mark.parametrize("export_format", ["csv", "parquet"])
def test_every_canonical_column_is_exported(export_format: str) -> None:
    exported: dict[str, set[str]] = {}
    for layout in layouts(Window(START, 25), export_format):  # type: ignore[arg-type]
        columns = {item.column for item in layout.fields} | set(layout.constants)
        exported.setdefault(layout.table, set()).update(columns)
    carried = {"surveys": {"provider", "engineer", "product", "customer_kind"}, "tickets": {"customer_kind"}}
    # The sample knows neither who calls nor how its surveys were weighted, as most do not: pages say what they need.
    unknown = {"calls": {"customer_id"}, "surveys": {"stratum", "weight"}}
    for name, table in TABLES.items():
        assert exported[name] == set(table.names) - carried.get(name, set()) - unknown.get(name, set())
