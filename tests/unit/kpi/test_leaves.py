"""What a case is sorted by, counted by hand."""

from datetime import datetime

import pandas as pd
import pytest

from kpi_lib.data.schema import TABLES
from kpi_lib.errors import InputError
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.dimensions import checked_dimensions, dimensions_of, segment_text
from kpi_lib.kpi.leaves import explained, leaves
from kpi_lib.kpi.measures import Within
from kpi_lib.params.periods import parse_period

NOVEMBER = parse_period("2025-11")
AVAILABLE = {name: table.names for name, table in TABLES.items()}
TICKETS = [
    # Saturday 1 November, Monday 3 November by day, by night and at the edges of the day shift.
    {"ticket_id": "1", "created_at": datetime(2025, 11, 1, 12), "product": "tv", "reopen_count": 1},
    {"ticket_id": "2", "created_at": datetime(2025, 11, 3, 8), "product": "tv", "reopen_count": 0},
    {"ticket_id": "3", "created_at": datetime(2025, 11, 3, 7, 59), "product": None, "reopen_count": 0},
    {"ticket_id": "4", "created_at": datetime(2025, 11, 3, 20), "product": "tv", "reopen_count": 0},
    {"ticket_id": "5", "created_at": datetime(2025, 11, 3, 19, 59), "product": "tv", "reopen_count": None},
]


def sort(canonical, rows, kpi, **options):
    tables = {
        "tickets": canonical("tickets", [{"branch": "a", **row} for row in rows]),
        "surveys": canonical("surveys", []),
        **options.pop("tables", {}),
    }
    options = {"available": AVAILABLE, **options}
    return leaves(tables, [kpi], span=(NOVEMBER, NOVEMBER), as_of=datetime(2025, 12, 3), **options)[kpi.key]


def test_shifts_are_told_by_the_local_clock_and_the_missing_have_a_value(canonical):
    found = sort(canonical, TICKETS, CATALOG["reopened_rate"], dimensions=("shift", "product"))
    by_shift = found.frame.groupby("shift", observed=True)[["numerator", "denominator"]].sum()
    assert by_shift.to_dict("index") == {
        "weekend": {"numerator": 1, "denominator": 1},
        "day": {"numerator": 0, "denominator": 1},  # ticket 5 is unknown: its reopening is not recorded
        "night": {"numerator": 0, "denominator": 2},
    }
    assert set(found.frame["product"]) == {"tv", "(missing)"}
    assert found.dimensions == ("product", "shift")


def test_a_survey_is_sorted_by_its_tickets_channel_and_its_own(canonical):
    answer = {"branch": "a", "sent_at": datetime(2025, 11, 5), "answered_at": datetime(2025, 11, 5), "score": 4}
    surveys = canonical(
        "surveys",
        [
            {**answer, "survey_id": "1", "ticket_id": "1", "channel": "sms"},
            {**answer, "survey_id": "2", "ticket_id": "elsewhere", "channel": "visit"},
        ],
    )
    tickets = [{**TICKETS[0], "channel": "wechat"}]
    found = sort(
        canonical, tickets, CATALOG["csat_score"], tables={"surveys": surveys}, dimensions=("channel", "survey_channel")
    )
    rows = found.frame.set_index("survey_channel")
    assert rows["channel"].to_dict() == {"sms": "wechat", "visit": "(missing)"}
    assert rows.loc["sms", ["numerator", "denominator", "sum_sq"]].to_list() == [4, 1, 16]


def test_a_region_is_that_of_the_branch(canonical):
    found = sort(
        canonical, TICKETS, CATALOG["reopened_rate"], dimensions=("region",), regions={"a": "west", "b": "east"}
    )
    assert set(found.frame["region"]) == {"west"}
    assert found.dimensions == (), "one value sorts nothing"


def test_only_columns_the_data_have_make_dimensions():
    assert dimensions_of("tickets", {"tickets": ("product", "created_at")}) == ("product", "shift")
    assert dimensions_of("calls", {"calls": ("called_at",), "tickets": ("product",)}) == ("shift",)
    assert dimensions_of("surveys", {"surveys": ("channel",), "tickets": ("engineer",)}) == (
        "engineer",
        "survey_channel",
    )


def test_without_a_wish_eight_dimensions_are_looked_at(canonical):
    found = sort(canonical, TICKETS, CATALOG["reopened_rate"])
    sorted_by = [name for name in found.frame.columns if name not in {"day", "numerator", "denominator"}]
    assert len(sorted_by) == 8


def test_a_quantile_is_sorted_by_its_attainment_and_a_count_is_not():
    median = CATALOG["first_response_hours_median"]
    found = explained(median, limit=1.5)
    assert isinstance(found.measure, Within)
    assert (found.measure.limit_hours, found.better, found.unit) == (1.5, "higher", "share")
    assert found.name.en == "First response time, median: share within 1.5 h"
    assert explained(median, limit=None) is None
    for key in ("new_customers", "churn_rate", "complaining_customer_rate", "market_share_growth", "market_share_rate"):
        assert explained(CATALOG[key], limit=1.0) is None, key


def test_days_are_kept(canonical):
    found = sort(canonical, TICKETS, CATALOG["reopened_rate"], dimensions=())
    by_day = found.frame.groupby("day")["denominator"].sum()
    assert by_day.to_dict() == {pd.Timestamp("2025-11-01"): 1, pd.Timestamp("2025-11-03"): 3}


def test_a_misspelt_dimension_is_told():
    assert checked_dimensions(" product, shift ") == ("product", "shift")
    assert checked_dimensions("") is None
    with pytest.raises(InputError, match="provider"):
        checked_dimensions("provder")


def test_a_segment_is_named_in_both_languages():
    name = segment_text((("channel", "wechat"), ("provider", "成都恒信服务部")))
    assert name.en == "Channel: WeChat, Service provider: 成都恒信服务部"
    assert name.zh == "受理渠道：微信，服务商：成都恒信服务部"
    assert segment_text((("product", "(missing)"),)).en == "Product: not recorded"
