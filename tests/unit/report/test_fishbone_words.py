"""A fishbone in words: the sum is written, hypotheses have no number, and Mermaid text keeps its shape."""

from __future__ import annotations

import re

import pytest

from kpi_lib import explore
from kpi_lib.analysis.fishbone import Evidence, Source, Standing, build_fishbone
from kpi_lib.analysis.rootcause.result import Gap
from kpi_lib.batch.sanitize import clean
from kpi_lib.params.project import shipped_fishbone
from kpi_lib.report.fishbone import drawing, finding, fishbone
from kpi_lib.report.fishbone_mermaid import mermaid
from kpi_lib.text import Text
from kpi_lib.text.language import language

GAP = Gap(0.85, 0.80, -0.05, -0.08, -0.02, 900, 300, "share", "higher")
S = Source
SURE, MAYBE = Standing.SIGNIFICANT, Standing.SUGGESTIVE
SMART_TV = Text("A, smart TV %% x\nend", "甲·智能电视")
MARKUP = Text("<img src=x>", "<img src=x>")
EVIDENCE = [
    Evidence(S.SEGMENT, "product=smart_tv&provider=A", SMART_TV, SURE, -0.031, -0.05, -0.01, 82),
    Evidence(S.MIX, "all", Text("mix", "结构"), SURE, 0.006, n=300),
    Evidence(S.THEME, "attitude", Text("Comments", "意见"), MAYBE, n=12, figure=0.31),
    Evidence(S.SEGMENT, "channel=app", MARKUP, MAYBE, -0.004, n=9, counts=False),
]


def built():
    return build_fishbone(
        shipped_fishbone(), kpi="first_time_fix_rate", name=Text("F", "F"), unit="share", gap=GAP, evidence=EVIDENCE,
        looked_at=["segment:product", "segment:provider"],
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_everything_shown_adds_up(lang: str) -> None:
    page = re.sub(r"<svg.*?</svg>", "", fishbone(built(), language(lang)).html, flags=re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>([^<]*)</t[hd]>", row) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]
    counted = [float(re.match(r"[+-]?[\d.]+", row[4])[0]) for row in cells[1:-1] if re.match(r"[+-]?\d", row[4])]
    total = float(re.match(r"[+-]?[\d.]+", cells[-1][4])[0])
    assert len(counted) == 3, "two pieces and the unexplained; the suggestive one counts in none"
    assert sum(counted) == pytest.approx(total) == pytest.approx(-5.0)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_words_of_caution_and_of_what_is_missing(lang: str) -> None:
    page = fishbone(built(), language(lang)).html
    english, chinese = ("not why", "not measured: needs", "suggestive"), ("并不证明原因", "未测量：需要", "有迹象")
    assert all(words in page for words in {"en": english, "zh": chinese}[lang])
    assert "because" not in page.lower()
    assert {"en": "Skill (-3.1 pp)", "zh": "技能 (-3.1个百分点)"}[lang] in finding(built(), language(lang))


def test_names_from_data_stay_text_and_the_page_passes_the_sanitiser() -> None:
    page = fishbone(built(), language("en")).html
    assert "<img" not in page
    kept = clean(page)
    assert kept.count("<svg") == 1
    for part in ("<title>", "<desc>", 'class="scroll"', "min-width:900px"):
        assert part in kept


def test_the_picture_has_the_figures_of_the_causes() -> None:
    words = drawing(built(), language("en")).svg
    for part in ("-5.0\u00a0pp", "[-5.0,\u00a0-1.0]", "n\u00a082", "Unexplained:", "Not caused by staff"):
        assert part in words


def test_mermaid_keeps_one_line_a_node_and_no_comment() -> None:
    lines = mermaid(built(), language("en")).splitlines()
    assert lines[0] == "ishikawa-beta"
    assert {len(line) - len(line.lstrip()) for line in lines[1:]} == {4, 8}
    assert sum(line.startswith("    ") and not line.startswith("     ") for line in lines) == 1 + 8 + 2
    assert not any("%%" in line for line in lines)


def test_a_free_diagram_is_drawn_without_numbers() -> None:
    view = explore.free_fishbone({"head": "Too many returns", "bones": {"People": ["No training", "New staff"]}})
    for lang in ("en", "zh"):
        page = view.plot(lang).html
        drawn = re.findall(r"<text[^>]*>([^<]*)</text>", page)
        assert {"Too many returns", "People", "No training", "New staff"} <= set(drawn)
        assert not any(re.search(r"\d", words) for words in drawn)
        assert "stroke-dasharray" in page
    assert len(view.table) == 2


def test_a_small_bone_is_not_named_beside_a_large_one() -> None:
    def said(other: float) -> str:
        pieces = [
            Evidence(S.SEGMENT, "product=smart_tv", "tv", SURE, -0.05),
            Evidence(S.SEGMENT, "shift=night", "night", SURE, other),
        ]
        found = build_fishbone(
            shipped_fishbone(), kpi="csat_score", name=Text("C", "C"), unit="share", gap=GAP, evidence=pieces
        )
        return finding(found, language("en"))

    assert "System and organisation" in said(-0.02)
    assert "System and organisation" not in said(-0.001)
