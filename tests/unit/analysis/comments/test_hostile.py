"""Whatever is written into a comment does no harm: not to the reading, not to the page."""

from __future__ import annotations

import time

import pandas as pd
import pytest

from kpi_lib import explore
from kpi_lib.analysis.comments import comment_themes
from kpi_lib.analysis.comments.mask import masked
from kpi_lib.analysis.comments.quotes import typical
from kpi_lib.analysis.comments.text import LONGEST, cleaned
from kpi_lib.params.project import shipped_themes

HOSTILE = [
    "慢" * 10_000_000,
    "A" * 10_000_000,
    "不" * 3_000 + "好",
    "(" * 100_000,
    "1" * 2_000_000,
    "1-" * 5_000,
    "@" * 5_000 + "a.b",
    "a@" + "b." * 5_000,
    "Mr " * 5_000,
    "王师傅" * 5_000,
    "等了" * 5_000 + "小时",
    "ﷺ" * 3_000,
    "<script>alert(1)</script>师傅态度差",
    '"><img src=x onerror=alert(1)>态度差',
    "=cmd|' /C calc'!A0 态度差",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "\x00\x07\x1b[31m态度差",
    "‮差度态",
    "😀👨‍👩‍👧‍👦🇨🇳",
    "态度差".encode("gb18030"),
    "态度差".encode(),
    b"\xff\xfe\x00\xd8",
    "\ud800态度差",
    "%s %d {0} {x} $HOME `ls` ${x}",
    "{{ 7*7 }} {% raw %}",
    "%% end\ngraph TD; a-->b",
    None, float("nan"), pd.NA, 3, ["态度差"], "", "   ",
]  # fmt: skip


def test_ten_megabytes_and_worse_are_read_in_moments() -> None:
    started = time.perf_counter()
    found = comment_themes(HOSTILE, spec=shipped_themes())
    assert time.perf_counter() - started < 10
    assert found.comments.n_cut == sum(isinstance(text, str) and len(text) > LONGEST for text in HOSTILE)
    assert found.comments.n_empty >= 7
    assert len(found.comments.table) + found.comments.n_empty == len(HOSTILE)
    assert found.comments.table["comment"].str.len().max() <= LONGEST
    complained = found.comments.complaining("attitude")["row"]
    assert set(found.comments.table["comment"].iloc[complained].str.contains("态度差")) == {True}
    assert len(complained) == 7, "as text, in both encodings, and beside control characters"


def test_nothing_of_it_becomes_markup() -> None:
    page = explore.comment_themes(pd.DataFrame({"comment": HOSTILE})).plot("en").html
    assert "<script" not in page
    assert "<img" not in page
    quoted = explore.comment_themes(pd.DataFrame({"comment": ["<script>alert(1)</script>态度差"] * 3})).plot("zh").html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;态度差" in quoted


def test_control_characters_are_gone() -> None:
    text = cleaned("a\x00b\x1b‮c\ud800d\ufffee").text
    assert text == "a b c d\ufffee"
    assert text.encode("utf-8")


@pytest.mark.parametrize("rude", [text for text in HOSTILE if isinstance(text, str)])
def test_masking_is_quick_on_anything(rude: str) -> None:
    started = time.perf_counter()
    masked(cleaned(rude).text)
    assert time.perf_counter() - started < 2


def test_equal_complaints_are_quoted_once() -> None:
    texts = ["态度差，电话13812345678"] * 50 + ["态度差，电话13912345678"] * 50 + ["收费贵得离谱，没有明细"]
    quotes = typical(texts, places=[(0, 3)] * len(texts), n=3)
    assert quotes == ["态度差，电话***", "收费贵得离谱，没有明细"]


def test_a_quote_is_from_the_middle_not_from_the_edge() -> None:
    middle = [f"师傅态度很差，说话难听，第{n}次了" for n in "一二三四五六七八九"]
    quotes = typical([*middle, "zzz completely different"], places=[(0, 5)] * 10, n=1)
    assert quotes[0].startswith("师傅态度很差")
    assert typical([], places=[], n=2) == []


def test_a_long_comment_is_quoted_around_its_clause_and_masked_first() -> None:
    text = "好" * 500 + "，电话13812345678，师傅态度很差，" + "行" * 500
    start = text.index("师傅态度")
    (quote,) = typical([text], places=[(start, start + 6)], n=1)
    assert "师傅态度很差" in quote
    assert len(quote) <= 122
    assert "1381" not in quote
    assert quote.startswith("…")
    assert quote.endswith("…")
