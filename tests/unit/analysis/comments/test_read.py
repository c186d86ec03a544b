"""A comment is read clause by clause; what it cannot tell stays unclear."""

from __future__ import annotations

import pytest

from kpi_lib.analysis.comments.lexicon import Lexicon
from kpi_lib.analysis.comments.mentions import Sentiment, sentiment_of
from kpi_lib.analysis.comments.read import read
from kpi_lib.analysis.comments.text import cleaned
from kpi_lib.params.project import shipped_themes
from kpi_lib.params.themes import ThemesFile

LEXICON = Lexicon(shipped_themes())


def told(comment: str) -> dict[str, int]:
    return {m.theme: (m.score > 0) - (m.score < 0) for m in read(cleaned(comment).text, LEXICON).mentions}


@pytest.mark.parametrize(
    ("comment", "themes"),
    [
        ("师傅态度很好，就是等了太久。", {"attitude": 1, "resolution_efficiency": -1}),
        ("师傅态度很差，配件一直没货，收费还贵", {"attitude": -1, "parts": -1, "fees": -1}),
        ("服务态度，很差", {"attitude": -1}),
        ("态度不好", {"attitude": -1}),
        ("态度不是很好", {"attitude": -1}),
        ("收费不贵", {"fees": 1}),
        ("没有迟到，技术不错", {"punctuality": 1, "professionalism": 1}),
        ("约好的时间没来，也不打电话", {"punctuality": -1, "communication": -1}),
        ("修了三四次都没修好", {"professionalism": -1}),
        ("等了整整三个小时", {"resolution_efficiency": -1}),
        ("师傅慢慢讲给我听", {}),
        ("机器噪音一直很大", {"product_quality": -1}),
        ("送货时磕坏了外壳", {"delivery": -1}),
        ("电话打不通，没人接", {"communication": -1}),
        ("The technician was polite but two hours late.", {"attitude": 1, "punctuality": -1}),
        ("Not rude at all, and the price was fair", {"attitude": 1, "fees": 0}),
        ("Still waiting for parts. Nobody told me anything", {"parts": -1, "communication": -1}),
        ("RUDE!!!", {"attitude": -1}),
        ("The lateral table is translated", {}),
        ("", {}),
        ("哈哈哈", {}),
        ("ＲＵＤＥ", {"attitude": -1}),
    ],
)
def test_themes_and_their_direction(comment: str, themes: dict[str, int]) -> None:
    found = told(comment)
    assert {theme: sign for theme, sign in found.items() if theme in themes} == themes
    if not themes:
        assert found == {}


def test_the_words_that_told_it_are_kept_as_evidence() -> None:
    (mention,) = read("态度不是很好", LEXICON).mentions
    assert mention.words == ("态度", "不是很好")
    assert mention.clause == (0, 6)


def test_a_negation_reaches_its_own_clause_only() -> None:
    assert told("不，态度好") == {"attitude": 1}
    assert told("没有人来过之后的那个星期二下午的师傅热情") == {"attitude": 1}, "too far away"


def test_degrees_weigh() -> None:
    weak, plain, strong = (-read(f"{word}粗鲁", LEXICON).mentions[0].score for word in ("有点", "", "非常"))
    assert weak < plain < strong


def test_what_follows_but_weighs_more() -> None:
    first, last = read("态度好，但是技术差", LEXICON).mentions
    assert -last.score > first.score


@pytest.mark.parametrize(
    ("comment", "sentiment"),
    [
        ("态度好", Sentiment.PRAISE),
        ("不满意", Sentiment.COMPLAINT),
        ("态度好，技术差", Sentiment.MIXED),
        ("周二", Sentiment.UNCLEAR),
        ("非常满意，师傅热情周到，就是稍慢", Sentiment.PRAISE),
    ],
)
def test_sentiment_of_a_comment(comment: str, sentiment: Sentiment) -> None:
    assert sentiment_of(read(comment, LEXICON)) is sentiment


def test_an_analysts_own_theme_and_words() -> None:
    own = Lexicon(
        ThemesFile.model_validate(
            {
                "themes": {"app": {"name": "App", "topic": ["小程序"], "complaint": ["闪退", {"crash*": "2"}]}},
                "sentiment": {"complaint": ["烂"]},
            }
        )
    )
    assert [m.score for m in read("小程序太烂", own).mentions] == [-1.0]
    assert [m.score for m in read("it keeps crashing", own).mentions] == [-2.0]
    assert [m.score for m in read("闪退，闪退", own).mentions] == [-2.0]


def test_the_longest_term_wins_and_shares_no_letter() -> None:
    words = [token.word for token in LEXICON.tokens("服务态度恶劣")]
    assert words == ["服务态度", "恶劣"]
