import math
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_lib.errors import InputError
from kpi_lib.text import MISSING, Text, language

EN, ZH = language("en"), language("zh")


@pytest.mark.parametrize("missing", [None, math.nan, np.float64("nan"), pd.NA, pd.NaT, Decimal("NaN")])
def test_missing_is_a_dash_and_never_zero(missing: object) -> None:
    for lang in (EN, ZH):
        for show in (lang.number, lang.percent, lang.points, lang.hours, lang.seconds, lang.date, lang.timestamp):
            assert show(missing) == MISSING == "–"  # type: ignore[operator]


@pytest.mark.parametrize(
    ("x", "digits", "expected"),
    [
        (0, None, "0"),
        (1234567, None, "1,234,567"),
        (2.0, None, "2"),
        (1.23456, None, "1.235"),
        (2, 2, "2.00"),
        (-1234.5, 0, "-1,235"),
        (0.125, 2, "0.13"),
        (2.675, 2, "2.68"),
        (-0.04, 1, "0.0"),
        (np.int64(7), None, "7"),
        (np.float32(0.5), 1, "0.5"),
        (Fraction(1, 4), 2, "0.25"),
        (math.inf, 1, "∞"),
        (1e21, None, "1,000,000,000,000,000,000,000"),
    ],
)
def test_numbers(x: float, digits: int | None, expected: str) -> None:
    assert EN.number(x, digits) == ZH.number(x, digits) == expected


@pytest.mark.parametrize(
    ("x", "digits", "expected"),
    [
        (0.8506, 1, "85.1%"),
        (0.285, 0, "29%"),
        (1, 1, "100.0%"),
        (0, 1, "0.0%"),
        (0.00049, 1, "0.0%"),
        (12.5, 0, "1,250%"),
    ],
)
def test_shares_become_per_cent(x: float, digits: int, expected: str) -> None:
    assert EN.percent(x, digits) == ZH.percent(x, digits) == expected


@pytest.mark.parametrize(
    ("x", "en", "zh"),
    [(0.05, "5.0 pp", "5.0个百分点"), (-0.1234, "-12.3 pp", "-12.3个百分点"), (0.0725, "7.3 pp", "7.3个百分点")],
)
def test_differences_of_shares_become_points(x: float, en: str, zh: str) -> None:
    assert EN.points(x) == en
    assert ZH.points(x) == zh


@pytest.mark.parametrize(
    ("x", "en", "zh"),
    [
        (0, "0.00 h", "0.00小时"),
        (1.456, "1.46 h", "1.46小时"),
        (12.34, "12.3 h", "12.3小时"),
        (1234.5, "1,235 h", "1,235小时"),
        (-12.34, "-12.3 h", "-12.3小时"),
    ],
)
def test_hours(x: float, en: str, zh: str) -> None:
    assert EN.hours(x) == en
    assert ZH.hours(x) == zh


def test_seconds() -> None:
    assert EN.seconds(183.4) == "183 s"
    assert ZH.seconds(183.4) == "183秒"


def test_days_and_times() -> None:
    moment = datetime(2025, 11, 3, 9, 5, 59)
    assert EN.date(moment.date()) == "3 Nov 2025"
    assert ZH.date(moment.date()) == "2025年11月3日"
    assert EN.timestamp(moment) == EN.timestamp(pd.Timestamp(moment)) == "3 Nov 2025, 09:05"
    assert ZH.timestamp(moment) == "2025年11月3日 09:05"
    assert EN.month(2025, 11) == "November 2025"
    assert ZH.month(2025, 11) == "2025年11月"
    assert EN.date(date(2024, 2, 29)) == "29 Feb 2024"


def test_enumerations() -> None:
    assert EN.list(["a", "b", "c"]) == "a, b and c"
    assert ZH.list(["甲", "乙", "丙"]) == "甲、乙和丙"
    assert EN.list([]) == ""
    assert EN.list(["a"]) == "a"


def test_names_and_sentences() -> None:
    assert EN.pick(Text("Chengdu", "成都")) == "Chengdu"
    assert ZH.pick(Text("Chengdu", "成都")) == "成都"
    names = {"chengdu": Text("Chengdu", "成都")}
    assert [ZH.name(names, key) for key in ("chengdu", "B07")] == ["成都", "B07"]
    assert EN.sentence("{a} of {b}", a="1", b="{b}") == "1 of {b}"
    assert EN.plural("{n} ticket", "{n} tickets", 1) == "1 ticket"
    assert EN.plural("{n} ticket", "{n} tickets", np.int64(1200)) == "1,200 tickets"
    assert EN.plural("{n} ticket at {x}", "{n} tickets at {x}", 0, x="a") == "0 tickets at a"


def test_a_language_is_read_once_and_another_is_refused() -> None:
    assert language("zh") is ZH
    with pytest.raises(InputError, match="unknown language 'zn'"):
        language("zn")


@given(st.floats(0, 1), st.integers(0, 4))
def test_a_percentage_is_the_nearest(x: float, digits: int) -> None:
    shown = Decimal(EN.percent(x, digits).rstrip("%"))
    assert abs(shown - Decimal(repr(x)) * 100) <= Decimal(1).scaleb(-digits) / 2
