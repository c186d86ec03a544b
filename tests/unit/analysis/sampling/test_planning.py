from __future__ import annotations

import json

import pandas as pd
import pytest

from kpi_lib.analysis.sampling import allocate, plan_sample
from kpi_lib.errors import InputError
from kpi_lib.stats.sampling.plan import CoverageRule, coverage


def branch(old: int = 1800, new: int = 190, high: int = 10, complained: int = 60) -> pd.DataFrame:
    kinds = ["old"] * old + ["new"] * new + ["high_value"] * high
    flags = [1] * complained + [0] * (len(kinds) - complained)
    return pd.DataFrame({"kind": kinds, "complained": flags})


def test_minimum_per_kind_is_kept_where_it_can_be() -> None:
    found = allocate({"old": 1800, "new": 190, "high_value": 10}, 200, floors=30)
    assert (found.sizes, found.conflicts) == ({"old": 160, "new": 30, "high_value": 10}, ())


def test_neyman_in_whole_units_is_the_optimum_of_the_textbook() -> None:
    sizes = dict(zip("abcdef", [215, 65, 252, 50, 149, 144], strict=True))
    sd = dict(zip("abcdef", [26787207, 10645109, 6909676, 11085034, 9817762, 44553355], strict=True))
    found = allocate(sizes, 100, rule="neyman", sd=sd)
    assert list(found.sizes.values()) == [35, 4, 10, 3, 9, 39]


def test_a_kept_rule_can_teach_little() -> None:
    plan = plan_sample(branch(400, 0, 0, 0), margin=0.05, share=0.8, total=20, least_per_kind=0, response=1.0)
    whole = plan.whole
    assert (whole["rule_answers"], round(whole["rule_margin"], 2)) == (20, 0.17)
    assert plan.coverage.needed == 20
    assert not plan.conflicts


def test_nobody_is_asked_who_is_not_there_and_the_margin_says_so() -> None:
    plan = plan_sample(branch(60, 30, 10, 5), margin=0.02, response=0.3)
    assert plan.table["invited"].le(plan.table["population"]).all()
    assert plan.steps.wanted > plan.steps.invited
    assert plan.steps.wanted > 100
    assert plan.whole["margin"] > 0.02


def test_both_floors_hold_in_one_draw() -> None:
    plan = plan_sample(branch(complained=400), rule="both", margin=0.5, least_per_kind=0, response=1.0)
    asked = plan.table[plan.table["complained"] == "yes"]["answers"].sum()
    assert asked >= 120
    assert plan.table["answers"].sum() >= 120


@pytest.mark.parametrize(("rule", "needed"), [("either", 100), ("both", 120), ("larger", 120)])
def test_the_reading_of_the_rule_decides(rule: str, needed: int) -> None:
    assert coverage(2000, 400, rule=CoverageRule(rule)).needed == needed


def test_floors_are_exact_in_whole_people() -> None:
    assert coverage(140, 0).of_customers == 7
    assert coverage(100, 0, customer_rate=0.07).of_customers == 7


def test_a_total_below_the_floors_is_named_with_its_size() -> None:
    plan = plan_sample(branch(), total=50)
    assert [(c.rule, c.wanted, c.possible) for c in plan.conflicts if c.rule == "total_below_floors"] == [
        ("total_below_floors", 50, 70)
    ]
    assert plan.total == 70


def test_a_total_below_the_rule_is_named() -> None:
    plan = plan_sample(branch(), total=80, least_per_kind=0)
    assert [(c.rule, c.wanted, c.possible) for c in plan.conflicts] == [("total_below_rule", 80, 100)]


def test_the_plan_serialises() -> None:
    found = json.loads(plan_sample(branch(), last_wave=100).to_json())
    assert found["invited"] == sum(row["invited"] for row in found["table"])
    assert 0 < found["detectable"] < 1


def test_all_mistakes_come_at_once() -> None:
    with pytest.raises(InputError) as caught:
        plan_sample(pd.DataFrame({"x": [1]}), margin=0, response=2)
    assert [issue.where for issue in caught.value.issues] == ["frame", "frame", "margin", "response"]


def test_an_empty_frame_plans_nothing() -> None:
    plan = plan_sample(pd.DataFrame({"kind": pd.Series(dtype=str), "complained": pd.Series(dtype=float)}))
    assert (plan.total, plan.invited) == (0, 0)
