"""A verdict needs the whole interval on one side."""

import math

import pytest

from kpi_lib.analysis.status import Status, status_of

HIGHER = {"target": 0.95, "baseline": 0.90, "better": "higher", "unit": "share", "n": 400, "min_n": 30}
LOWER = {"target": 1.5, "baseline": 2.0, "better": "lower", "unit": "hours", "n": 400, "min_n": 30}


@pytest.mark.parametrize(
    ("lo", "value", "hi", "expected"),
    [
        (0.95, 0.97, 0.98, Status.MET),
        (0.94, 0.97, 0.98, Status.CANNOT_TELL),
        (0.92, 0.94, 0.95, Status.CANNOT_TELL),
        (0.91, 0.93, 0.949, Status.BELOW_TARGET),
        (0.88, 0.89, 0.90, Status.BELOW_TARGET),
        (0.80, 0.85, 0.899, Status.BELOW_BASELINE),
        (math.nan, math.nan, math.nan, Status.NO_VALUE),
        (math.nan, 0.5, math.nan, Status.CANNOT_TELL),
    ],
)
def test_higher_is_better(lo, value, hi, expected):
    assert status_of(value, lo, hi, **HIGHER) is expected


@pytest.mark.parametrize(
    ("lo", "value", "hi", "expected"),
    [
        (1.1, 1.3, 1.5, Status.MET),
        (1.1, 1.3, 1.6, Status.CANNOT_TELL),
        (1.6, 1.8, 2.2, Status.BELOW_TARGET),
        (2.1, 2.4, 2.9, Status.BELOW_BASELINE),
        (1.2, 1.4, math.nan, Status.CANNOT_TELL),
    ],
)
def test_lower_is_better(lo, value, hi, expected):
    assert status_of(value, lo, hi, **LOWER) is expected


def test_all_of_them_meets_a_target_of_all_of_them():
    share = {"better": "higher", "unit": "share", "baseline": 0.9, "n": 20, "target": 1.0}
    assert status_of(1.0, 0.84, 1.0, **share) is Status.MET
    assert status_of(0.95, 0.76, 0.99, **share) is Status.BELOW_TARGET
    assert status_of(0.0, 0.0, 0.16, **{**share, "better": "lower", "target": 0.0, "baseline": 0.1}) is Status.MET


def test_too_few_or_no_target_give_no_verdict():
    assert status_of(0.2, 0.1, 0.4, **{**HIGHER, "n": 29}) is Status.TOO_FEW
    assert status_of(0.2, 0.1, 0.4, **{**HIGHER, "target": None}) is Status.NO_TARGET
    assert status_of(0.5, 0.4, 0.6, **{**HIGHER, "baseline": None}) is Status.BELOW_TARGET
