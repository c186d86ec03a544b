"""One test for each way preparing data could have made a number silently wrong."""

from datetime import datetime

import numpy as np
import pytest

from kpi_lib.data.store import prepare
from kpi_lib.errors import InputError

SOURCE = """
timezone: Asia/Shanghai
extracted_at: 2025-12-03 08:00
sources:
  - name: tickets
    table: tickets
    path: data/raw/tickets.csv
    columns:
      ticket_id: id
      branch: branch
      created_at: {from: created%s}
      first_response_at: responded
      visits: visits
      satisfied_at_closure: {from: rating, compare: {op: equals, to: good}}
"""
HEADER = "id,branch,created,responded,visits,rating"


def prepared(make_project, lines, *, formats=""):
    text = "\n".join([HEADER, *lines]) + "\n"
    store = prepare(make_project(SOURCE % formats, {"tickets.csv": text}))
    return store, store.table("tickets").to_pyarrow().to_pandas().set_index("ticket_id")


def test_day_first_dates_without_a_format_are_not_read_month_first(make_project):
    store, rows = prepared(make_project, ["T1,chengdu,03/02/2025 10:00,,,", "T2,chengdu,2025-02-03 10:00,,,"])
    assert list(rows.index) == ["T2"]
    assert store.quarantine("tickets")["reasons"].tolist() == ["not_convertible(created_at)"]


def test_a_column_declared_the_wrong_way_round_is_refused(make_project):
    lines = [f"T{day},chengdu,{day:02d}/11/2025 10:00,,," for day in range(1, 31)]
    with pytest.raises(InputError, match="day and month exchanged") as caught:
        prepared(make_project, lines, formats=", formats: ['%m/%d/%Y %H:%M']")
    assert caught.value.issues[0].hint == "formats: [%d/%m/%Y %H:%M]"


def test_an_afternoon_is_not_read_as_a_morning(make_project):
    _, rows = prepared(make_project, ["T1,chengdu,2025-11-03 09:00:00,2025-11-03 03:00:00 PM,,"])
    assert list(rows.loc["T1", "voided_columns"]) == ["first_response_at"]


def test_an_offset_is_not_dropped(make_project):
    _, rows = prepared(make_project, ["T1,chengdu,2025-11-03 09:00:00,2025-11-03T02:00:00Z,,"])
    assert rows.loc["T1", "first_response_at"] == datetime(2025, 11, 3, 10)


def test_a_flag_derived_from_a_missing_value_is_missing_not_no(make_project):
    _, rows = prepared(make_project, ["T1,chengdu,2025-11-03 09:00,,1,", "T2,chengdu,2025-11-03 09:00,,1,bad"])
    assert rows.loc[["T1", "T2"], "satisfied_at_closure"].isna().tolist() == [True, False]
    assert not rows.loc["T2", "satisfied_at_closure"]


def test_half_a_visit_is_not_rounded(make_project):
    _, rows = prepared(make_project, ["T1,chengdu,2025-11-03 09:00,,1.5,", "T2,chengdu,2025-11-03 09:00,,2.0,"])
    assert list(rows.loc["T1", "voided_columns"]) == ["visits"]
    assert rows.loc["T2", "visits"] == 2


def test_a_response_at_a_lost_midnight_is_unknown_not_negative(make_project):
    _, rows = prepared(make_project, ["T1,chengdu,2025-11-03 09:00,2025-11-03 00:00,1,"])
    assert rows[["first_response_at"]].isna().all(axis=None)
    assert list(rows.loc["T1", "voided_columns"]) == ["first_response_at"]


def test_the_order_of_rows_changes_nothing(make_project):
    rng = np.random.default_rng(7)
    lines = [
        f"T{n % 37},{('chengdu', 'kunming', 'elsewhere')[n % 3]},2025-{n % 12 + 1:02d}-03 09:00,"
        f"2025-{n % 11 + 1:02d}-03 {n % 24:02d}:00,{n % 4 - 1},{('good', 'bad', '')[n % 3]}"
        for n in range(200)
    ]
    first, _ = prepared(make_project, lines)
    shuffled, _ = prepared(make_project, [lines[place] for place in rng.permutation(len(lines))])
    for branch in ("chengdu", "kunming"):
        assert first.slice_hash(branch) == shuffled.slice_hash(branch)
    counts = ["check", "columns", "n_failed"]
    assert first.checks[counts].equals(shuffled.checks[counts])


@pytest.mark.parametrize("seed", range(3))
def test_no_row_is_lost_whatever_is_wrong_with_it(make_project, seed):
    rng = np.random.default_rng(seed)
    times = [
        "",
        "2025-11-03 09:00",
        "2059-01-01",
        "03/11/2025",
        "1900-01-01",
        "2025-11-03 00:00",
        "later",
        "2026-05-01",
    ]
    cells = [
        [f"T{n}" for n in range(40)] + [""],
        ["chengdu", "成都", "kunming", "kunmin", ""],
        times,
        times,
        ["1", "-1", "x", ""],
        ["good", "", "fine,very"],
    ]
    lines = [",".join(rng.choice(column) for column in cells) for _ in range(120)]
    store, rows = prepared(make_project, lines)
    account = store.accounts.iloc[0]
    assert account["n_rows"] == 120
    seen = sorted([*rows["source_row"], *store.quarantine("tickets")["source_row"]])
    assert seen == list(range(1, 121))


def test_a_voided_value_can_be_traced_to_its_cell(make_project):
    lines = [f"T{n},chengdu,2025-11-03 09:00,,{'many' if n == 5 else 1}," for n in range(1, 9)]
    store, rows = prepared(make_project, lines)
    voided = store.voided("tickets")
    assert voided[["source", "source_row", "column", "original"]].to_numpy().tolist() == [
        ["tickets", 5, "visits", "many"]
    ]
    assert rows.loc["T5", "source_row"] == 5
