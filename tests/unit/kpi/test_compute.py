"""Each measure on tables small enough to count by hand; the edge rules of the engine."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from kpi_lib.data.coverage import Coverage
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.clock import WorkingClock
from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.values import COLUMNS
from kpi_lib.params.calendars import CalendarSpec
from kpi_lib.params.periods import parse_period

AS_OF = datetime(2025, 12, 3, 8)
NOVEMBER = parse_period("2025-11")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def ticket(number: int, created: str, **columns: object) -> dict[str, object]:
    return {"ticket_id": f"T{number}", "branch": "chengdu", "created_at": at(created), **columns}


def only(frame: pd.DataFrame, **wanted: object) -> pd.Series:
    for column, value in wanted.items():
        frame = frame[frame[column] == value]
    assert len(frame) == 1
    return frame.iloc[0]


@pytest.fixture
def run(canonical):
    def run(key, rows, *, periods=(NOVEMBER,), as_of=AS_OF, **options):
        tables = {name: canonical(name, table) for name, table in rows.items()}
        return compute(tables, [CATALOG[key]], periods=list(periods), as_of=as_of, **options)

    return run


class TestWithinLimit:
    def test_hit_miss_open_and_still_running(self, run):
        created = at("2025-11-30T10:00")
        rows = [
            ticket(1, "2025-11-30T10:00", resolved_at=created + timedelta(hours=48)),
            ticket(2, "2025-11-30T10:00", resolved_at=created + timedelta(hours=48, seconds=1)),
            ticket(3, "2025-11-30T10:00"),
            ticket(4, "2025-11-30T10:00", resolved_at=created + timedelta(hours=1)),
        ]
        row = only(run("resolved_within_limit_rate", {"tickets": rows}))
        assert (row["numerator"], row["denominator"], row["n_pending"]) == (2, 4, 0)
        assert not row["provisional"]

    def test_a_running_limit_is_pending_even_when_the_ticket_is_already_resolved(self, run):
        rows = [
            ticket(1, "2025-11-30T09:00", resolved_at=at("2025-11-30T10:00")),
            ticket(2, "2025-11-30T09:00"),
            ticket(3, "2025-11-10T09:00"),
        ]
        row = only(run("resolved_within_limit_rate", {"tickets": rows}, as_of=at("2025-12-01T09:00")))
        assert (row["numerator"], row["denominator"], row["n_pending"]) == (0, 1, 2)
        assert row["provisional"]

    def test_all_running_has_no_value_and_says_so(self, run):
        row = only(
            run(
                "resolved_within_limit_rate",
                {"tickets": [ticket(1, "2025-11-30T09:00")]},
                as_of=at("2025-11-30T12:00"),
            )
        )
        assert np.isnan(row["value"])
        assert row["reason"] == "not_yet_countable"
        assert row["provisional"]

    def test_policy_sets_the_limit(self, canonical):
        rows = [ticket(1, "2025-11-03T09:00", first_response_at=at("2025-11-03T11:00"))]
        kpi = CATALOG["first_response_within_limit_rate"]
        tables = {"tickets": canonical("tickets", rows)}
        values = [
            only(compute(tables, [kpi.with_limit(limit)], periods=[NOVEMBER], as_of=AS_OF))["value"]
            for limit in (None, 2.0)
        ]
        assert values == [0, 1]

    def test_a_cohort_is_dated_by_the_moment_its_limit_runs_out(self, run):
        customers = [
            {"customer_id": "a", "branch": "x", "first_purchase_at": at("2024-11-10T00:00"),
             "second_purchase_at": at("2025-06-01T00:00")},
            {"customer_id": "b", "branch": "x", "first_purchase_at": at("2024-11-20T00:00")},
            {"customer_id": "c", "branch": "x", "first_purchase_at": at("2025-11-20T00:00")},
        ]  # fmt: skip
        row = only(run("repurchase_rate", {"customers": customers}))
        assert (row["numerator"], row["denominator"]) == (1, 2)


class TestShare:
    def test_first_time_fix_needs_every_part_recorded(self, run):
        done = {"resolved_at": at("2025-11-05T00:00")}
        rows = [
            ticket(1, "2025-11-01", visits=1, reopen_count=0, satisfied_at_closure=True, **done),
            ticket(2, "2025-11-01", visits=2, reopen_count=0, satisfied_at_closure=True, **done),
            ticket(3, "2025-11-01", visits=1, reopen_count=1, satisfied_at_closure=True, **done),
            ticket(4, "2025-11-01", visits=1, reopen_count=0, satisfied_at_closure=False, **done),
            ticket(5, "2025-11-01", visits=1, reopen_count=0, **done),
            ticket(6, "2025-11-01", visits=2, reopen_count=0, **done),
            ticket(7, "2025-11-01", visits=1, reopen_count=0, satisfied_at_closure=True),
        ]
        row = only(run("first_time_fix_rate", {"tickets": rows}))
        assert (row["numerator"], row["denominator"], row["n_unknown"]) == (1, 4, 2)

    def test_the_score_decides_and_letters_count_where_there_is_none(self, run):
        said = {"branch": "x", "sent_at": at("2025-11-01T00:00"), "answered_at": at("2025-11-02T00:00")}
        surveys = [
            {"survey_id": "1", "score": 4, **said},
            {"survey_id": "2", "score": 3, **said},
            {"survey_id": "3", "grade": "B", **said},
            {"survey_id": "4", "grade": "C", **said},
            {"survey_id": "5", "score": 2, "grade": "A", **said},
            {"survey_id": "6", **said},
        ]
        row = only(run("satisfied_rate", {"surveys": surveys}))
        assert (row["numerator"], row["denominator"]) == (2, 5)

    def test_a_period_without_rows_has_no_value_and_a_reason(self, run):
        frame = run("phone_connect_rate", {"calls": []}, groups=["chengdu"])
        row = only(frame)
        assert np.isnan(row[["value", "lo", "hi"]].astype(float)).all()
        assert (row["denominator"], row["reason"]) == (0, "no_rows")


class TestMeanAndQuantile:
    def test_mean_keeps_its_sums(self, run):
        said = {"branch": "x", "sent_at": at("2025-11-01T00:00"), "answered_at": at("2025-11-02T00:00")}
        surveys = [{"survey_id": str(score), "score": score, **said} for score in (2, 3, 5)]
        row = only(run("csat_score", {"surveys": surveys}))
        assert (row["numerator"], row["denominator"], row["sum_sq"]) == (10, 3, 38)
        assert row["value"] == pytest.approx(10 / 3)

    def test_open_tickets_are_censored_in_a_median_not_dropped(self, run):
        quick = [ticket(i, "2025-11-03T09:00", first_response_at=at("2025-11-03T09:30")) for i in range(3)]
        slow = [ticket(10 + i, "2025-11-03T09:00") for i in range(4)]
        row = only(run("first_response_hours_median", {"tickets": quick + slow}))
        assert (row["n"], row["n_pending"], row["reason"]) == (7, 4, "not_reached")
        row = only(run("first_response_hours_median", {"tickets": quick + slow[:2]}))
        assert (row["value"], row["n_pending"]) == (0.5, 2)

    def test_quantile_values_are_those_of_numpy(self, run):
        hours = np.random.default_rng(4).integers(1, 500, size=60) / 10
        rows = [
            ticket(i, "2025-11-03T09:00", first_response_at=at("2025-11-03T09:00") + timedelta(hours=float(h)))
            for i, h in enumerate(hours)
        ]
        row = only(run("first_response_hours_p90", {"tickets": rows}))
        assert row["value"] == pytest.approx(np.quantile(hours, 0.9))
        assert row["lo"] < row["value"] < row["hi"]


class TestRatioAndCount:
    COMPLAINTS = ({"complaint_id": "1", "branch": "a", "filed_at": at("2025-10-10T00:00"), "customer_id": "c"},)

    def test_no_complaints_inside_the_export_are_zero_and_outside_it_missing(self, run):
        tickets = [
            {"ticket_id": f"{branch}{month}", "branch": branch, "created_at": datetime(2025, month, 5)}
            for branch in ("a", "b")
            for month in (9, 10, 11)
        ]
        frame = run(
            "complaint_rate", {"complaints": self.COMPLAINTS, "tickets": tickets}, periods=NOVEMBER.last(3),
            coverage=dict.fromkeys(["complaints", "tickets"], Coverage(at("2025-10-01T00:00"), AS_OF, ())),
        )  # fmt: skip
        assert only(frame, branch="a", period="2025-10")["value"] == 1
        assert only(frame, branch="b", period="2025-10")["value"] == 0
        assert only(frame, branch="b", period="2025-10")["hi"] == pytest.approx(3.688879, rel=1e-6)
        september = only(frame, branch="a", period="2025-09")
        assert np.isnan(september["value"])
        assert september["reason"] == "not_covered"

    def test_complaints_without_tickets_have_no_rate(self, run):
        row = only(run("complaint_rate", {"complaints": self.COMPLAINTS, "tickets": []},
                       periods=[parse_period("2025-10")]))  # fmt: skip
        assert (row["numerator"], row["denominator"], row["reason"]) == (1, 0, "zero_denominator")

    def test_churn_counts_against_those_present_at_the_start(self, run):
        customers = [
            {"customer_id": "stays", "branch": "a", "first_purchase_at": at("2025-01-01T00:00")},
            {"customer_id": "leaves", "branch": "a", "first_purchase_at": at("2025-01-01T00:00"),
             "churned_at": at("2025-11-15T00:00")},
            {"customer_id": "left before", "branch": "a", "first_purchase_at": at("2025-01-01T00:00"),
             "churned_at": at("2025-10-15T00:00")},
            {"customer_id": "came later", "branch": "a", "first_purchase_at": at("2025-11-02T00:00")},
        ]  # fmt: skip
        row = only(run("churn_rate", {"customers": customers}))
        assert (row["numerator"], row["denominator"]) == (1, 2)

    def test_growth_compares_with_the_same_month_a_year_earlier(self, run):
        market = [
            {"market_id": str(i), "branch": "a", "month_at": at(f"{month}-01T00:00"), "units_sold": units,
             "market_units": 100}
            for i, (month, units) in enumerate([("2024-11", 10), ("2025-10", 20), ("2025-11", 13)])
        ]  # fmt: skip
        frame = run("market_share_growth", {"market": market}, periods=NOVEMBER.last(2))
        november = only(frame, period="2025-11")
        assert november["value"] == pytest.approx(0.03)
        assert november["lo"] < 0 < november["hi"]
        assert only(frame, period="2025-10")["reason"] == "no_earlier_period"

    def test_a_count_of_none_inside_the_export_is_zero(self, run):
        rows = [ticket(1, "2025-11-03", work_type="repair", resolved_at=at("2025-11-04T00:00"))]
        row = only(run("in_sale_repairs", {"tickets": rows}))
        assert (row["value"], row["lo"]) == (0, 0)


class TestPeriodsAndGroups:
    ROWS = (
        ticket(1, "2025-10-31T23:59:59", reopen_count=1),
        ticket(2, "2025-11-01T00:00:00", reopen_count=1),
        ticket(3, "2025-11-03T00:00:00", reopen_count=0),
        ticket(4, "2025-11-30T23:59:59", reopen_count=0),
    )

    @pytest.mark.parametrize(
        ("period", "denominator"),
        [("2025-11", 3), ("2025-10", 1), ("2025-Q4", 4), ("2025", 4), ("2025-11-03", 1), ("2025-W45", 1),
         ("2025-W44", 2), ("2025-10-31..2025-11-02", 2)],
    )  # fmt: skip
    def test_a_period_holds_its_first_instant_and_not_its_end(self, run, period, denominator):
        row = only(run("reopened_rate", {"tickets": self.ROWS}, periods=[parse_period(period)]))
        assert (row["period"], row["denominator"]) == (period, denominator)

    def test_a_running_period_is_provisional(self, run):
        frame = run("reopened_rate", {"tickets": self.ROWS}, periods=NOVEMBER.last(2), as_of=at("2025-11-20T00:00"))
        assert not only(frame, period="2025-10")["provisional"]
        assert only(frame, period="2025-11")["provisional"]
        assert only(frame, period="2025-11")["denominator"] == 2

    def test_what_happened_after_as_of_has_not_happened(self, run):
        rows = [ticket(1, "2025-11-03T09:00", resolved_at=at("2025-11-10T09:00"))]
        row = only(run("resolved_within_limit_rate", {"tickets": rows}, as_of=at("2025-11-06T09:00")))
        assert (row["numerator"], row["denominator"]) == (0, 1)
        assert run("resolution_hours_median", {"tickets": rows}, as_of=at("2025-11-06T09:00"), groups=["chengdu"])[
            "reason"
        ].tolist() == ["no_rows"]

    def test_the_result_is_a_full_tidy_grid(self, run):
        frame = run("reopened_rate", {"tickets": self.ROWS}, periods=NOVEMBER.last(3), groups=["kunming", "chengdu"])
        assert list(frame.columns) == ["kpi", "branch", "period", "period_start", "period_end", *COLUMNS]
        assert frame[["branch", "period"]].drop_duplicates().shape[0] == len(frame) == 6

    def test_grouping_by_nothing_gives_the_company(self, run):
        frame = run("reopened_rate", {"tickets": self.ROWS}, by=())
        assert only(frame)["denominator"] == 3

    def test_periods_of_two_grains_are_refused(self, run):
        with pytest.raises(ValueError, match="one grain"):
            run("reopened_rate", {"tickets": []}, periods=[NOVEMBER, parse_period("2025")])


class TestWorkingHours:
    def test_each_branch_is_counted_on_its_own_calendar(self, run):
        calendars = {
            "five_days": CalendarSpec(opens="08:30", closes="17:30"),
            "six_days": CalendarSpec(weekend=["6"], opens="08:00", closes="20:00"),
        }
        clock = WorkingClock(calendars, default="five_days", by_branch={"kunming": "six_days"})
        rows = [
            ticket(number, "2025-11-07T17:00", first_response_at=at("2025-11-08T10:00"), branch=branch)
            for number, branch in enumerate(("chengdu", "kunming"))
        ]
        found = run("first_response_working_hours_median", {"tickets": rows}, clock=clock)
        assert only(found, branch="chengdu")["value"] == 0.5
        assert only(found, branch="kunming")["value"] == 5

    def test_a_working_measure_without_calendars_is_refused(self, run):
        with pytest.raises(ValueError, match="working calendars"):
            run("first_response_working_hours_median", {"tickets": [ticket(1, "2025-11-03")]})


def test_no_kpi_makes_a_table_without_rows() -> None:
    made = compute({}, [], periods=[NOVEMBER], as_of=AS_OF, groups=["a"])
    assert made.empty
    assert list(made.columns[:4]) == ["kpi", "branch", "period", "period_start"]
