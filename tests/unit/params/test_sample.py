"""The sample company's own parameters."""

from pathlib import Path

import pytest

from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.params import Project, load_project

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT, {key: kpi.better for key, kpi in CATALOG.items()})


def test_every_kpi_has_a_policy_line(project: Project) -> None:
    assert set(project.policy.kpis) == set(CATALOG)


def test_the_five_branches_and_presets_are_there(project: Project) -> None:
    assert list(project.branches.branches) == ["chengdu", "suining", "neijiang", "mianyang", "kunming"]
    assert [branch.name.zh for branch in project.branches.branches.values()] == ["成都", "遂宁", "内江", "绵阳", "昆明"]
    assert set(project.presets) == {
        "monitoring",
        "after_sales",
        "user_satisfaction",
        "service_company_2012",
        "customer_relations",
    }
    assert list(project.scenarios) == ["speed_first", "quality_first"]


def test_weights_are_those_of_the_documents(project: Project) -> None:
    assert project.weights() == {
        "first_response_hours_median": 25,
        "phone_connect_rate": 15,
        "classification_accuracy_rate": 10,
        "first_time_fix_rate": 20,
        "csat_score": 20,
        "process_compliance_rate": 10,
    }
    assert project.presets["after_sales"].weights == {
        "first_response_within_limit_rate": 20,
        "first_time_fix_rate": 30,
        "csat_score": 40,
        "complaint_rate": 10,
    }
    assert len(project.presets["customer_relations"].weights) == 12


@pytest.mark.parametrize("preset", ["user_satisfaction", "service_company_2012", "customer_relations"])
def test_a_preset_whose_document_names_no_weights_says_so(project: Project, preset: str) -> None:
    note = project.presets[preset].note
    assert note is not None
    assert "weights" in note.en
    assert "权重" in note.zh


def test_scenarios_move_the_weights_named(project: Project) -> None:
    assert project.scenarios["speed_first"].apply(project.weights())["first_response_hours_median"] == 30
    assert project.scenarios["quality_first"].apply(project.weights())["csat_score"] == 25


def test_bands_hold_the_baseline_and_the_target(project: Project) -> None:
    """Pass starts at the baseline; good starts at the target, or a little below one of 100 %."""
    for key, terms in project.policy.kpis.items():
        if terms.bands:
            assert terms.bands[1] == terms.baseline, key
            assert terms.bands[2] == terms.target or (terms.target == 1 and terms.bands[3] == 1), key


def test_limits_are_given_to_the_kpis_that_have_one(project: Project) -> None:
    limits = {key: terms.limit_hours for key, terms in project.policy.kpis.items() if terms.limit_hours}
    assert limits == {"first_response_within_limit_rate": 1, "resolved_within_limit_rate": 48}
    assert all(CATALOG[key].limit_hours is not None for key in limits)
