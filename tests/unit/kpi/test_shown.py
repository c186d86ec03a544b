"""How values are written."""

import math

import pytest

from kpi_lib.kpi.shown import shown_beside
from kpi_lib.text import language


@pytest.mark.parametrize(
    ("value", "other", "unit", "text"),
    [
        (0.031, 0.02, "share", "3.1%"),
        (0.0204, 0.02, "share", "2.04%"),
        (0.020004, 0.02, "share", "2.0004%"),
        (0.02, 0.02, "share", "2.0%"),
        (0.1 + 0.2, 0.3, "share", "30.0%"),
        (0.02, math.nan, "share", "2.0%"),
        (0.02, None, "share", "2.0%"),
        (None, 0.02, "share", "–"),
        (11.96, 12.0, "hours", "11.960 h"),
        (119.6, 120.0, "seconds", "119.6 s"),
    ],
)
def test_a_value_is_never_written_as_the_target_it_misses(value, other, unit, text):
    assert shown_beside(value, other, unit, language("en")) == text
