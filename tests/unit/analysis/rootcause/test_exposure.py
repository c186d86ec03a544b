"""Events meet their exposure and keep their sum."""

import pandas as pd

from kpi_lib.analysis.rootcause.exposure import on_exposure


def test_days_are_summed_and_events_without_exposure_spread_over_what_agrees_most():
    frame = pd.DataFrame(
        [
            ("tv", "A", 0, 6), ("tv", "A", 0, 2), ("tv", "A", 1, 0),  # a complaint on another day
            ("tv", "B", 0, 4),
            ("tv", "C", 3, 0),  # no ticket of C this month: spread over tv by exposure, 8 to 4
            ("ac", "A", 0, 4),
            ("(missing)", "(missing)", 4, 0),  # no ticket named: spread over all, 8 to 4 to 4
        ],
        columns=["product", "provider", "numerator", "denominator"],
    )  # fmt: skip
    found = on_exposure(frame, ("product", "provider")).set_index(["product", "provider"])
    assert found["denominator"].to_dict() == {("ac", "A"): 4, ("tv", "A"): 8, ("tv", "B"): 4}
    assert found["numerator"].to_dict() == {("ac", "A"): 1, ("tv", "A"): 1 + 2 + 2, ("tv", "B"): 1 + 1}
    assert found["numerator"].sum() == frame["numerator"].sum()


def test_nothing_to_put_them_on():
    frame = pd.DataFrame({"product": ["tv"], "numerator": [1], "denominator": [0]})
    assert on_exposure(frame, ("product",)).empty
