"""A Pareto chart orders, adds up and names the few that make up most."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pandas as pd
import pytest

from kpi_lib.analysis.pareto import pareto_order
from kpi_lib.plot.pareto import bar_names, pareto_picture
from kpi_lib.report.pareto import pareto, pareto_words
from kpi_lib.text.language import language

FRAME = pd.DataFrame({"what": ["b", "a", "c", "a", "d", None], "n": [30, 25, 10, 25, 10, 7]})


def test_labels_are_added_up_ordered_and_cumulated() -> None:
    bars = pareto_order(FRAME, label="what", count="n")
    assert list(bars["label"]) == ["a", "b", "c", "d"]
    assert list(bars["count"]) == [50, 30, 10, 10]
    assert list(bars["cumulative"]) == pytest.approx([0.5, 0.8, 0.9, 1.0])
    assert list(bars["vital"]) == [True, True, False, False], "two reach exactly 80 %"


def test_what_is_left_comes_last_whatever_its_size() -> None:
    frame = pd.DataFrame({"what": [f"w{n:02d}" for n in range(30)], "n": [100] + [10] * 29})
    bars = pareto_order(frame, label="what", count="n", at_most=5)
    assert len(bars) == 5
    assert bars["label"].isna().tolist() == [False] * 4 + [True]
    assert bars["n_labels"].iloc[-1] == 26
    assert bars["count"].sum() == frame["n"].sum()
    assert bar_names(bars, language("en"))[-1] == "26 others"
    assert not bars["vital"].iloc[-1]


def test_negative_counts_are_refused_and_zeros_left_out() -> None:
    with pytest.raises(ValueError, match="negative"):
        pareto_order(pd.DataFrame({"what": ["a"], "n": [-1]}), label="what", count="n")
    one = pareto_order(pd.DataFrame({"what": ["a", "b"], "n": [0, 1]}), label="what", count="n")
    assert list(one["label"]) == ["b"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_figure_says_which_few(lang: str) -> None:
    say = language(lang)
    bars = pareto_order(FRAME, label="what", count="n")
    assert "80.0%" in pareto_words(bars, say)
    picture = pareto_picture(bars, names=["a", "b", "c", "d"], unit="n", language=say, name="p", alt="alt")
    words = {element.text for element in ET.fromstring(picture.svg).iter("{http://www.w3.org/2000/svg}text")}
    assert {"50", "50%", "80%", "100%", "a", "d"} <= words
    nothing = pareto(pareto_order(FRAME.head(0), label="what", count="n"), say, unit="n")
    assert nothing.html.startswith("<p>")


def test_where_no_few_stand_out_it_says_so() -> None:
    frame = pd.DataFrame({"what": list("abcdefgh"), "n": [11, *[10] * 7]})
    flat = pareto_order(frame, label="what", count="n")
    assert pareto_words(flat, language("en")) == "No few stand out: the largest, a, is 13.6% of 81."
