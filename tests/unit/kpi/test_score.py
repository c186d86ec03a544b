"""Bands, weights, draws, composite and grades."""

import numpy as np
import pandas as pd
import pytest

from kpi_lib.kpi import score
from kpi_lib.kpi.catalog import CATALOG

RESPONSE = (3.0, 2.0, 1.5, 1.0)
SHARE = (0.70, 0.75, 0.80, 0.85)
GRADES = {"a": 90.0, "b": 75.0, "c": 60.0, "d": 0.0}


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(0.4, 5), (1.0, 5), (1.01, 4), (1.5, 4), (1.6, 3), (2.0, 3), (2.5, 2), (3.0, 2), (3.01, 1), (99.0, 1)],
)
def test_bands_of_first_response_are_the_documents(hours, expected):
    assert score.band_score(hours, cuts=RESPONSE, better="lower") == expected


def test_a_share_that_equals_a_cut_exactly_has_reached_it():
    counts = np.arange(20, 2001, 20)
    for cut, band in zip(SHARE, (2, 3, 4, 5), strict=True):
        assert (score.band_score(np.round(counts * cut) / counts, cuts=SHARE, better="higher") == band).all()


def test_one_ticket_short_in_a_hundred_million_is_short():
    assert score.band_score((85 * 10**6 - 1) / 10**8, cuts=SHARE, better="higher") == 4


def test_the_line_meets_the_bands_at_every_cut_and_interpolates_between():
    at = score.band_score(np.array(RESPONSE), cuts=RESPONSE, better="lower", rule="linear")
    assert at.tolist() == [2, 3, 4, 5]
    assert score.band_score(1.75, cuts=RESPONSE, better="lower", rule="linear") == pytest.approx(3.5)
    assert score.band_score(3.5, cuts=RESPONSE, better="lower", rule="linear") == pytest.approx(1.5)
    assert score.band_score(9.0, cuts=RESPONSE, better="lower", rule="linear") == 1


def test_no_value_has_no_score():
    for rule in ("bands", "linear"):
        assert np.isnan(score.band_score(np.nan, cuts=SHARE, better="higher", rule=rule))


def test_weights_of_missing_kpis_are_shared_out_in_proportion():
    assert score.share_out({"a": 50, "b": 30, "c": 20}, {"a", "b"}) == {"a": 62.5, "b": 37.5}
    assert score.share_out({"a": 50}, set()) == {}


def test_composite_is_the_documents_formula():
    assert score.composite([5, 4, 3], [20, 30, 50]) == pytest.approx(20 * 5 / 5 + 30 * 4 / 5 + 50 * 3 / 5)
    assert score.composite([4, 4, 4], [100 / 3] * 3) == 80.0


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("first_time_fix_rate", "share"),
        ("first_response_within_limit_rate", "share"),
        ("complaint_rate", "rate"),
        ("market_share_rate", "share"),
        ("csat_score", "mean"),
        ("new_customers", "rate"),
        ("first_response_hours_median", "bounded"),
        ("market_share_growth", "bounded"),
    ],
)
def test_every_measure_has_its_family(key, kind):
    assert score.family(CATALOG[key].measure) == kind


def row(**values):
    return dict.fromkeys(("numerator", "denominator", "sum_sq", "value", "lo", "hi"), np.nan) | values


def test_draws_have_the_moments_of_their_family():
    rng = np.random.default_rng(7)
    share = score.draw_values(row(numerator=80, denominator=100), "share", size=50_000, rng=rng)
    assert share.mean() == pytest.approx(80.5 / 101, abs=1e-3)
    rate = score.draw_values(row(numerator=9, denominator=450), "rate", size=50_000, rng=rng)
    assert rate.mean() == pytest.approx(9.5 / 450, rel=0.02)
    count = score.draw_values(row(numerator=40), "rate", size=50_000, rng=rng)
    assert count.std() == pytest.approx(np.sqrt(40.5), rel=0.02)
    x = np.array([3, 4, 5, 5, 4, 2, 5, 4.0])
    mean = score.draw_values(row(numerator=x.sum(), denominator=8, sum_sq=(x**2).sum()), "mean", size=200_000, rng=rng)
    assert mean.mean() == pytest.approx(x.mean(), abs=0.01)
    lo, hi = np.quantile(mean, [0.025, 0.975])
    assert (hi - lo) / 2 == pytest.approx(2.3646 * x.std(ddof=1) / np.sqrt(8), rel=0.02)


def test_half_normals_return_the_interval_they_came_from():
    drawn = score.draw_values(row(value=1.4, lo=1.2, hi=2.0), "bounded", size=200_000, rng=np.random.default_rng(3))
    assert np.quantile(drawn, [0.025, 0.5, 0.975]) == pytest.approx([1.2, 1.4, 2.0], abs=0.01)


def test_a_quantile_open_above_may_lie_beyond_every_cut():
    drawn = score.draw_values(row(value=10.0, lo=8.0), "bounded", size=1000, rng=np.random.default_rng(3))
    assert 0.4 < np.isinf(drawn).mean() < 0.6


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("share", {"numerator": 0, "denominator": 0}),
        ("rate", {"numerator": 0, "denominator": 0}),
        ("mean", {"numerator": 4, "denominator": 1, "sum_sq": 16}),
        ("bounded", {"value": 2.0}),
    ],
)
def test_what_has_no_measure_of_uncertainty_has_no_draws(kind, values):
    assert np.isnan(score.draw_values(row(**values), kind, size=5, rng=np.random.default_rng(0))).all()


def test_a_grade_starts_at_its_minimum():
    assert score.grade_at([90.0, 89.999, 75.0, 60.0, 0.0], list(GRADES.values())).tolist() == [0, 1, 1, 2, 3]


def test_judged_composite_shares_out_and_adds_up():
    rng = np.random.default_rng(5)
    draws = {"a": rng.integers(3, 6, 4000).astype(float), "b": np.full(4000, 4.0)}
    found = score.judge(
        pd.Series({"a": 4.0, "b": 4.0, "c": np.nan}), draws, weights={"a": 40, "b": 40, "c": 20}, grades=GRADES
    )
    assert found.value == 80
    assert found.weights == {"a": 50, "b": 50}
    assert found.coverage == pytest.approx(0.8)
    assert (found.lo, found.hi) == (70, 90)
    assert found.grade == "b"
    assert sum(found.grade_chance.values()) == pytest.approx(1)
    assert found.grade_chance["a"] == pytest.approx(1 / 3, abs=0.03)


def test_the_interval_holds_its_own_value():
    draws = {"a": np.full(100, 3.0)}
    found = score.judge(pd.Series({"a": 5.0}), draws, weights={"a": 100}, grades=GRADES)
    assert (found.lo, found.hi) == (60, 100)


def test_nothing_scored_is_no_composite():
    found = score.judge(pd.Series({"a": np.nan}), {}, weights={"a": 100}, grades=GRADES)
    assert np.isnan(found.value)
    assert found.grade == ""
    assert found.coverage == 0
