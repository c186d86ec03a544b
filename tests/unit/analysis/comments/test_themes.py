"""Shares of themes, their limit, their change, and a classifier that must earn its place."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from kpi_lib.analysis.comments import Change, Flag, comment_themes
from kpi_lib.analysis.comments.classify import agreement, label_columns, learn
from kpi_lib.errors import InputError
from kpi_lib.params.project import shipped_themes
from kpi_lib.text.language import language

SPEC = shipped_themes()


def told(rude: int, others: int, **options: object):
    return comment_themes(["态度差"] * rude + ["周二"] * others, spec=SPEC, **options)


def attitude(found) -> pd.Series:
    return found.shares.set_index("theme").loc["attitude"]


def test_share_and_interval_against_statsmodels() -> None:
    row = attitude(told(30, 70))
    lo, hi = proportion_confint(30, 100, method="wilson")
    assert (row["n_complaints"], row["n_comments"], row["share"]) == (30, 100, 0.30)
    assert row["lo"] == pytest.approx(lo)
    assert row["hi"] == pytest.approx(hi)


@pytest.mark.parametrize(
    ("rude", "others", "flag"),
    [
        (60, 140, Flag.OVER),
        (3, 7, Flag.MAY_EXCEED),
        (21, 79, Flag.MAY_EXCEED),
        (20, 80, Flag.CANNOT_TELL),
        (1, 9, Flag.CANNOT_TELL),
        (2, 198, Flag.BELOW),
        (0, 0, Flag.NO_COMMENTS),
    ],
)
def test_a_theme_is_flagged_when_its_lower_bound_says_so(rude: int, others: int, flag: Flag) -> None:
    assert attitude(told(rude, others))["flag"] == flag


def test_what_names_no_theme_is_unclear_and_counted() -> None:
    found = comment_themes(["周二", "态度差", None, "", float("nan"), "😀"], spec=SPEC)
    assert (found.n, found.n_unclear, found.comments.n_empty) == (3, 2, 3)


def test_a_change_must_stand_up_to_all_themes_looked_at() -> None:
    found = told(27, 173, reference=["态度差"] * 12 + ["周二"] * 188)
    assert found.change_level == pytest.approx(1 - 0.05 / 9)
    assert attitude(found)["change"] == pytest.approx(0.075)
    assert attitude(found)["verdict"] == Change.CANNOT_TELL, "clear by itself, not among nine"
    assert attitude(told(40, 160, reference=["态度差"] * 12 + ["周二"] * 188))["verdict"] == Change.MORE
    assert attitude(told(2, 198, reference=["态度差"] * 40 + ["周二"] * 160))["verdict"] == Change.LESS
    assert attitude(told(2, 198))["verdict"] == Change.NO_REFERENCE


def test_no_change_is_seldom_called_one() -> None:
    rng = np.random.default_rng(5)
    comments = np.array(
        ["态度差", "等了太久", "收费太贵", "配件没货", "电话打不通", "迟到", "质量差", "送错", "修不好", "周二"]
    )
    rate = [0.08] * 9 + [0.28]
    wrong = 0
    for _ in range(25):
        now, before = (rng.choice(comments, 250, p=rate).tolist() for _ in range(2))
        verdicts = comment_themes(now, spec=SPEC, reference=before, quotes=0).shares["verdict"]
        wrong += bool(verdicts.isin([Change.MORE, Change.LESS]).any())
    assert wrong <= 4, "5 % of 25 and two standard errors"


def test_order_of_comments_is_irrelevant() -> None:
    comments = ["态度差", "收费太贵，态度差", "周二", "技术好", "等了很久"] * 3
    pd.testing.assert_frame_equal(
        comment_themes(comments, spec=SPEC).shares, comment_themes(comments[::-1], spec=SPEC).shares
    )


def test_a_classifier_takes_over_only_where_it_beats_the_lexicon() -> None:
    # "zzz" is a complaint of attitude no lexicon knows; of fees the lexicon knows everything.
    rng = np.random.default_rng(3)
    lines = [
        (
            f"{'zzz ' if rude else ''}{'收费太贵 ' if fees else ''}周{'一二三四五'[rng.integers(5)]}来过 {number}",
            rude,
            fees,
        )
        for number in range(240)
        for rude, fees in [(rng.random() < 0.4, rng.random() < 0.4)]
    ]
    labelled = pd.DataFrame(lines, columns=["comment", "attitude", "fees"]).astype({"attitude": int, "fees": int})
    found = comment_themes(["zzz 周一来过", "收费太贵", "周一来过"], spec=SPEC, labelled=labelled)
    assert found.classifier is not None
    scores = found.classifier.scores.set_index("theme")
    assert scores.loc["attitude", "adopted"]
    assert scores.loc["attitude", "lexicon_recall"] == 0
    assert scores.loc["attitude", "f1"] > 0.95
    assert not scores.loc["fees", "adopted"], "the lexicon is perfect there"
    assert list(found.comments.complaining("attitude")["row"]) == [0]
    assert list(found.comments.complaining("attitude")["by"]) == ["classifier"]
    assert list(found.comments.complaining("fees")["by"]) == ["lexicon"]


def test_a_comment_is_never_judged_by_its_own_copy() -> None:
    # Random labels, each text twenty times: a model that has seen the copy would be right every time.
    rng = np.random.default_rng(4)
    texts = [f"{''.join(rng.choice(list('天地人山水火木金土日月'), 12))}" for _ in range(30)]
    truth = rng.random(30) < 0.5
    many = [text for text in texts for _ in range(20)]
    labels = pd.DataFrame({"attitude": np.repeat(truth, 20).astype(float)})
    nothing = pd.DataFrame({"attitude": np.zeros(600, dtype=bool)})
    assert learn(many, labels, by_lexicon=nothing).scores["f1"].iloc[0] < 0.85


def test_too_few_labels_teach_nothing() -> None:
    labelled = pd.DataFrame({"comment": ["态度差", "周二"] * 9, "attitude": [1, 0] * 9})
    scores = comment_themes(["态度差"], spec=SPEC, labelled=labelled).classifier.scores.iloc[0]
    assert np.isnan(scores["f1"])
    assert not scores["adopted"]


def test_wrong_labels_are_told() -> None:
    with pytest.raises(InputError, match="no column named as a theme"):
        label_columns(pd.DataFrame({"comment": ["a"], "atitude": [1]}), ["attitude"])
    with pytest.raises(InputError, match="labels other than 1, 0 or empty in attitude"):
        label_columns(pd.DataFrame({"attitude": [1, 2]}), ["attitude"])


def test_precision_and_recall_by_hand() -> None:
    scores = agreement(np.array([1, 1, 0, 0, 1], bool), np.array([1, 0, 1, 0, 1], bool))
    assert scores == pytest.approx({"precision": 2 / 3, "recall": 2 / 3, "f1": 2 / 3})
    nothing = agreement(np.zeros(3, bool), np.zeros(3, bool))
    assert all(np.isnan(value) for value in nothing.values())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_view_says_what_the_table_says(lang: str) -> None:
    from kpi_lib.report.comments import comments, finding

    found = told(60, 140, reference=["态度差"] * 12 + ["周二"] * 188)
    say = language(lang)
    said = finding(found, say)
    assert "30.0%" in said
    page = comments(found, say).html
    assert "99.44%" in page, "the level that allows for nine themes"
    assert page.count("<blockquote") == 1
    assert ("May exceed" if lang == "en" else "可能超过") in finding(told(3, 7), say)
    assert comments(told(0, 0), say).html.startswith("<p>")
