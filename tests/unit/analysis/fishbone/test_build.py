"""Bones hold what was found, count it once, and with the rest sum to the gap."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.fishbone import Evidence, Source, Standing, State, build_fishbone, free_fishbone
from kpi_lib.analysis.fishbone.explained import evidence_of
from kpi_lib.analysis.fishbone.free import free_fishbone_of
from kpi_lib.analysis.fishbone.selectors import best, fit, was_looked_at
from kpi_lib.analysis.rootcause import result
from kpi_lib.analysis.rootcause.result import Broad, Explanation, Gap, Mix, Segment, Verdict
from kpi_lib.errors import InputError
from kpi_lib.params.fishbone import FishboneFile
from kpi_lib.report.fishbone import fishbone_table
from kpi_lib.text import Text, language

SPEC = FishboneFile.model_validate(
    {
        "heads": {"csat": {"en": "Unhappy", "zh": "不满"}},
        "bones": {
            "people": {
                "name": "People",
                "staff": "true",
                "causes": {
                    "person": {"name": "Person", "evidence": ["segment:provider", "segment:engineer"]},
                    "smart": {"name": "Smart TV", "evidence": ["segment:product=smart*&provider"]},
                    "mood": {"name": "Mood", "evidence": ["theme:attitude"]},
                    "guess": {"name": "Guess", "hypothesis": "true"},
                },
            },
            "things": {
                "name": "Things",
                "staff": "false",
                "causes": {
                    "product": {"name": "Product", "evidence": ["segment:product", "mix:*"]},
                    "parts": {"name": "Parts", "evidence": ["stage:parts"], "needs": {"en": "orders", "zh": "订单"}},
                },
            },
        },
        "diagrams": {"all": {"kpis": "all", "bones": {"people": "all", "things": "all"}}},
        "relations": [{"from": "things.parts", "to": "people.mood"}],
    }
)
GAP = Gap(0.85, 0.80, -0.05, -0.08, -0.02, 900, 300, "share", "higher")
S, SURE, MAYBE = Source, Standing.SIGNIFICANT, Standing.SUGGESTIVE


def built(*evidence: Evidence, gap: Gap | None = GAP, **options: object):
    return build_fishbone(SPEC, kpi="csat", name=Text("c", "c"), unit="share", gap=gap, evidence=evidence, **options)


def causes(fishbone):
    return {(bone.key, cause.key): cause for bone in fishbone.bones for cause in bone.causes}


def test_evidence_goes_to_the_closest_cause_once() -> None:
    both = Evidence(S.SEGMENT, "product=smart_tv&provider=A", "a", SURE, -0.02)
    plain = Evidence(S.SEGMENT, "provider=B", "b", SURE, -0.01)
    found = causes(built(both, plain))
    assert found["people", "smart"].evidence == (both,)
    assert found["people", "person"].evidence == (plain,)
    assert sum(len(cause.evidence) for cause in found.values()) == 2


@pytest.mark.parametrize(
    ("selector", "key", "fits"),
    [
        ("segment:provider", "product=x&provider=A", True),
        ("segment:provider=B", "product=x&provider=A", False),
        ("segment:provider&product", "provider=A", False),
        ("segment:*", "provider=A", True),
        ("segment:all", "all", True),
        ("segment:provider", "all", False),
        ("theme:provider", "provider=A", False),
        ("segment:product=a*", "product=abc", True),
    ],
)
def test_a_selector_fits_what_has_every_dimension_it_names(selector, key, fits) -> None:
    assert (fit(selector, Evidence(S.SEGMENT, key, "x", SURE)) is not None) is fits


def test_a_named_value_is_closer_than_a_dimension_and_that_than_anything() -> None:
    piece = Evidence(S.SEGMENT, "product=tv", "x", SURE)
    order = [("any", ["segment:*"]), ("dimension", ["segment:product"]), ("value", ["segment:product=tv"])]
    for last in range(1, 4):
        assert best(piece, order[:last]) == order[last - 1][0]
    assert best(piece, [("first", ["segment:product"]), ("second", ["segment:product"])]) == "first"


def test_bones_offsetting_and_unexplained_sum_to_the_gap() -> None:
    found = built(
        Evidence(S.SEGMENT, "provider=A", "a", SURE, -0.03),
        Evidence(S.SEGMENT, "provider=C", "c", SURE, +0.01),
        Evidence(S.SEGMENT, "product=tv", "b", SURE, -0.02, overlap=-0.005),
        Evidence(S.SEGMENT, "product=ac", "d", MAYBE, -0.04, counts=False),
        Evidence(S.SEGMENT, "queue=1", "e", SURE, -0.001),
    )
    people, things, elsewhere = found.bones
    assert (people.contribution, people.offsetting) == (-0.03, 0.01)
    assert things.contribution == pytest.approx(-0.015), "counted where it was not counted before"
    assert (elsewhere.key, elsewhere.contribution) == ("unassigned", -0.001)
    assert found.offsetting == 0.01
    assert math.fsum([people.contribution, things.contribution, elsewhere.contribution, found.offsetting,
                      found.unexplained]) == pytest.approx(GAP.difference, abs=1e-15)  # fmt: skip


def test_for_a_kpi_that_should_fall_a_rise_is_the_gap() -> None:
    gap = Gap(0.02, 0.03, 0.01, 0.0, 0.02, 900, 300, "rate", "lower")
    found = built(
        Evidence(S.SEGMENT, "provider=A", "a", SURE, 0.004), Evidence(S.MIX, "all", "m", SURE, -0.001), gap=gap
    )
    assert (found.bones[0].contribution, found.bones[1].offsetting) == (0.004, -0.001)
    assert found.unexplained == pytest.approx(0.007)


def test_a_cause_is_found_empty_unmeasured_or_a_hypothesis() -> None:
    found = causes(built(Evidence(S.THEME, "attitude", "a", MAYBE, n=3, figure=0.3), looked_at=["segment:provider"]))
    states = {key: cause.state for key, cause in found.items()}
    assert states == {
        ("people", "person"): State.NOTHING_FOUND,
        ("people", "smart"): State.NOT_MEASURED,
        ("people", "mood"): State.FOUND,
        ("people", "guess"): State.HYPOTHESIS,
        ("things", "product"): State.NOT_MEASURED,
        ("things", "parts"): State.NOT_MEASURED,
    }


def test_two_dimensions_were_looked_at_when_both_were() -> None:
    selectors = ["segment:product&provider"]
    assert not was_looked_at(selectors, ["segment:product"])
    assert was_looked_at(selectors, ["segment:product", "segment:provider"])
    assert was_looked_at(["theme:attitude"], ["theme:*"])
    assert not was_looked_at(["theme:attitude"], ["segment:*"])


def test_what_has_no_points_of_the_gap_gets_none() -> None:
    found = built(Evidence(S.THEME, "attitude", "a", SURE, n=30, figure=0.3))
    assert found.bones[0].contribution is None
    assert found.bones[0].standing is SURE
    assert found.unexplained == GAP.difference


def test_a_hypothesis_carries_no_number() -> None:
    for number in ({"contribution": -0.1}, {"n": 3}, {"figure": 0.2}, {"lo": 0.1}):
        with pytest.raises(ValueError, match="hypothesis and carries no number"):
            Evidence(S.SEGMENT, "provider=A", "a", Standing.HYPOTHESIS, **number)
    found = causes(built(Evidence(S.SEGMENT, "provider=A", "a", Standing.HYPOTHESIS)))
    assert found["people", "person"].state is State.HYPOTHESIS


def test_what_would_be_counted_twice_or_cannot_be_counted_is_refused() -> None:
    piece = Evidence(S.SEGMENT, "provider=A", "a", SURE, -0.1)
    with pytest.raises(ValueError, match="given twice"):
        built(piece, piece)
    with pytest.raises(ValueError, match="gap that was not measured"):
        built(piece, gap=None)
    with pytest.raises(ValueError, match="not a number"):
        Evidence(S.SEGMENT, "provider=A", "a", SURE, math.nan)
    with pytest.raises(ValueError, match="evidence that was not given"):
        built(piece, related=[("segment:provider=A", "theme:attitude")])


def test_arrows_are_declared_or_found() -> None:
    pieces = [Evidence(S.STAGE, "parts", "p", MAYBE, n=3, figure=9.0, unit="hours"),
              Evidence(S.THEME, "attitude", "a", MAYBE, n=3, figure=0.2)]  # fmt: skip
    assert [(each.cause, each.effect, each.found) for each in built(*pieces).relations] == [
        (("things", "parts"), ("people", "mood"), False)
    ]
    assert built(*pieces, related=[("stage:parts", "theme:attitude")]).relations[0].found


def test_table_and_json_hold_everything() -> None:
    found = built(Evidence(S.SEGMENT, "provider=A", Text("a", "甲"), SURE, -0.03, np.nan, -0.01, 12))
    table = found.table
    assert len(table) == 6
    row = table.set_index("cause").loc["person"]
    assert (row["label_zh"], row["counted"], row["n"], row["standing"]) == ("甲", -0.03, 12, "significant")
    read = json.loads(found.to_json())
    assert read["bones"][0]["causes"][0]["evidence"][0]["lo"] is None
    assert read["bones"][0]["standing"] == "significant"
    assert read["unexplained"] == pytest.approx(-0.02)


def segment(name: str, kind: str, contribution: float, standing: result.Standing) -> Segment:
    return Segment(
        dims=(("provider", name),), kind=kind, n=50, n_reference=90, before=0.9, after=0.7, expected=0.88,
        effect=-0.18, lo=-0.3, hi=-0.06, contribution=contribution, contribution_cases=-9, regained=0.03,
        p_adjusted=0.001, stability=0.9, alternatives=(), standing=standing,
    )  # fmt: skip


@pytest.mark.parametrize("broad", [True, False])
def test_an_explanation_becomes_evidence_that_leaves_its_rest(broad: bool) -> None:
    segments = (
        segment("A", "rate", -0.03, result.Standing.SIGNIFICANT),
        segment("M", "mix", -0.004, result.Standing.SIGNIFICANT),
    )
    doubtful = segment("B", "rate", -0.02, result.Standing.SUGGESTIVE)
    mix = Mix(-0.01, -0.015, -0.005, -0.04, pd.DataFrame(), ())
    common = Broad(-0.01, -0.02, -0.001, 0.03, -0.006 if broad else 0.0, broad)
    rest = GAP.difference - (-0.03 - 0.01 - (0.006 if broad else 0))
    found = Explanation(
        gap=GAP, mix=mix, segments=segments, suggestive=(doubtful,), pinned=(), broad=common, rest=rest,
        detectable=0.02, verdict=Verdict.SEGMENTS, searched=99,
    )  # fmt: skip
    evidence = evidence_of(found, label=lambda one: one.name)
    fishbone = built(*evidence)
    assert fishbone.unexplained == pytest.approx(rest, abs=1e-15)
    first = evidence[0]
    assert first.lo == pytest.approx(-0.05)
    assert first.hi == pytest.approx(-0.01), "the effect's interval, in points of the KPI"


def test_a_free_diagram_is_all_hypotheses() -> None:
    found = free_fishbone_of({"head": "Late", "bones": {"People": ["No training", {"en": "New", "zh": "新手"}]}})
    assert found == free_fishbone(Text("Late", "Late"), [(Text("People", "People"), [Text("No training", "No training"),
                                  Text("New", "新手")])])  # fmt: skip
    assert {cause.state for cause in found.bones[0].causes} == {State.HYPOTHESIS}
    assert found.unexplained is None
    with pytest.raises(InputError) as caught:
        free_fishbone_of({"haed": "x", "bones": {"People": "none"}})
    assert [str(issue) for issue in caught.value.issues] == [
        "fishbone: unknown key 'haed' (did you mean 'head'?)",
        "head: expected a name (a text, or {en: .., zh: ..})",
        "bone 'People': expected a list of causes ([No training, No parts])",
    ]
    with pytest.raises(InputError, match="expected a mapping"):
        free_fishbone_of({"head": "x"})


def test_evidence_only_adds_no_points_and_shows_its_own_figure() -> None:
    counted = Evidence(S.SEGMENT, "provider=B", "b", SURE, -0.03)
    only = Evidence(S.THEME, "attitude", "t", MAYBE, n=7, figure=0.3, before=0.1, change=(0.05, 0.4))
    bare, fed = built(counted), built(counted, only)
    for one in (bare, fed):
        bones = sum(bone.contribution or 0.0 for bone in one.bones)
        assert bones + one.offsetting + one.unexplained == pytest.approx(GAP.difference)
    assert fed.unexplained == bare.unexplained
    assert causes(fed)["people", "mood"].state is State.FOUND
    row = fed.table.set_index("key").loc["attitude"]
    assert (row["figure"], row["before"], row["change_lo"], row["change_hi"]) == (0.3, 0.1, 0.05, 0.4)
    assert row["counted"] is None or np.isnan(row["counted"])
    said = fishbone_table(fed, language("en")).html
    assert said.count("evidence only") == 1
    assert "30.0% (before 10.0%)" in said.replace("\u00a0", " ")
    assert "仅为佐证" in fishbone_table(fed, language("zh")).html
