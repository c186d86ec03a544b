"""What a duration would be with a segment back, and when it cannot be said."""

import numpy as np
import pytest

from kpi_lib.analysis.rootcause.durations import FEWEST, NoValue, SegmentDurations, value_if_back
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.stats.intervals import censored_quantile, clopper_pearson
from kpi_lib.stats.mixture import Durations

P90, MEDIAN, MEAN = (CATALOG[f"first_response_hours_{kind}"] for kind in ("p90", "median", "mean"))
NONE = np.empty(0)


def ended(values):
    return Durations(np.asarray(values, dtype=float), NONE)


def published(kpi, found):
    values = np.concatenate([found.inside.ended, found.outside.ended])
    running = np.concatenate([found.inside.running, found.outside.running])
    return values.mean() if kpi is MEAN else censored_quantile(values, running, kpi.measure.at)[0]


def sample(rng, slow=10.0, n=40):
    return SegmentDurations(
        inside=ended(rng.exponential(slow, n)),
        outside=ended(rng.exponential(1.0, 3 * n)),
        before=ended(rng.exponential(1.0, 8 * n)),
    )


@pytest.mark.parametrize("kpi", [P90, MEDIAN, MEAN])
def test_a_segment_that_took_as_long_as_before_changes_nothing(kpi):
    found = sample(np.random.default_rng(1))
    same = SegmentDurations(found.inside, found.outside, before=found.inside)
    value = published(kpi, same)
    assert value_if_back(kpi, value, same, level=0.95).value == pytest.approx(value)


def test_a_mean_is_exchanged_case_by_case():
    found = sample(np.random.default_rng(2))
    got = value_if_back(MEAN, published(MEAN, found), found, level=0.95)
    assert got.value == pytest.approx(0.25 * found.before.ended.mean() + 0.75 * found.outside.ended.mean())
    assert got.lo < got.value < got.hi


def test_of_400_months_the_interval_holds_what_the_indicator_would_have_been():
    # Inside and outside are alike once the segment is back: the true 90th percentile is that of one exponential.
    rng, inside = np.random.default_rng(3), 0
    for _ in range(400):
        found = sample(rng, n=60)
        got = value_if_back(P90, published(P90, found), found, level=0.95)
        inside += got.lo <= np.log(10) <= got.hi
    lo, hi = clopper_pearson(inside, 400, level=0.999)
    assert lo <= 0.95 <= hi


def test_too_few_cases_before_say_nothing():
    found = sample(np.random.default_rng(4))
    few = SegmentDurations(found.inside, found.outside, ended(np.ones(FEWEST - 1)))
    got = value_if_back(P90, 9.0, few, level=0.95)
    assert np.isnan(got.value)
    assert got.why_not is NoValue.FEW_BEFORE


def test_a_quantile_the_open_cases_hide_is_not_said():
    found = sample(np.random.default_rng(5))
    hidden = SegmentDurations(Durations(np.full(3, 0.5), np.full(37, 1.0)), found.outside, found.before)
    got = value_if_back(P90, 5.0, hidden, level=0.95)
    assert np.isnan(got.value)
    assert got.why_not is NoValue.NOT_REACHED
    unpublished = SegmentDurations(Durations(NONE, np.ones(3)), Durations(NONE, np.ones(9)), found.before)
    assert value_if_back(MEAN, np.nan, unpublished, level=0.95).why_not is NoValue.NOT_REACHED
