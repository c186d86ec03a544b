from typing import Any

import pytest
from pydantic import ValidationError

from kpi_lib.params.policy import KpiPolicy, Policy

GRADES = [
    {"key": "good", "name": {"en": "Good", "zh": "良好"}, "minimum": "80"},
    {"key": "fail", "name": "F", "minimum": "0"},
]


def policy(**terms: Any) -> Policy:
    return Policy.model_validate({"grades": GRADES, "kpis": {"k": terms}})


def test_a_branch_differs_only_where_it_says_so() -> None:
    found = policy(
        baseline="0.8",
        target="0.85",
        bands=["0.7", "0.75", "0.8", "0.85"],
        limit_hours="1",
        min_n="20",
        branches={"kunming": {"target": "0.83"}, "neijiang": {"target": None, "min_n": "5"}},
    )
    company = found.for_branch("k", "chengdu")
    assert company == found.for_branch("k", None)
    assert (company.target, company.min_n, company.branches) == (0.85, 20, {})
    kunming = found.for_branch("k", "kunming")
    assert (kunming.baseline, kunming.target, kunming.limit_hours, kunming.min_n) == (0.8, 0.83, 1.0, 20)
    neijiang = found.for_branch("k", "neijiang")
    assert (neijiang.target, neijiang.baseline, neijiang.min_n) == (None, 0.8, 5)


def test_a_kpi_without_policy_has_no_aims() -> None:
    assert policy().for_branch("other", "chengdu") == KpiPolicy()


@pytest.mark.parametrize(
    "bands",
    [["1", "2", "3"], ["1", "2", "2", "3"], ["1", "3", "2", "4"], ["1", "2", "3", "4", "5"], ["1", "2", "3", "inf"]],
)
def test_bands_are_four_cuts_in_order(bands: list[str]) -> None:
    with pytest.raises(ValidationError):
        policy(bands=bands)


@pytest.mark.parametrize("bands", [["1", "2", "3", "4"], ["-4", "-5.5", "-6", "-7e0"], []])
def test_bands_may_rise_or_fall_or_be_absent(bands: list[str]) -> None:
    assert policy(bands=bands).kpis["k"].bands == tuple(float(cut) for cut in bands)


@pytest.mark.parametrize("minimums", [["0", "80"], ["80", "80", "0"], ["80", "10"], ["101", "0"], []])
def test_grades_go_down_to_zero(minimums: list[str]) -> None:
    grades = [{"key": str(n), "name": "G", "minimum": minimum} for n, minimum in enumerate(minimums)]
    with pytest.raises(ValidationError):
        Policy.model_validate({"grades": grades, "kpis": {"k": {}}})


def test_two_grades_of_one_key_are_refused() -> None:
    grades = [{"key": "a", "name": "A", "minimum": minimum} for minimum in ("50", "0")]
    with pytest.raises(ValidationError):
        Policy.model_validate({"grades": grades, "kpis": {"k": {}}})


@pytest.mark.parametrize(
    "typed",
    ["12_3", "1:30", "0x10", "NO", "80%", "８０", "1,5", "nan", "inf", "-inf", "", " 1", "1e", "--1", "true", "1e400"],
)
def test_what_is_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        policy(target=typed)


@pytest.mark.parametrize(("typed", "number"), [("0.8", 0.8), (".5", 0.5), ("-1", -1), ("+2.", 2), ("1e-2", 0.01)])
def test_numbers_as_people_write_them(typed: str, number: float) -> None:
    assert policy(target=typed).kpis["k"].target == number


def test_nothing_can_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError):
        policy().preset = "x"  # type: ignore[misc]
