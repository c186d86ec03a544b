"""A folder of broken exports: each quirk gives the issue it should, and every row is accounted for."""

from datetime import datetime
from pathlib import Path

import pytest

from kpi_lib.data.store import Store, prepare

BROKEN = Path(__file__).parent / "broken"

SOURCES = """
timezone: Asia/Shanghai
extracted_at: 2025-12-03 08:00
sources:
  - name: tickets
    table: tickets
    path: data/raw/tickets.csv
    missing: ['?', Blank, '0:00:00']
    columns:
      ticket_id: 工单号
      branch: 分公司
      created_at: 建单时间
      first_response_at: 首次响应
      promised_at: 预约上门
      resolved_at: 解决时间
      closed_at: 关单时间
      visits: 上门次数
      cost: 费用
      satisfied_at_closure: 满意
      channel: {from: 渠道, values: {电话: phone, APP: app}}
  - name: surveys
    table: surveys
    path: data/raw/surveys.csv
    encoding: gb18030
    columns:
      {survey_id: 编号, ticket_id: 工单, branch: 机构, sent_at: 发送, answered_at: 答复, score: 评分, grade: 等级}
  - name: complaints
    table: complaints
    path: data/raw/complaints.csv
    columns:
      complaint_id: 编号
      branch: 分公司
      filed_at: {from: 投诉时间, formats: ['%d/%m/%Y %H:%M']}
      responded_at: {from: 响应时间, formats: ['%d/%m/%Y %H:%M']}
  - name: mixed_dates
    table: complaints
    path: data/raw/mixed_dates.csv
    columns: {complaint_id: 编号, branch: 分公司, filed_at: {from: 投诉时间, formats: ['%d/%m/%Y %H:%M']}}
"""


@pytest.fixture(scope="module")
def store(make_project) -> Store:
    return prepare(make_project(SOURCES, {path.name: path.read_bytes() for path in BROKEN.glob("*.csv")}))


@pytest.fixture(scope="module")
def tickets(store):
    return store.table("tickets").to_pyarrow().to_pandas().set_index("ticket_id")


@pytest.mark.parametrize(
    ("ticket", "reason"),
    [
        ("T02", "missing_required(created_at)"),
        ("T03", "not_convertible(created_at)"),
        ("T04", "unknown_branch(branch)"),
        ("T05", "sentinel_date(created_at)"),
        ("T06", "future_date(created_at)"),
        ("T07", "exact_duplicate(ticket_id)"),
        ("T08", "duplicate_id(ticket_id)"),
        ("T19", "missing_required(branch)"),
        ("T22", "sentinel_date(created_at)"),
    ],
)
def test_unusable_rows_are_quarantined_with_their_reason(store, ticket, reason):
    quarantine = store.quarantine("tickets").set_index("工单号")
    assert quarantine.loc[[ticket], "reasons"].tolist() == [reason]


def test_a_line_with_a_cell_too_many_is_quarantined_whole(store):
    quarantine = store.quarantine("tickets")
    broken = quarantine[quarantine["reasons"].str.startswith("malformed_line")]
    assert broken["source_row"].tolist() == [20]
    assert broken["line"].iloc[0].startswith("T18,昆明")


@pytest.mark.parametrize(
    ("ticket", "column", "reason", "original"),
    [
        ("T09", "first_response_at", "lost_time", "2025-11-03 00:00:00"),
        ("T10", "first_response_at", "day_month_swapped", "2025-04-11 10:00:00"),
        ("T11", "first_response_at", "out_of_order", "2025-11-02 10:30:00"),
        ("T12", "resolved_at", "sentinel_date", "2059-01-01 00:00:00"),
        ("T12", "closed_at", "out_of_order", "2025-11-03 09:30:00"),
        ("T13", "visits", "not_convertible", "两次"),
        ("T13", "cost", "out_of_range", "-5"),
        ("T14", "visits", "not_convertible", "1.5"),
        ("T14", "cost", "not_convertible", "1,234"),
        ("T14", "satisfied_at_closure", "not_convertible", "也许"),
        ("T15", "channel", "not_allowed", "传真"),
        ("T20", "resolved_at", "out_of_order", "2025-11-03 09:30:00"),
        ("T21", "resolved_at", "not_convertible", "2025-11-03 10:00:00 PM"),
    ],
)
def test_values_that_cannot_be_right_are_voided_and_kept(store, tickets, ticket, column, reason, original):
    row = tickets.loc[ticket]
    assert row[[column]].isna().all()
    assert column in row["voided_columns"]
    voided = store.voided("tickets")
    own = voided[(voided["source_row"] == row["source_row"]) & (voided["column"] == column)]
    assert own[["original", "reason"]].to_numpy().tolist() == [[original, reason]]


def test_nothing_else_is_voided(store, tickets):
    counts = {ticket: len(columns) for ticket, columns in tickets["voided_columns"].items() if len(columns)}
    assert counts == {
        "T09": 1, "T10": 1, "T11": 1, "T12": 2, "T13": 2, "T14": 3, "T15": 1, "T20": 2, "T21": 1,
    }  # fmt: skip
    assert len(store.voided("tickets")) == sum(counts.values())


def test_words_that_mean_missing_are_missing_and_not_voided(tickets):
    row = tickets.loc["T17"]
    assert row[["first_response_at", "promised_at", "resolved_at", "closed_at"]].isna().all()
    assert list(row["voided_columns"]) == []


def test_a_promise_may_lie_ahead(tickets):
    assert tickets.loc["T16", "promised_at"] == datetime(2025, 12, 24, 9)


def test_a_voided_step_does_not_hide_the_one_before_it(tickets):
    # T11's response is void, so its resolution is held against its creation, and stands.
    assert tickets.loc["T11", "resolved_at"] == datetime(2025, 11, 3, 9, 30)


def test_an_offset_moves_to_the_companys_time(tickets):
    assert tickets.loc["T21", "created_at"] == datetime(2025, 11, 3, 17)
    assert tickets.loc["T21", "first_response_at"] == datetime(2025, 11, 3, 18)


def test_the_latest_state_of_a_repeated_number_is_kept(tickets):
    assert tickets.loc["T08", "resolved_at"] == datetime(2025, 11, 4, 9)


def test_a_row_knows_its_line(tickets):
    # The line of T20 breaks inside quotes and T18 could not be split; both count as one row.
    assert tickets.loc[["T01", "T17", "T20", "T21"], "source_row"].tolist() == [1, 19, 22, 23]


def test_a_misspelt_branch_is_named(store):
    checks = store.checks.set_index(["source", "check"])
    near = checks.loc[("tickets", "near_duplicate_branch")]
    assert near["n_failed"] == 1
    assert near["examples"] == "'成都市分公司' (1 rows): '成都分公司'?"


def test_a_survey_takes_its_branch_from_the_ticket(store):
    surveys = store.table("surveys").to_pyarrow().to_pandas().set_index("survey_id")
    assert surveys.loc["S01", "branch"] == "chengdu"
    assert sorted(surveys.index) == ["S01", "S03", "S04"]
    assert store.quarantine("surveys")["reasons"].tolist() == ["missing_required(branch)"]
    assert sorted(surveys.loc["S04", "voided_columns"]) == ["grade", "score"]


def test_references_that_lead_nowhere_are_counted(store):
    checks = store.checks.set_index(["table", "check", "columns"])
    assert checks.loc[("surveys", "dangling_reference", "ticket_id"), "n_failed"] == 1
    assert checks.loc[("surveys", "disagrees_with_ticket", "branch"), "n_failed"] == 1


def test_day_first_dates_are_read_day_first(store):
    complaints = store.table("complaints").to_pyarrow().to_pandas().set_index("complaint_id")
    assert complaints.loc["C01", "filed_at"] == datetime(2025, 2, 3, 10)
    assert complaints.loc["C03", "responded_at"] is None or complaints.loc[["C03"], "responded_at"].isna().all()
    voided = store.voided("complaints")
    own = voided[voided["source"] == "complaints"]
    assert own[["column", "original", "detail"]].to_numpy().tolist() == [
        ["responded_at", "02/15/2025 10:00", "does not match %d/%m/%Y %H:%M (matches %m/%d/%Y %H:%M)"]
    ]


def test_a_column_of_both_orders_gives_only_the_dates_that_are_clear(store):
    complaints = store.table("complaints").to_pyarrow().to_pandas()
    kept = complaints[complaints["source"] == "mixed_dates"]
    # Day and month are clear above 12 and where they are the same (06/06).
    assert ((kept["filed_at"].dt.day > 12) | (kept["filed_at"].dt.day == 6)).all()
    assert (kept["filed_at"].dt.month == 6).all()
    quarantine = store.quarantine("complaints")
    reasons = quarantine[quarantine["source"] == "mixed_dates"]["reasons"]
    # Of the day-first rows days 1 to 12 but the 6th, each twice and 1 to 4 thrice; of the others each once.
    assert reasons.str.contains("day_month_unclear(filed_at)", regex=False).sum() == 26 + 11
    assert len(kept) + len(reasons) == 80


def test_rows_in_are_rows_out(store):
    accounts = store.accounts
    out = accounts[["n_filtered", "n_quarantined", "n_accepted"]].sum(axis=1)
    assert (out == accounts["n_rows"]).all()
    for table in ("tickets", "surveys", "complaints"):
        own = accounts[accounts["table"] == table]
        assert store.table(table).count().to_pyarrow().as_py() == own["n_accepted"].sum()
        assert len(store.quarantine(table)) == own["n_quarantined"].sum()
    assert accounts.set_index("source").loc["tickets", "n_rows"] == 24
