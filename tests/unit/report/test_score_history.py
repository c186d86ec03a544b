import pandas as pd
import pytest

from kpi_lib.report.score_history import _finding
from kpi_lib.text import language


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([[2.0, 3.0, 1.0], [2.0, 3.0, 3.0]], "a scored below 3 in 2 of 3 periods, no other indicator more often."),
        ([[3.0, 3.0, 3.0], [None, 2.9, 3.0]], "b scored below 3 in 1 of 2 periods, no other indicator more often."),
        ([[3.0, 4.0, None], [5.0, 3.0, 3.0]], "No weighted indicator scored below 3 in these 3 periods."),
    ],
)
def test_the_finding_names_the_indicator_that_was_weak_most_often(rows, said):
    assert _finding(pd.DataFrame(rows, index=["a", "b"], dtype=float), language("en")) == said
