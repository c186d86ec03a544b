"""Durations of a segment's cases looked up by hand."""

from dataclasses import replace
from datetime import datetime

import pytest

from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.segment_durations import segment_durations
from kpi_lib.params.periods import parse_period

AS_OF = datetime(2025, 12, 3)
SEPTEMBER, NOVEMBER = parse_period("2025-09"), parse_period("2025-11")
P90 = CATALOG["first_response_hours_p90"]


def ticket(number, month, channel, hours, product="tv"):
    created = datetime(2025, month, 10, 8)
    answered = None if hours is None else datetime(2025, month, 10 + hours // 24, 8 + hours % 24)
    return {"ticket_id": str(number), "branch": "a", "created_at": created, "first_response_at": answered,
            "channel": channel, "product": product}  # fmt: skip


@pytest.fixture
def tables(canonical):
    rows = [
        ticket(1, 11, "wechat", 5), ticket(2, 11, "wechat", None), ticket(3, 11, "app", 2),
        ticket(4, 11, None, 3), ticket(5, 11, "app", 1, product="ac"), ticket(6, 11, "wechat", 4, product="ac"),
        ticket(7, 10, "wechat", 1), ticket(8, 9, "wechat", 2), ticket(9, 9, "app", 9),
    ]  # fmt: skip
    return {"tickets": canonical("tickets", rows)}


def looked_up(tables, segments, first=NOVEMBER, last=NOVEMBER, kpi=P90, **options):
    found = segment_durations(tables, kpi, segments, first=first, last=last, as_of=AS_OF, **options)
    return {side: (sorted(one.ended), len(one.running)) for side, one in found.items()}


def test_a_segment_and_all_others_with_the_open_ones_apart(tables):
    found = looked_up(tables, [(("channel", "wechat"),)])
    assert found == {True: ([4, 5], 1), False: ([1, 2, 3], 0)}


def test_a_case_in_two_segments_counts_once_and_a_missing_value_is_in_none(tables):
    found = looked_up(tables, [(("channel", "wechat"),), (("product", "ac"),)])
    assert found == {True: ([1, 4, 5], 1), False: ([2, 3], 0)}


def test_months_left_out_of_the_reference_are_left_out(tables):
    wechat = [(("channel", "wechat"),)]
    october = parse_period("2025-10")
    assert looked_up(tables, wechat, SEPTEMBER, october)[True] == ([1, 2], 0)
    assert looked_up(tables, wechat, SEPTEMBER, october, left_out=("2025-10",))[True] == ([2], 0)
    assert looked_up(tables, wechat, parse_period("2025-01"), parse_period("2025-02")) == {
        True: ([], 0), False: ([], 0),
    }  # fmt: skip


def test_they_are_the_cases_the_indicator_counts(tables):
    found = looked_up(tables, [(("channel", "wechat"),)])
    row = compute(tables, [P90], periods=[NOVEMBER], as_of=AS_OF, groups=["a"]).iloc[0]
    assert sum(len(ended) + running for ended, running in found.values()) == row["n"]


def test_a_mean_is_looked_up_too_and_a_share_is_none(tables):
    mean = CATALOG["first_response_hours_mean"]
    assert looked_up(tables, [(("channel", "wechat"),)], kpi=mean)[True] == ([4, 5], 1)
    with pytest.raises(ValueError, match="no duration"):
        looked_up(tables, [(("channel", "app"),)], kpi=replace(mean, measure=CATALOG["reopened_rate"].measure))
