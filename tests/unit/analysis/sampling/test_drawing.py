from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.sampling import commit, common_salt, draw, draw_two_stage, identity, read_sheet, seal, verify
from kpi_lib.errors import InputError
from kpi_lib.stats.sampling.draw import NumberRule, canonical_id, inclusion_probabilities, systematic

FRAME = pd.DataFrame(
    {
        "customer_id": [f"c{n:03d}" for n in range(120)],
        "kind": ["old"] * 80 + ["new"] * 30 + [None] * 10,
        "size": np.arange(1, 121),
        "engineer": [f"e{n % 12}" for n in range(120)],
    }
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(123.0, "123"), (" 123 ", "123"), ("123.0", "123"), ("0571", "0571"), (np.int64(7), "7"), ("a.0", "a.0")],
)
def test_ids_read_the_same_from_any_file(value: object, text: str) -> None:
    assert canonical_id(value) == text


@pytest.mark.parametrize("kind", ["str", "object", "int64", "float64", "Int64", "mixed"])
def test_ids_read_the_same_from_any_column(kind: str) -> None:
    numbers = list(range(11, 31))
    column = {
        "str": pd.Series([f" {n}" for n in numbers]),
        "object": pd.Series([str(n) for n in numbers], dtype=object),
        "mixed": pd.Series([n if n % 2 else f"{n}.0" for n in numbers], dtype=object),
    }.get(kind, None if kind in ("str", "object", "mixed") else pd.Series(numbers).astype("int64"))
    if kind in ("int64", "float64", "Int64"):
        column = pd.Series(numbers).astype(kind)  # type: ignore[call-overload]
    made = draw(pd.DataFrame({"customer_id": column}), n=5, salt="s")
    assert made.ids == draw(pd.DataFrame({"customer_id": numbers}), n=5, salt="s").ids
    assert set(made.ids) <= {str(n) for n in numbers}


def test_ids_whose_numbers_meet_are_still_drawn_in_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "random_numbers", lambda data, offsets, salt, rule: np.full(len(offsets) - 1, 0.25))
    made = [draw(rows, n=6, salt="s").ids for rows in (FRAME, FRAME.sample(frac=1, random_state=2))]
    assert made[0] == made[1] == [f"c{n:03d}" for n in range(6)]


def test_missing_kind_is_a_stratum_of_its_own() -> None:
    made = draw(FRAME, by="kind", n={"old": 8, "new": 3, "unknown": 1}, salt="s")
    assert made.drawn["stratum"].value_counts().to_dict() == {"old": 8, "new": 3, "unknown": 1}
    assert made.drawn["weight"].sum() == pytest.approx(120)


def test_reserve_follows_the_drawn_in_order() -> None:
    made = draw(FRAME, by="kind", n={"old": 10}, salt="s", reserve=0.5)
    assert list(made.table["order"]) == list(range(1, 16))
    assert list(made.table["role"]) == ["drawn"] * 10 + ["reserve"] * 5
    assert made.table["prn"].is_monotonic_increasing


def test_those_asked_recently_rest() -> None:
    first = draw(FRAME, n=60, salt="s")
    second = draw(FRAME, n=60, salt="s", rested=first.ids)
    assert second.overlap(first.ids) == 0
    third = draw(FRAME, n=70, salt="s", rested=first.ids)
    assert third.overlap(first.ids) == pytest.approx(10 / 70)


def test_half_the_panel_is_kept() -> None:
    first = draw(FRAME, n=40, salt="s")
    second = draw(FRAME, n=40, salt="t", panel=first.ids, keep=0.5)
    assert second.overlap(first.ids) == 0.5


def test_another_start_rotates() -> None:
    first, second = (draw(FRAME, n=30, salt="s", start=start) for start in (0.0, 0.5))
    assert second.overlap(first.ids) == 0


@pytest.mark.parametrize(("population", "n"), [(77, 10), (154, 10), (13, 5), (10, 10), (5, 0)])
def test_systematic_draws_as_many_as_asked(population: int, n: int) -> None:
    for u in (0.0, 0.37, 0.999999):
        places = systematic(n, population, u)
        assert len(set(places)) == n
        assert all(0 <= place < population for place in places)


@pytest.mark.parametrize("method", ["systematic", "pareto", "pps_systematic"])
def test_other_methods_keep_n_and_ignore_the_order_of_rows(method: str) -> None:
    size = None if method == "systematic" else "size"
    rows = [FRAME, FRAME.sample(frac=1, random_state=1)]
    made = [draw(frame, by="kind", n={"old": 9, "new": 4}, salt="s", method=method, size=size) for frame in rows]
    assert made[0].to_json() == made[1].to_json()
    assert made[0].drawn["stratum"].value_counts().to_dict() == {"old": 9, "new": 4}


def test_large_units_are_taken_for_certain() -> None:
    probability = inclusion_probabilities(np.array([100.0, 50, 1, 1, 1, 1]), 3)
    assert probability[:2].tolist() == [1, 1]
    assert probability.sum() == pytest.approx(3)


def test_two_stages_weigh_by_both() -> None:
    made = draw_two_stage(FRAME, cluster="engineer", clusters=4, per_cluster=5, salt="s", id_column="customer_id")
    assert len(made.drawn) == 20
    assert made.drawn["cluster"].nunique() == 4
    assert made.drawn["weight"].unique() == pytest.approx([12 / 4 * 10 / 5])


def test_mistakes_are_named() -> None:
    twice = pd.concat([FRAME, FRAME.head(1)])
    with pytest.raises(InputError, match="more than once"):
        draw(twice, n=5, salt="s")
    with pytest.raises(InputError, match=r"no stratum 'olds'.*did you mean 'old'"):
        draw(FRAME, by="kind", n={"olds": 5}, salt="s")
    with pytest.raises(InputError, match="81 are to be drawn and it has 80"):
        draw(FRAME, by="kind", n={"old": 81}, salt="s")
    with pytest.raises(InputError, match="missing"):
        draw(FRAME.assign(customer_id=[None, *FRAME["customer_id"][1:]]), n=5, salt="s")
    with pytest.raises(InputError, match="do not go together"):
        draw(FRAME, n=5, salt="s", method="pareto")


DATA = Path(__file__).parent / "data"
WANG, LI = (commit("Wang", "secret of Wang"), "secret of Wang"), (commit("Li", "secret of Li"), "secret of Li")


def sealed(numbers: NumberRule = NumberRule.SIPHASH) -> str:
    made = draw(
        FRAME,
        by="kind",
        n={"old": 8, "new": 3},
        salt=common_salt(WANG, LI),
        reserve=0.3,
        rested=["c003", "c004"],
        numbers=numbers,
    )
    return seal(made, drawer=WANG, approver=LI).to_json()


def test_a_sealed_sheet_holds_from_itself_and_the_frame() -> None:
    assert verify(read_sheet(sealed()), FRAME.sample(frac=1, random_state=3)) == []


def test_a_changed_frame_is_found() -> None:
    found = verify(read_sheet(sealed()), FRAME.assign(kind=FRAME["kind"].replace({"new": "old"})))
    assert found
    found = verify(read_sheet(sealed()), FRAME.iloc[1:])
    assert next(issue.where for issue in found) == "frame"


def test_a_changed_sheet_is_found() -> None:
    text = sealed()
    picked = read_sheet(text).body["units"][0]["id"]  # type: ignore[index]
    other = next(value for value in FRAME["customer_id"] if value not in text)
    found = verify(read_sheet(text.replace(picked, other)), FRAME)
    assert {issue.where for issue in found} >= {"sheet", "draw"}


def test_a_missing_or_forged_signature_is_found() -> None:
    sheet = read_sheet(sealed())
    text = sheet.to_json().replace(sheet.signatures["Li"], "0" * 64)
    assert [issue.problem for issue in verify(read_sheet(text), FRAME)] == ["the signature is not of this sheet"]


def test_two_people_are_needed() -> None:
    with pytest.raises(InputError, match="two people"):
        common_salt(WANG, (commit(" wang", "another secret"), "another secret"))
    with pytest.raises(InputError, match="not the one promised"):
        common_salt(WANG, (LI[0], "another secret"))
    with pytest.raises(InputError, match="common salt"):
        seal(draw(FRAME, n=5, salt="chosen"), drawer=WANG, approver=LI)


def test_neither_can_steer_the_draw_alone() -> None:
    other = (commit("Li", "other secret"), "other secret")
    assert common_salt(WANG, LI) != common_salt(WANG, other)


def test_a_sheet_says_how_its_numbers_were_made_and_is_drawn_again_by_that() -> None:
    old = read_sheet(sealed(NumberRule.BLAKE2B))
    assert old.body["rule"]["numbers"] == "blake2b/1"  # type: ignore[index]
    assert verify(old, FRAME) == []
    now = read_sheet(sealed())
    assert now.body["rule"]["numbers"] == "siphash-2-4/1"  # type: ignore[index]
    assert old.body["units"] != now.body["units"]


def test_a_sheet_from_before_rules_had_names_still_holds() -> None:
    text = (DATA / "sheet_of_version_0_1_0.json").read_text(encoding="utf-8")
    assert "numbers" not in read_sheet(text).body["rule"]  # type: ignore[operator]
    assert verify(read_sheet(text), FRAME) == []
