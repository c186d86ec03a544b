"""One call from leaf frames to an explanation."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.rootcause.explain import explain_change
from kpi_lib.analysis.rootcause.result import COLUMNS, Explanation, Standing, Verdict
from kpi_lib.errors import InputError

DIMENSIONS = ["branch", "product", "channel"]


def tickets(
    n: int, seed: int, days: int, *, fall: float = 0.0, everywhere: float = 0.0, grown: float = 1.0
) -> pd.DataFrame:
    """Tickets of six branches; ``fall`` hits branch B's air conditioners, ``grown`` multiplies the weak branch A."""
    rng = np.random.default_rng(seed)
    weight = np.array([grown, 1, 1, 1, 1, 1])
    frame = pd.DataFrame(
        {
            "branch": rng.choice(list("ABCDEF"), n, p=weight / weight.sum()),
            "product": rng.choice(["ac", "tv", "wm"], n),
            "channel": rng.choice(np.array(["app", "phone", None], dtype=object), n),
            "day": [f"d{day:03d}" for day in rng.integers(0, days, n)],
        }
    )
    hurt = (frame["branch"] == "B") & (frame["product"] == "ac")
    chance = 0.85 - 0.3 * (frame["branch"] == "A") - fall * hurt - everywhere
    return frame.assign(ok=(rng.random(n) < chance).astype(int), n=1)


def explained(current: pd.DataFrame, reference: pd.DataFrame, **options: object) -> Explanation:
    given = {"block": "day", "permutations": 399, "resamples": 40, **options}
    return explain_change(current, reference, DIMENSIONS, "ok", "n", **given)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def reference() -> pd.DataFrame:
    return tickets(9000, 1, 90)


@pytest.fixture(scope="module")
def fallen() -> pd.DataFrame:
    return tickets(3000, 6, 30, fall=0.3)


@pytest.fixture(scope="module")
def found(fallen: pd.DataFrame, reference: pd.DataFrame) -> Explanation:
    return explained(fallen, reference, pinned=["product=ac&branch=B", {"branch": "C"}, "branch=Z"])


def adds_up(found: Explanation) -> bool:
    parts = found.mix.total + found.broad.contribution + sum(one.contribution for one in found.found) + found.rest
    return parts == pytest.approx(found.gap.difference, abs=1e-12)


def test_the_segment_is_named_with_its_size(found: Explanation, fallen: pd.DataFrame) -> None:
    assert found.verdict is Verdict.SEGMENTS
    (one,) = found.segments
    assert one.name == "branch=B&product=ac"
    assert one.standing is Standing.SIGNIFICANT
    held = fallen[(fallen["branch"] == "B") & (fallen["product"] == "ac")]
    assert one.n == len(held)
    assert one.after == pytest.approx(held["ok"].mean())
    assert one.lo <= -0.3 <= one.hi < 0
    assert one.contribution == pytest.approx(one.effect * one.n / len(fallen), abs=2e-3)
    assert one.contribution_cases == pytest.approx(one.contribution * len(fallen))
    assert one.regained == pytest.approx(-one.effect * one.n / len(fallen))
    assert one.p_adjusted <= 0.01
    assert one.stability > 0.8
    assert adds_up(found)


def test_the_table_has_the_columns_of_the_file(found: Explanation) -> None:
    assert found.table.columns.tolist() == list(COLUMNS)
    assert found.table["segment"].tolist() == ["branch=B&product=ac"] * 2 + ["branch=C", "branch=Z"]
    assert found.table["standing"].tolist() == ["significant", "pinned", "pinned", "pinned"]


def test_pinned_segments_are_tested_among_themselves_and_unknown_ones_have_no_number(found: Explanation) -> None:
    hurt, other, unknown = found.pinned
    assert hurt.p_adjusted < 0.01
    assert hurt.hi - hurt.lo <= found.segments[0].hi - found.segments[0].lo, "nothing was selected"
    assert other.p_adjusted > 0.05
    assert unknown.n == 0
    assert np.isnan([unknown.effect, unknown.p_adjusted, unknown.after]).all()


def test_the_same_in_any_order_of_rows_and_dimensions(
    found: Explanation, fallen: pd.DataFrame, reference: pd.DataFrame
) -> None:
    turned = explain_change(
        fallen.sample(frac=1, random_state=1), reference.sample(frac=1, random_state=2), DIMENSIONS[::-1], "ok", "n",
        block="day", permutations=399, resamples=40, pinned=["branch=B&product=ac", {"branch": "C"}, "branch=Z"],
    )  # fmt: skip
    assert turned.to_json() == found.to_json()


def test_leaves_say_what_their_tickets_say(found: Explanation, fallen: pd.DataFrame, reference: pd.DataFrame) -> None:
    keys = [*DIMENSIONS, "day"]
    leaves = [frame.groupby(keys, dropna=False, as_index=False)[["ok", "n"]].sum() for frame in (fallen, reference)]
    again = explained(leaves[0], leaves[1], pinned=["product=ac&branch=B", {"branch": "C"}, "branch=Z"])
    assert again.to_json() == found.to_json()


def test_json_holds_no_nan(found: Explanation) -> None:
    document = json.loads(found.to_json())
    assert document["verdict"] == "segments"
    assert document["segments"][0]["segment"] == "branch=B&product=ac"
    assert document["pinned"][2]["effect"] is None


def test_the_result_is_frozen(found: Explanation) -> None:
    with pytest.raises(FrozenInstanceError):
        found.rest = 0.0  # type: ignore[misc]


def test_a_fall_everywhere_is_one_finding(reference: pd.DataFrame) -> None:
    found = explained(tickets(3000, 3, 30, everywhere=0.08), reference, resamples=0)
    assert found.verdict is Verdict.BROAD
    assert found.segments == ()
    assert found.broad.lo < -0.08 < found.broad.hi < 0
    assert adds_up(found)


def test_more_tickets_of_a_weak_branch_are_a_mix_and_no_fall(reference: pd.DataFrame) -> None:
    found = explained(tickets(3000, 4, 30, grown=3.0), reference, resamples=0)
    assert found.verdict is Verdict.MIX
    (one,) = found.segments
    assert (one.name, one.kind) == ("branch=A", "mix")
    assert one.lo < 3 / 8 - 1 / 6 < one.hi
    # By hand: branch A has 0.55, the others 0.85.
    assert one.contribution == pytest.approx((3 / 8 - 1 / 6) * -0.3, abs=0.02)
    assert found.mix.lo < one.contribution < found.mix.hi
    assert adds_up(found)


def test_nothing_is_an_answer(reference: pd.DataFrame) -> None:
    found = explained(tickets(3000, 5, 30), reference, resamples=0)
    assert found.verdict in {Verdict.NONE, Verdict.TOO_LITTLE}
    assert found.table.empty
    assert 0.01 < found.detectable < 0.05


def test_too_little_data_says_what_could_not_be_seen() -> None:
    found = explained(tickets(60, 8, 30, everywhere=0.12), tickets(150, 9, 90), resamples=0)
    assert found.verdict is Verdict.TOO_LITTLE
    assert found.detectable > abs(found.gap.difference)


def test_every_part_of_a_dimension_adds_up(found: Explanation) -> None:
    total = found.mix.parts.groupby("dimension")[["rate_part", "mix_part"]].sum().sum(axis=1)
    assert total.to_numpy() == pytest.approx(found.gap.difference, abs=1e-12)
    assert set(total.index) == set(DIMENSIONS)
    assert "(missing)" in set(found.mix.parts["value"])


@pytest.mark.parametrize("kind", ["rate", "mean"])
def test_rates_and_means(kind: str) -> None:
    rng = np.random.default_rng(14)

    def drawn(n: int, days: int, shift: float) -> pd.DataFrame:
        frame = pd.DataFrame(
            {"branch": rng.choice(list("ABCD"), n), "product": rng.choice(["ac", "tv"], n),
             "day": rng.integers(0, days, n)}
        )  # fmt: skip
        hurt = (frame["branch"] == "B") & (frame["product"] == "ac")
        if kind == "rate":
            exposure = rng.uniform(0.5, 2, n)
            return frame.assign(top=rng.poisson(exposure * (0.3 + shift * hurt)), bottom=exposure, squares=0.0)
        value = 4 - shift * hurt + rng.normal(0, 1, n)
        return frame.assign(top=value, bottom=1, squares=value**2)

    found = explain_change(
        drawn(2500, 30, 0.5), drawn(7500, 90, 0.0), ["branch", "product"], "top", "bottom", block="day",
        sum_sq="squares" if kind == "mean" else None, kind=kind, better="lower" if kind == "rate" else "higher",
        permutations=399, resamples=0,
    )  # fmt: skip
    assert [one.name for one in found.found] == ["branch=B&product=ac"]
    one = found.found[0]
    assert one.lo < (0.5 if kind == "rate" else -0.5) < one.hi
    assert one.regained > 0
    assert adds_up(found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dimensions": ["branch", "branch"]}, "'branch' is named twice"),
        ({"dimensions": []}, "at least one dimension"),
        ({"dimensions": [f"d{i}" for i in range(9)]}, "at most 8 dimensions, got 9"),
        ({"dimensions": "branch"}, "expected a list of columns"),
        ({"dimensions": ["brunch"]}, "did you mean 'branch'?"),
        ({"dimensions": ["ok"]}, "'ok' is also a number"),
        ({"numerator": "hits"}, "no column 'hits'"),
        ({"kind": "mean"}, "needs the sums of squares"),
        ({"max_depth": 4}, "expected 1, 2 or 3"),
        ({"alpha": 0}, "between 0 and 1"),
        ({"permutations": 50}, "needs at least 399"),
        ({"pinned": ["branch"]}, "expected dimension=value"),
        ({"pinned": ["city=B"]}, "'city' is no dimension"),
    ],
)
def test_bad_requests_are_named(change: dict[str, object], said: str) -> None:
    frame = tickets(50, 1, 10)
    given = {"dimensions": DIMENSIONS, "numerator": "ok", "denominator": "n", **change}
    with pytest.raises(InputError, match=said.replace("?", r"\?")):
        explain_change(frame, frame, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("ok", 2, "above their denominator"),
        ("ok", -1, "below 0"),
        ("n", -1, "below 0"),
        ("ok", np.nan, "missing or infinite"),
        ("ok", "x", "expected numbers"),
        ("n", 0, "denominator of 0"),
    ],
)
def test_bad_numbers_are_named(column: str, value: object, said: str) -> None:
    good = tickets(50, 1, 10).assign(ok=1)
    bad = good.astype({column: object})
    bad.loc[3, column] = value
    with pytest.raises(InputError, match=f"current.*{said}"):
        explained(bad.infer_objects(), good)


def test_an_empty_period_is_named() -> None:
    good = tickets(50, 1, 10)
    with pytest.raises(InputError, match="reference: no cases"):
        explained(good, good.iloc[:0])


def test_of_very_many_rows_a_part_is_searched_and_all_are_counted(
    fallen: pd.DataFrame, reference: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kpi_lib.analysis.rootcause.explain.MOST_ROWS", 6000)
    found = explained(fallen, reference)
    assert [one.name for one in found.found] == ["branch=B&product=ac"]
    held = fallen[(fallen["branch"] == "B") & (fallen["product"] == "ac")]
    assert found.found[0].n == len(held)
    assert found.found[0].after == pytest.approx(held["ok"].mean())
    assert found.gap.n_current == len(fallen)
    assert adds_up(found)
