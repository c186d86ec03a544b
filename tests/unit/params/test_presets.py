import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from kpi_lib.params.presets import Preset, Scenario

NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
WEIGHTS = st.dictionaries(NAMES, st.integers(0, 1000).map(float), min_size=1).filter(
    lambda found: sum(found.values()) > 0
)


def preset(**fields: object) -> Preset:
    return Preset.model_validate({"key": "p", "name": "P", **fields})


def scenario(**weights: float) -> Scenario:
    return Scenario.model_validate({"key": "s", "name": "S", "set": {kpi: str(w) for kpi, w in weights.items()}})


def test_weights_are_rescaled_to_full() -> None:
    assert preset(weights={"a": "1", "b": "3"}).weights == {"a": 25.0, "b": 75.0}


def test_kpis_share_the_weight_of_their_dimension() -> None:
    dimensions = [
        {"key": "x", "name": "X", "weight": "2", "kpis": ["a", "b"]},
        {"key": "y", "name": "Y", "weight": "2", "kpis": "c"},
    ]
    found = preset(dimensions=dimensions)
    assert found.weights == {"a": 25.0, "b": 25.0, "c": 50.0}
    assert [dimension.kpis for dimension in found.dimensions] == [("a", "b"), ("c",)]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"weights": {}},
        {"weights": {"a": "0"}},
        {"weights": {"a": "-1", "b": "2"}},
        {"weights": {"a": "1"}, "dimensions": [{"key": "x", "name": "X", "weight": "1", "kpis": ["a"]}]},
        {"dimensions": [{"key": k, "name": "X", "weight": "1", "kpis": ["a"]} for k in ("x", "y")]},
        {"dimensions": [{"key": "x", "name": "X", "weight": "1", "kpis": []}]},
        {"dimensions": [{"key": "x", "name": "X", "weight": "0", "kpis": ["a"]}]},
    ],
)
def test_weights_that_make_no_composite_are_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        preset(**fields)


def test_a_scenario_sets_some_and_rescales_the_rest() -> None:
    weights = {"response": 25.0, "connect": 15.0, "fix": 60.0}
    assert scenario(response=30).apply(weights) == pytest.approx({"response": 30, "connect": 14, "fix": 56})


def test_a_scenario_adds_no_kpi() -> None:
    weights = {"a": 60.0, "b": 40.0}
    assert scenario(z=30).apply(weights) == weights
    assert scenario(a=30, z=50).apply(weights) == pytest.approx({"a": 30, "b": 70})


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ({"a": 100.0}, {"a": 100.0}),
        ({"a": 50.0, "b": 50.0}, {"a": 30.0, "b": 70.0}),
        ({"a": 100.0, "b": 0.0}, {"a": 100.0, "b": 0.0}),
        ({}, {}),
    ],
)
def test_a_scenario_leaves_no_weight_over(weights: dict[str, float], expected: dict[str, float]) -> None:
    assert scenario(a=30).apply(weights) == pytest.approx(expected)


def test_a_scenario_that_leaves_nothing_leaves_the_weights() -> None:
    assert scenario(a=0).apply({"a": 100.0}) == {"a": 100.0}


@pytest.mark.parametrize("weights", [{"a": 101}, {"a": -1}, {"a": 60, "b": 41}, {}])
def test_weights_a_scenario_cannot_give(weights: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        scenario(**weights)


@given(WEIGHTS, st.dictionaries(NAMES, st.integers(0, 20).map(float), min_size=1))
def test_every_scenario_fills_the_composite_and_keeps_the_order(weights: dict, chosen: dict) -> None:
    moved = scenario(**chosen).apply(weights)
    assert list(moved) == list(weights)
    assert sum(moved.values()) == pytest.approx(100 if moved != weights else sum(weights.values()))
    assert all(weight >= 0 for weight in moved.values())
