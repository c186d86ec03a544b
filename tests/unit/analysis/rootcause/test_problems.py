"""Where to look for a remedy, by when, and how many cases show that it worked."""

import math
from datetime import date

import pytest
from scipy import stats

from kpi_lib.analysis.rootcause.plan import _BY_KEY, DEPARTMENTS, Direction, direction_of, due_date
from kpi_lib.kpi.dimensions import DIMENSIONS
from kpi_lib.kpi.signals import SIGNALS
from kpi_lib.kpi.stages import POINTS
from kpi_lib.report.plan_words import direction_words, measure_words
from kpi_lib.stats.needed import cases_needed
from kpi_lib.text.language import language


@pytest.mark.parametrize(
    ("dims", "direction"),
    [
        ((("product", "smart_tv"), ("provider", "A")), Direction.PROVIDER),
        ((("engineer", "7"), ("product", "tv")), Direction.ENGINEER),
        ((("channel", "wechat"),), Direction.DISPATCH),
        ((("customer_kind", "dealer"),), Direction.CUSTOMER),
        ((("product", "tv"), ("shift", "night")), Direction.STAFFING),
    ],
)
def test_the_narrowest_part_of_the_organisation_says_where_to_look(dims, direction):
    assert direction_of(dims) is direction


def test_every_direction_has_a_department_and_words_in_both_languages():
    for lang in ("en", "zh"):
        say = language(lang)
        assert len({direction_words(one, say) for one in Direction}) == len(Direction)
        assert len({measure_words(one, say) for one in Direction}) == len(Direction)
    assert set(DEPARTMENTS) == set(Direction)
    assert all(direction_of(((key, "x"),)) in DEPARTMENTS for key in DIMENSIONS)


def test_every_signal_and_stage_can_become_a_problem():
    assert {*SIGNALS, *(stage for stage, _ in POINTS), "parts"} <= set(_BY_KEY)


@pytest.mark.parametrize(
    ("as_of", "due"),
    [
        (date(2025, 12, 3), date(2025, 12, 31)),
        (date(2025, 12, 17), date(2025, 12, 31)),
        (date(2025, 12, 18), date(2026, 1, 31)),
        (date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_a_measure_is_due_at_the_end_of_a_month_two_weeks_off(as_of, due):
    assert due_date(as_of) == due


def test_cases_needed_have_the_power_they_promise():
    assert cases_needed(0.30, 0.88, kind="share") == 11, "Fleiss, Levin and Paik, eq. 4.14, worked by hand: 10.02"
    n = cases_needed(0.02, 0.05, kind="rate")
    spread = math.sqrt((0.02 + 0.05) / n)
    assert stats.norm.sf(stats.norm.isf(0.025) - 0.03 / spread) == pytest.approx(0.8, abs=0.01)
    n = cases_needed(8.2, 5.4, kind="mean", sd=20.0)
    df = 2 * (n - 1)
    power = stats.nct.sf(stats.t.isf(0.025, df), df, math.sqrt(n / 2) * 2.8 / 20)
    assert 0.8 <= power < 0.81


def test_cases_that_cannot_be_said_are_not_said():
    assert cases_needed(0.5, 0.5, kind="share") is None
    assert cases_needed(math.nan, 0.5, kind="share") is None
    assert cases_needed(1.0, 2.0, kind="mean") is None
    assert cases_needed(1.0, 900.0, kind="mean", sd=1.0) == 3
