"""The scorecard on a frame small enough to check by hand."""

import numpy as np
import pytest

from kpi_lib.analysis.scenarios import POLICY
from kpi_lib.analysis.scorecard import scorecard
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.stats.differences import share_difference


def by_kpi(card):
    return card.indicators.set_index("kpi")


def test_composite_is_the_weighted_scores_of_those_that_have_one(card):
    # response 1.4 h scores 4, connect 87.8 % scores 2, fix 85 % scores 4, CSAT 4.3 scores 3; audits have no value
    weights = np.array([25, 15, 20, 20]) / 80 * 100
    assert card.verdict.value == pytest.approx(weights @ [4, 2, 4, 3] / 5)
    assert card.verdict.coverage == pytest.approx(0.8)
    found = by_kpi(card)
    assert found.loc["classification_accuracy_rate", "weight"] == 0
    assert found["weight"].sum() == pytest.approx(100)
    assert found.loc["complaint_rate", "weight"] == 0
    assert found.loc["complaint_rate", "score"] == 2


def test_verdicts_gaps_and_gains(card):
    found = by_kpi(card)
    assert found["status"].to_dict() == {
        "first_response_hours_median": "cannot_tell",
        "phone_connect_rate": "below_target",
        "classification_accuracy_rate": "no_value",
        "first_time_fix_rate": "cannot_tell",
        "csat_score": "below_target",
        "complaint_rate": "cannot_tell",
    }
    assert found.loc["phone_connect_rate", "to_reach"] == 30
    assert (360 + 30) / 410 >= 0.95 > (360 + 29) / 410
    assert found.loc["phone_connect_rate", "to_gain"] == pytest.approx(15 / 80 * 100 * 2 / 5)
    assert found.loc["first_time_fix_rate", "to_reach"] == 0
    assert found.loc["first_response_hours_median", ["to_reach", "to_reach_of"]].tolist() == [26, 410]
    assert found.loc["complaint_rate", "to_reach"] == 4


def test_only_a_change_beyond_chance_is_called_one(card):
    found = by_kpi(card)
    assert found.index[found["change_clear"]].tolist() == ["phone_connect_rate"]
    expected = share_difference(360, 410, 395, 410)
    assert found.loc["phone_connect_rate", "change_hi"] == pytest.approx(float(expected.hi))
    assert found.loc["phone_connect_rate", "change_better"] is False
    assert found.loc["csat_score", "change_better"] is None


def test_composites_are_compared_like_with_like(card):
    assert "classification_accuracy_rate" not in card.change.kpis
    assert card.change.value == pytest.approx(15 / 80 * 100 * (2 - 4) / 5)
    assert card.change.lo <= card.change.value <= card.change.hi
    before = card.composites.set_index("period").loc["2025-10", "composite"]
    assert card.verdict.value - before != pytest.approx(card.change.value)


def test_an_indicator_scored_for_the_first_time_is_no_change_of_the_composite(frame, terms):
    numbers = ["numerator", "denominator", "sum_sq", "n", "value", "lo", "hi"]
    earlier = frame["period"] != "2025-11"
    frame.loc[earlier & (frame["kpi"] == "first_time_fix_rate"), numbers] = np.nan
    connected = frame["kpi"] == "phone_connect_rate"
    frame.loc[connected, numbers] = [360.0, 410.0, np.nan, 410.0, 360 / 410, 0.843, 0.906]
    card = scorecard(frame, branch="chengdu", kpis=CATALOG, terms=terms)
    assert card.verdict.value != card.composites["composite"].iloc[-2]
    assert card.change.value == 0
    assert not card.change.clear


def test_scenarios_use_the_same_scores(card):
    found = card.scenarios.composites.set_index("scenario")
    assert found.loc[POLICY, "composite"] == card.verdict.value
    weights = np.array([60, 15, 20, 20])
    assert found.loc["speed_first", "composite"] == pytest.approx(weights @ [4, 2, 4, 3] / 5 / weights.sum() * 100)
    points = card.scenarios.contributions.groupby("scenario")["points"].sum()
    assert points["speed_first"] == pytest.approx(found.loc["speed_first", "composite"])


def test_what_lacks_a_column_is_listed(card):
    assert card.unavailable.to_dict("records") == [
        {"kpi": "process_compliance_rate", "policy_weight": 0.0, "missing": "audits.process_compliant"}
    ]


def test_other_kpis_on_the_page_do_not_move_the_chances(frame, terms, card):
    fewer = scorecard(
        frame[frame["kpi"] != "complaint_rate"].sample(frac=1, random_state=1),
        branch="chengdu",
        kpis=CATALOG,
        terms=terms,
    )
    assert fewer.verdict.grade_chance == card.verdict.grade_chance
    assert (fewer.verdict.lo, fewer.verdict.hi) == (card.verdict.lo, card.verdict.hi)


def test_provisional_only_when_a_weighted_kpi_is(frame, terms):
    last = frame["period"] == "2025-11"
    for kpi, expected in (("complaint_rate", False), ("phone_connect_rate", True)):
        marked = frame.assign(provisional=last & (frame["kpi"] == kpi))
        assert scorecard(marked, branch="chengdu", kpis=CATALOG, terms=terms).provisional is expected


def test_one_period_without_values_still_gives_a_card(frame, terms):
    empty = frame[frame["period"] == "2025-11"].assign(
        numerator=0.0, denominator=0.0, sum_sq=np.nan, n=0.0, value=np.nan, lo=np.nan, hi=np.nan, reason="no_rows"
    )
    card = scorecard(empty, branch="chengdu", kpis=CATALOG, terms=terms)
    assert np.isnan(card.verdict.value)
    assert card.previous is None
    assert not card.change.clear
    assert set(card.indicators["status"]) == {"no_value"}
    assert card.summary()["grade"] == ""


def test_indicators_hold_the_columns_others_compute_on(card):
    promised = {"kpi", "period", "numerator", "denominator", "value", "lo", "hi", "n"}
    promised |= {"baseline", "target", "weight", "score", "status"}
    assert promised <= set(card.indicators.columns)
