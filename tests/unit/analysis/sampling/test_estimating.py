from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.sampling import change_between, draw, draw_two_stage, estimate
from kpi_lib.analysis.sampling.flags import share_flag
from kpi_lib.analysis.sampling.matching import satisfaction
from kpi_lib.errors import InputError
from kpi_lib.stats.sampling.design import SingleUnitStratumError, element_design
from kpi_lib.stats.sampling.estimate import means

DATA = Path(__file__).parents[3] / "reference" / "survey" / "data"


def people(n: int = 200, seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    kinds = np.where(np.arange(n) < n // 4, "new", "old")
    score = np.clip(rng.integers(2, 6, n) + (kinds == "old"), 1, 5)
    return pd.DataFrame(
        {
            "customer_id": [f"c{i:04d}" for i in range(n)],
            "kind": kinds,
            "score": score,
            "engineer": [f"e{i % 10}" for i in range(n)],
        }
    )


def ask(frame: pd.DataFrame, n: dict[str, int], salt: str = "s"):
    made = draw(frame, by="kind", n=n, salt=salt, carry=["kind", "engineer"])
    return made, frame[frame["customer_id"].isin(made.ids)][["customer_id", "score"]]


def test_the_standard_error_after_the_draw_has_the_correction_in_it() -> None:
    frame = people()
    made, answers = ask(frame, {"new": 40, "old": 100})
    found = estimate(answers, made)
    plain = element_design(found.design.weights, strata=found.design.stages[0].strata)
    assert found.overall["se"] < 0.75 * float(means(plain, found.answers["satisfied"]).se[0])


def test_everybody_answered_leaves_no_doubt() -> None:
    frame = people()
    made, answers = ask(frame, {"new": 50, "old": 150})
    row = estimate(answers, made).overall
    assert row["lo"] == row["hi"] == row["value"] == pytest.approx((frame["score"] >= 4).mean())


def test_the_sheet_decides_who_counts() -> None:
    frame = people()
    made, answers = ask(frame, {"new": 20, "old": 50})
    stranger = frame[~frame["customer_id"].isin(made.ids)].head(3)[["customer_id", "score"]]
    times = pd.Timestamp("2025-11-01") + pd.to_timedelta(np.arange(len(answers)), unit="h")
    timed = answers.assign(at=times)
    again = timed.head(2).assign(at=pd.Timestamp("2025-11-20"), score=1)
    late = timed.tail(1).assign(at=pd.Timestamp("2025-12-20"))
    rows = pd.concat([timed.iloc[:-1], again, stranger.assign(at=pd.Timestamp("2025-11-05")), late])
    found = estimate(rows, made, answered_at="at", deadline=pd.Timestamp("2025-12-01"))
    assert [len(part) for part in (found.matched.off_sheet, found.matched.duplicates, found.matched.late)] == [3, 2, 1]
    assert found.overall["n"] == 69


def test_a_stratum_with_one_answer_goes_to_its_neighbour_or_stops() -> None:
    frame = people()
    made, answers = ask(frame, {"new": 10, "old": 40})
    one = answers[~answers["customer_id"].isin(frame.loc[frame["kind"] == "new", "customer_id"].tolist())]
    one = pd.concat([one, answers[~answers.index.isin(one.index)].head(1)])
    with pytest.raises(InputError, match=r"stratum new.*declare a neighbour"):
        estimate(one, made)
    found = estimate(one, made, collapse={"new": "old"})
    assert found.collapsed.to_dict("records") == [{"stratum": "new", "into": "old"}]
    assert found.population == 200


def test_a_lonely_unit_is_never_given_a_variance_of_zero() -> None:
    design = element_design(np.array([5.0, 1, 1]), strata=np.array([0, 1, 1]), population=np.array([5.0, 2, 2]))
    with pytest.raises(SingleUnitStratumError):
        means(design, [1.0, 0.0, 1.0])


def test_letters_and_scores_share_what_is_satisfied_and_no_mean() -> None:
    rows = pd.DataFrame({"score": [5, 3, None, None, None], "grade": [None, None, "b", "D", None]})
    found = satisfaction(rows)
    assert found["satisfied"].tolist()[:4] == [1, 0, 1, 0]
    assert np.isnan(found["satisfied"].iloc[4])
    assert found["score"].notna().sum() == 2


def test_domains_keep_the_whole_design() -> None:
    frame = people()
    made, answers = ask(frame, {"new": 20, "old": 50})
    found = estimate(answers, made, by=["engineer"])
    rows = found.table[(found.table["domain"] == "engineer") & (found.table["statistic"] == "satisfied_rate")]
    assert rows["n"].sum() == 70
    heard = found.answers
    alone = heard["engineer"] == rows.iloc[0]["level"]
    assert rows.iloc[0]["value"] == pytest.approx(
        np.average(heard.loc[alone, "satisfied"], weights=found.design.weights[alone])
    )


def test_raking_beside_base_and_a_margin_nobody_can_meet_is_said() -> None:
    frame = people()
    made, answers = ask(frame, {"new": 20, "old": 50})
    known = frame["engineer"].value_counts().to_dict()
    methods = estimate(answers, made, classes=["engineer"], margins={"engineer": known}, cap=2.0).methods
    assert methods["method"].tolist() == ["unweighted", "base", "class", "raked"]
    assert methods.loc[3, "weight_ratio"] < 10
    with pytest.raises(InputError, match="margin kind"):
        estimate(answers, made, margins={"kind": {"new": 200}})


def test_two_stages_agree_with_simulation() -> None:
    frame = people(400)
    truth = (frame["score"] >= 4).mean()
    inside, errors = 0, []
    for salt in range(150):
        made = draw_two_stage(
            frame, cluster="engineer", clusters=6, per_cluster=20, salt=str(salt), id_column="customer_id"
        )
        row = estimate(frame[["customer_id", "score"]], made).overall
        inside += row["lo"] <= truth <= row["hi"]
        errors.append(row["value"] - truth)
    assert inside >= 135
    assert abs(np.mean(errors)) < 0.01


def test_change_between_waves_knows_who_was_asked_twice() -> None:
    frame = people(400)
    made, answers = ask(frame, {"new": 50, "old": 150})
    first = estimate(answers, made)
    better = answers.assign(score=np.clip(answers["score"] + 1, 1, 5))
    second = estimate(better, made)
    change = change_between(second, first)
    apart, _ = ask(frame, {"new": 50, "old": 150}, salt="other")
    third = estimate(frame[frame["customer_id"].isin(apart.ids)][["customer_id", "score"]], apart)
    assert change.overlap == 200
    assert change.clear
    assert change.value > 0
    assert change.se < change_between(third, first).se


@pytest.mark.parametrize(
    ("share", "se", "n", "flag"),
    [
        (0.8, 0.02, 400, "show"),
        (0.8, 0.08, 25, "suppress"),
        (0.9, 0.05, 29, "care"),
        (1.0, 0.0, 40, "care"),
        (0.8, 0.02, 9, "suppress"),
    ],
)
def test_flags(share: float, se: float, n: int, flag: str) -> None:
    assert share_flag(share, se, n, n - 1) == flag


def test_nobody_answered_is_an_error_in_words() -> None:
    made, answers = ask(people(), {"new": 5, "old": 5})
    with pytest.raises(InputError, match="nobody drawn has answered"):
        estimate(answers.iloc[:0], made)
