"""What may be wrong with ``fishbone.yml`` and ``themes.yml`` is said with its line and a hint."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_lib.errors import InputError
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.params import load_project
from kpi_lib.params.project import shipped_fishbone, shipped_themes

GOOD = """\
heads: {csat_score: {en: Unhappy, zh: 不满}}
bones:
  skill:
    name: {en: Skill, zh: 技能}
    staff: true
    causes:
      training: {name: Training, evidence: [segment:provider, 'theme:*'], needs: {en: times, zh: 时间}}
      tools: {name: Tools, hypothesis: true}
diagrams:
  rest: {kpis: all, bones: {skill: all}}
  one: {kpis: [csat_score], bones: {skill: [tools]}}
relations: [{from: skill.tools, to: skill.training}]
"""


def problems_of(root, known=None) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_project(root, known)
    return [str(issue) for issue in caught.value.issues]


def test_a_diagram_holds_the_causes_it_names(write_project, known_kpis) -> None:
    spec = load_project(write_project({"fishbone.yml": GOOD}), known_kpis).fishbone
    assert list(spec.diagram("csat_score")["skill"].causes) == ["tools"]
    assert list(spec.diagram("response")["skill"].causes) == ["training", "tools"]


def test_a_project_without_the_files_takes_the_packages(write_project) -> None:
    project = load_project(write_project())
    assert project.fishbone is shipped_fishbone()
    assert project.themes is shipped_themes()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        (
            "segment:provider",
            "segmnt:provider",
            "7: bones.skill.causes.training.evidence.1: unknown source 'segmnt' of evidence (did you mean 'segment'?)",
        ),
        (
            "segment:provider",
            "provider",
            "7: bones.skill.causes.training.evidence.1: expected source:key, got 'provider' (such as segment:provider",
        ),
        ("skill: all", "skil: all", "10: unknown bone 'skil' (did you mean 'skill'?)"),
        ("[tools]", "[tool]", "11: unknown cause 'tool' (did you mean 'tools'?)"),
        (
            "kpis: all",
            "kpis: [csat_score]",
            "1: exactly one of the diagrams must have kpis: all (it serves every KPI no other names)",
        ),
        ("kpis: [csat_score]", "kpis: [csat_scor]", "11: unknown KPI 'csat_scor' (did you mean 'csat_score'?)"),
        ("from: skill.tools", "from: skil.tools", "12: unknown cause 'skil.tools' (did you mean 'skill.tools'?)"),
        ("heads: {csat_score", "heads: {csat_scor", "1: unknown KPI 'csat_scor' (did you mean 'csat_score'?)"),
        ("staff: true", "staff: yes", "5: bones.skill.staff: expected true or false, got 'yes'"),
        (
            "hypothesis: true",
            "hypothese: true",
            "8: unknown key 'hypothese' in bones.skill.causes.tools (did you mean 'hypothesis'?)",
        ),
    ],
)
def test_a_wrong_fishbone_is_told_with_line_and_hint(write_project, known_kpis, old, new, problem) -> None:
    assert old in GOOD
    told = problems_of(write_project({"fishbone.yml": GOOD.replace(old, new, 1)}), known_kpis)
    assert [text for text in told if text.startswith(f"params/fishbone.yml:{problem}")], told


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("themes: {}", "1: themes: is empty; expected at least one"),
        ("themes: {a: {name: A, complaint: [bad, bad]}}", "1: themes.a.complaint: the term 'bad' is given twice"),
        ("themes:\n  a: {name: A}\n", "2: theme 'a' has no terms (give it topic, praise or complaint)"),
        (
            "themes:\n  a:\n    name: A\n    praise: [x]\n    complaint:\n      - x\n",
            "6: 'x' both praises and complains in 'a' (keep one of them)",
        ),
        (
            "themes: {a: {name: A, topic: [x]}}\nflag_above: 20 %",
            "2: flag_above: expected a number, got '20 %' (shares are written from 0 to 1: 0.2)",
        ),
        ("themes: {a: {name: A, topic: [{x: 11}]}}", "1: themes.a.topic.x: expected at most 10, got '11'"),
        (
            "themes: {a: {name: A, topics: [x], praise: [y]}}",
            "1: unknown key 'topics' in themes.a (did you mean 'topic'?)",
        ),
    ],
)
def test_a_wrong_lexicon_is_told_with_line_and_hint(write_project, text, problem) -> None:
    told = problems_of(write_project({"themes.yml": text}))
    assert [each for each in told if each.startswith(f"params/themes.yml:{problem}")], told


def test_every_indicator_has_a_diagram_and_every_factor_of_the_work_a_cause() -> None:
    spec = shipped_fishbone()
    for kpi in CATALOG:
        assert 4 <= len(spec.diagram(kpi)) <= 8
        assert all(len(bone.causes) <= 6 for bone in spec.diagram(kpi).values())
    causes = {f"{bone}.{cause}" for bone, each in spec.diagram("csat_score").items() for cause in each.causes}
    wanted = {
        "timeliness.taking", "timeliness.appointing", "timeliness.visiting", "timeliness.repair_time", "parts.supply",
        "standard.crm", "standard.language", "standard.fees", "attitude.communication", "attitude.attitude",
        "product.quality", "parts.quality", "parts.emergency", "skill.smart_tv", "skill.new_products",
        "organisation.dispatch", "organisation.staffing", "organisation.authority", "customers.fees",
        "customers.delivery", "customers.sales",
    }  # fmt: skip
    assert wanted <= causes
    assert {bone: each.staff for bone, each in spec.diagram("csat_score").items()} == {
        "timeliness": True, "standard": True, "attitude": True, "skill": True, "product": False, "parts": False,
        "organisation": False, "customers": False,
    }  # fmt: skip


def test_every_cause_says_what_would_be_needed_to_measure_it() -> None:
    silent = [
        f"{bone}.{cause}"
        for bone, each in shipped_fishbone().bones.items()
        for cause, spec in each.causes.items()
        if spec.evidence and spec.needs is None
    ]
    assert silent == []


def test_the_lexicon_covers_the_themes_of_the_work_in_both_languages() -> None:
    themes = shipped_themes().themes
    assert set(themes) == {
        "attitude", "resolution_efficiency", "professionalism", "punctuality", "fees", "parts", "product_quality",
        "communication", "delivery",
    }  # fmt: skip
    for theme in themes.values():
        words = [*theme.praise, *theme.complaint]
        assert sum(word.isascii() for word in words) >= 8
        assert sum(not word.isascii() for word in words) >= 15


def test_new_projects_get_both_files() -> None:
    from kpi_lib.batch.new_project import _AS_IN_THE_SAMPLE

    assert {"fishbone.yml", "themes.yml"} <= set(_AS_IN_THE_SAMPLE)
    assert (Path(__file__).parents[3] / "params" / "fishbone.yml").exists()
