from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.sampling import Light, draw, nonresponse_check
from kpi_lib.analysis.sampling.distrust import NonresponseCheck
from kpi_lib.analysis.sampling.signs import Sign

DATA = Path(__file__).parents[3] / "reference" / "survey" / "data"
LINKED = ("overdue", "reopen", "complained")


def demo(**changes: pd.Series) -> NonresponseCheck:
    drawn = pd.read_csv(DATA / "sample_nonresponse.csv").assign(**changes)
    drawn = drawn.rename(columns={"responded": "answered", "N_h": "population", "base_w": "weight"})
    return nonresponse_check(
        drawn.assign(stratum=drawn["type"]), linked=LINKED, known=("branch", "channel", "type"), wave="wave", target=0.8
    )


def test_the_demo_is_red_with_its_tipping_point_and_range() -> None:
    found = demo()
    assert found.light is Light.RED
    assert set(found.signs) >= {Sign.FRAME, Sign.WAVES, Sign.TARGET}
    assert found.tipping == pytest.approx(0.7269592814355, rel=1e-9)
    assert (found.worst, found.best) == pytest.approx((0.401529494047619, 0.949662678571429), rel=1e-9)
    assert found.plausible[0] == pytest.approx(0.778974783459501, rel=1e-9)
    assert found.follow_up is not None
    assert 0 < found.follow_up.second <= 535
    assert json.loads(found.to_json())["light"] == "red"


def test_random_silence_is_seldom_red() -> None:
    customers = pd.read_csv(DATA / "customers_nonresponse.csv")
    red = 0
    for seed in range(40):
        made = draw(
            customers,
            by="type",
            n={"high_value": 200, "new": 350, "old": 450},
            salt=str(seed),
            id_column="customer",
            carry=[*LINKED, "satisfied"],
        )
        rng = np.random.default_rng(seed)
        drawn = made.drawn.assign(answered=rng.random(1000) < 0.465, wave=rng.integers(1, 4, 1000).astype(float))
        found = nonresponse_check(
            drawn, linked=LINKED, wave="wave", target=0.8, frame=customers.assign(stratum=customers["type"])
        )
        red += found.light is Light.RED
    assert red <= 2


@pytest.mark.parametrize("part", [0.15, 1.0])
def test_no_size_of_survey_makes_red_likelier(part: float) -> None:
    customers = pd.read_csv(DATA / "customers_nonresponse.csv")
    red = 0
    for seed in range(60):
        n = {"high_value": round(200 * part), "new": round(350 * part), "old": round(450 * part)}
        carry = [*LINKED, "satisfied"]
        made = draw(customers, by="type", n=n, salt=f"x{seed}", id_column="customer", carry=carry)
        rng = np.random.default_rng(seed)
        heard = rng.random(len(made.drawn)) < 0.465
        drawn = made.drawn.assign(answered=heard, wave=rng.integers(1, 4, len(heard)).astype(float))
        found = nonresponse_check(
            drawn, linked=LINKED, wave="wave", target=0.5, frame=customers.assign(stratum=customers["type"])
        )
        red += found.light is Light.RED
    assert red <= 4


def test_a_single_silent_complainer_is_no_proof() -> None:
    complained = np.array([1.0] + [0.0] * 199)
    rows = small(
        complained=complained,
        stratum=np.where(complained == 1, "complained", "others"),
        weight=np.where(complained == 1, 1.0, 2.0),
        answered=complained == 0,
    )
    rows.loc[rows.index[-90:], "answered"] = False
    found = nonresponse_check(rows, linked=["overdue", "complained"], target=0.5)
    assert found.light is Light.GREEN
    row = found.checks[found.checks["variable"] == "complained"].iloc[0]
    assert abs(row["statistic"]) < 5


def test_earlier_answers_can_say_which_reason_counts() -> None:
    rng = np.random.default_rng(9)
    n = 400
    answered = rng.random(n) < 0.5
    closed = (rng.random(n) < np.where(answered, 0.08, 0.2)).astype(float)
    rows = pd.DataFrame(
        {
            "stratum": "all", "weight": 2.0, "answered": answered, "satisfied": 1.0, "closed": closed,
            **{f"noise{k}": (rng.random(n) < 0.3).astype(float) for k in range(3)},
        }
    )  # fmt: skip
    linked = ["closed", "noise0", "noise1", "noise2"]
    p = [
        nonresponse_check(rows, linked=linked, importance=counts, target=0.5).checks.iloc[0]["p"]
        for counts in (None, {"closed": 0.7, "noise0": 0.02})
    ]
    assert p[1] < p[0]


def small(**columns: object) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    n = 200
    base = {
        "stratum": "all",
        "population": 400,
        "weight": 2.0,
        "answered": rng.random(n) < 0.5,
        "satisfied": (rng.random(n) < 0.9).astype(float),
        "overdue": (rng.random(n) < 0.3).astype(float),
        "order": np.arange(1, n + 1),
        "score": rng.integers(1, 6, n).astype(float),
    }
    return pd.DataFrame({**base, **columns})


def test_off_the_sheet_is_red() -> None:
    found = nonresponse_check(small(), linked=["overdue"], off_sheet=4)
    assert found.light is Light.RED
    assert Sign.OFF_SHEET in found.signs


def test_gaps_in_the_order_and_fewer_contacts_of_the_dissatisfied() -> None:
    rng = np.random.default_rng(5)
    overdue = (rng.random(200) < 0.4).astype(float)
    contacted = rng.random(200) < np.where(overdue == 1, 0.4, 0.9)
    rows = small(overdue=overdue, contacted=contacted, agent=np.where(np.arange(200) < 100, "a", "b"))
    found = nonresponse_check(rows, linked=["overdue"], order="order", contacted="contacted", agent="agent")
    assert {Sign.SKIPPED, Sign.CONTACT} <= set(found.signs)
    contacts = found.checks[found.checks["check"] == "contact_rate"]
    assert list(contacts["variable"]) == ["overdue", "overdue / a", "overdue / b"]


def test_whom_we_asked_is_tested_against_whom_we_could() -> None:
    frame = pd.DataFrame({"overdue": [1.0] * 200 + [0.0] * 300, "stratum": "all"})
    asked = small(overdue=np.array([1.0] * 30 + [0.0] * 170), population=500, weight=2.5)
    found = nonresponse_check(asked, linked=["overdue"], frame=frame)
    assert Sign.SELECTION in found.signs
    assert found.light is Light.RED


def test_complainers_drawn_more_on_purpose_are_no_bias() -> None:
    frame = pd.DataFrame({"overdue": [1.0] * 100 + [0.0] * 900, "stratum": ["c"] * 100 + ["n"] * 900})
    asked = small(overdue=np.array([1.0] * 100 + [0.0] * 100), stratum=["c"] * 100 + ["n"] * 100)
    found = nonresponse_check(asked, linked=["overdue"], frame=frame)
    assert Sign.SELECTION not in found.signs


def test_answers_that_say_too_little_or_contradict() -> None:
    n = 200
    rows = small(
        score=5.0, q1=5.0, q2=5.0, q3=5.0, resolved_at_once=True, reopened=(np.arange(n) % 4 == 0).astype(float)
    )
    found = nonresponse_check(
        rows, linked=["overdue"], items=["q1", "q2", "q3"], contradictions={"resolved_at_once": "reopened"}
    )
    assert {Sign.CEILING, Sign.STRAIGHT, Sign.CONTRADICTION} <= set(found.signs)


@pytest.mark.parametrize("answered", [True, False])
def test_all_or_none_answered_is_no_crash(answered: bool) -> None:
    found = nonresponse_check(small(answered=answered), linked=["overdue"], known=["stratum"])
    assert found.rates.rr1 == float(answered)
    assert np.isnan(found.r_indicator)
