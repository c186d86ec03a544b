"""The scorecard's pictures say what the rows say."""

import re
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.status import Status
from kpi_lib.plot.counts import Part, count_bars, count_columns
from kpi_lib.plot.scorecard import STATUS_MARKS, Level, Mark, bars_panel, line_panel, mark_of
from kpi_lib.text.language import language

EN = language("en")


def texts(picture):
    root = ET.fromstring(picture.svg)
    return [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]


def place(picture, words):
    root = ET.fromstring(picture.svg)
    found = next(e for e in root.iter("{http://www.w3.org/2000/svg}text") if e.text == words)
    return float(found.get("y"))


def panel(values, levels=()):
    history = pd.DataFrame({"period": [f"2025-{n:02d}" for n in range(1, len(values) + 1)], "value": values})
    history["lo"], history["hi"] = history["value"] - 0.02, history["value"] + 0.02
    mark = Mark("#000000", "o", hollow=False)
    words = {"name": "p", "title": "Title $x$", "finding": "finding", "alt": "alt"}
    return line_panel(history, levels=levels, mark=mark, written=EN.percent, scale=100, **words)


def test_the_axis_writes_shares_in_whole_per_cent_where_that_is_exact():
    ticks = [text for text in texts(panel([0.80, 0.85, 0.95])) if text and text.endswith("%")]
    assert ticks
    assert all(re.fullmatch(r"\d+%", text) for text in ticks)


def test_about_three_periods_are_named_and_the_last_always_is():
    named = [text for text in texts(panel([0.8] * 6 + [0.9] * 7)) if text and text.startswith("2025")]
    assert named == ["2025-03", "2025-08", "2025-13"]


def test_words_of_close_levels_do_not_overlap():
    close = [Level(0.90, "target", "-", "target"), Level(0.905, "baseline", "--", "baseline")]
    drawn = panel([0.6, 0.8, 0.95], close)
    assert place(drawn, "target") - place(drawn, "baseline") > 8


def test_a_missing_value_or_level_is_left_out():
    drawn = panel([0.8, np.nan, 0.9, np.nan], [Level(np.nan, "target", "-", "never written")])
    assert "never written" not in texts(drawn)


@pytest.mark.parametrize("status", [Status.MET, Status.CANNOT_TELL, Status.BELOW_TARGET, Status.BELOW_BASELINE])
def test_each_verdict_has_a_shape_of_its_own(status):
    shapes = [shape for _, shape in STATUS_MARKS.values()]
    assert shapes.count(mark_of({"status": status, "provisional": True}).shape) == 1
    assert mark_of({"status": Status.TOO_FEW, "provisional": False}).shape not in shapes


def test_bars_name_every_line_that_is_set(card):
    row = card.indicators.set_index("kpi").loc["phone_connect_rate"].to_dict()
    words = {"name": "b", "title": "t", "finding": "f", "alt": "a"}
    drawn = texts(bars_panel(row, language=EN, **words))
    assert {"actual", "baseline", "target", "industry", "87.8%", "90.0%", "95.0%", "93.0%"} <= set(drawn)
    without = texts(bars_panel({**row, "industry": np.nan}, language=EN, **words))
    assert "industry" not in without


def test_count_bars_write_their_labels_even_at_zero():
    parts = [Part("resolved", "actual", "", [0, 0]), Part("open", "open", "///", [0, 0])]
    drawn = count_bars(["≤ 24 h", "> 24 h"], parts, labels=["0", "none"], language=EN, name="c", alt="a")
    assert {"≤ 24 h", "> 24 h", "0", "none", "resolved", "open"} <= set(texts(drawn))


def test_count_columns_start_at_zero():
    drawn = count_columns(["a", "b", "c"], [90, 100, 95], written=EN.number, name="c", title="t", finding="f", alt="a")
    assert "0" in texts(drawn)
