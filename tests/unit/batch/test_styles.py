"""Inline styles shared: same look, and nothing in a style can end a rule or begin another."""

from __future__ import annotations

import pytest

from kpi_lib.batch.sanitize import clean
from kpi_lib.batch.styles import inline_styles, share_styles


def test_a_style_used_once_stays_and_one_used_twice_becomes_a_class() -> None:
    body, sheet = share_styles(
        '<p style="color:red">a</p><td class="x" style="color:blue">1</td><b style="color:blue">2</b>'
    )
    assert body == '<p style="color:red">a</p><td class="x k0">1</td><b class="k0">2</b>'
    assert sheet == "#content .k0{color:blue}"


def test_the_commonest_style_gets_the_shortest_name() -> None:
    rare, common = '<p style="color:red"></p>' * 2, '<p style="color:blue"></p>' * 3
    assert share_styles(rare + common)[1] == "#content .k0{color:blue}#content .k1{color:red}"


@pytest.mark.parametrize(
    "style", ["color:red}body{display:none", "color:red;@import 'x'", "color:red/*", "a:b</style><script>", "a:\\7b"]
)
def test_a_style_that_could_break_out_of_the_sheet_is_left_alone(style: str) -> None:
    body = f'<p style="{style}">a</p>' * 2
    assert share_styles(body) == (body, "")


def test_what_the_allow_list_lets_through_cannot_break_out() -> None:
    attack = "<p style='color:red;font-family:\"}body{display:none} /*\"'>x</p>" * 2
    _, sheet = share_styles(clean(attack))
    assert sheet.count("{") == sheet.count("}") <= 1


def test_text_and_attributes_that_look_like_tags_are_left_alone() -> None:
    body = '<p title="<b style=&quot;x:y&quot;> a > b" style="x:y">&lt;p style="x:y"&gt;</p><i style="x:y"></i>'
    shared, _ = share_styles(body)
    assert shared == (
        '<p class="k0" title="<b style=&quot;x:y&quot;> a > b">&lt;p style="x:y"&gt;</p><i class="k0"></i>'
    )


def test_inlined_again_every_element_has_its_style() -> None:
    before = '<td class="x" style="color:blue">1</td><b style="color:blue">2</b><i class="y">3</i>'
    body, sheet = share_styles(before)
    assert inline_styles(f"<style>{sheet}</style>{body}").split("</style>")[1] == before
