"""Every public result of sampling is JSON: strict, whole, and at full precision."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib import explore
from kpi_lib.analysis import sampling
from kpi_lib.analysis.sampling.matching import match

DATA = Path(__file__).parents[3] / "reference" / "survey" / "data"
FRAME = pd.DataFrame(
    {
        "customer_id": [f"c{n:03d}" for n in range(120)],
        "kind": ["old"] * 80 + ["new"] * 40,
        "complained": [0.0, 1.0, 0.0] * 40,
        "hours": np.linspace(1, 50, 120),
    }
)
WANG, LI = ((sampling.commit(name, f"secret of {name}"), f"secret of {name}") for name in ("Wang", "Li"))


def results() -> dict[str, object]:
    salt = sampling.common_salt(WANG, LI)
    made = explore.draw(FRAME, by="kind", n=20, salt=salt, carry=["kind", "complained", "hours"])
    rng = np.random.default_rng(1)
    answers = pd.DataFrame({"customer_id": made.ids, "score": rng.integers(1, 6, 40)})
    first = explore.estimate(answers, made, by=["kind"], quantiles={"hours": [0.5]})
    second = explore.estimate(answers.assign(score=5), made)
    asked = made.drawn.assign(answered=rng.random(40) < 0.6, satisfied=1.0)
    audits = pd.DataFrame({"inspector_1": ["a"] * 9, "inspector_2": ["b"] * 9, "record_true": [True] * 8 + [False]})
    return {
        "Plan": explore.plan_sample(FRAME, last_wave=50),
        "SampleSizes": explore.allocate({"a": 10, "b": 90}, 20, floors=15),
        "Draw": made,
        "Matched": match(answers, made),
        "SurveyEstimate": first,
        "WaveChange": sampling.change_between(second, first),
        "NonresponseCheck": explore.nonresponse_check(asked, linked=["complained"], known=["kind"]),
        "AuditPlan": sampling.plan_audit(300),
        "AuditResult": sampling.evaluate_audit(audits, 90, questions=["record_true"]),
        "Sheet": sampling.seal(made, drawer=WANG, approver=LI),
        "Commitment": WANG[0],
        "Kinds": sampling.customer_kinds({"new": FRAME["kind"] == "new"}),
    }


RESULTS = results()


def refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


@pytest.mark.parametrize("name", list(RESULTS))
def test_a_result_is_strict_json_and_comes_back_as_it_went(name: str) -> None:
    text = RESULTS[name].to_json()  # type: ignore[attr-defined]
    found = json.loads(text, parse_constant=refuse)
    assert found
    assert json.loads(json.dumps(found)) == found


def test_every_public_result_is_tried() -> None:
    public = {name for name in sampling.__all__ if hasattr(getattr(sampling, name), "to_json")}
    assert public <= set(RESULTS)


def test_numbers_come_back_in_full() -> None:
    made = RESULTS["SurveyEstimate"]
    rows = json.loads(made.to_json())["estimates"]  # type: ignore[attr-defined]
    table = made.table  # type: ignore[attr-defined]
    assert [row["value"] for row in rows] == table["value"].tolist()
    assert list(rows[0]) == list(table.columns)
    change = RESULTS["WaveChange"]
    assert json.loads(change.to_json())["se"] == change.se  # type: ignore[attr-defined]
