from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest

from kpi_lib.batch.parameters import Parameters
from kpi_lib.batch.plan import index_name, plan_runs
from kpi_lib.errors import InputError, Issue
from kpi_lib.text import Text

BROKEN = Parameters({}, problems=(Issue("1.ipynb", "is no notebook", "save it again"),))
NAMES = ("project", "branch", "period", "lang", "out")
KNOWN = Parameters(dict.fromkeys(NAMES, "str"))


def planned(**changed: Any) -> Any:
    request: dict[str, Any] = {
        "project": Path("/p"),
        "company": Text("Company", "公司"),
        "known_branches": {"0571": Text("Hangzhou", "杭州"), "NO": Text("North", "北")},
        "known_notebooks": {"1_data_quality": Path("/n/1.ipynb"), "2_scorecard": Path("/n/2.ipynb")},
        "parameters": {"1_data_quality": KNOWN, "2_scorecard": KNOWN},
        "period": "2025-11",
        "branches": "all",
        "notebooks": "all",
        "languages": ["en", "zh"],
        "out": Path("/o"),
    }
    return plan_runs(**{**request, **changed})


def test_every_branch_notebook_and_language_is_planned_once() -> None:
    specs = planned()
    assert len({spec.key for spec in specs}) == len(specs) == 8
    assert [spec.name for spec in specs[:3]] == ["0571/1_data_quality", "0571/1_data_quality.zh", "0571/2_scorecard"]


def test_addresses_are_the_fixed_layout() -> None:
    english, chinese = planned(branches=["NO"], notebooks=["2_scorecard"])
    assert (str(english.page), str(chinese.page)) == ("NO/2_scorecard.html", "NO/2_scorecard.zh.html")
    assert (str(english.executed), str(chinese.executed)) == ("NO/2_scorecard.ipynb", "NO/2_scorecard.zh.ipynb")
    assert english.results == chinese.results


def test_what_is_named_twice_runs_once() -> None:
    assert len(planned(branches=["NO", "NO"], notebooks=["2_scorecard"] * 2, languages=["zh", "zh"])) == 1


def test_every_unknown_name_is_told_at_once() -> None:
    with pytest.raises(InputError) as caught:
        planned(branches=["0572", "NO"], notebooks=["2_scorecrad"], languages=["en", "de"])
    told = str(caught.value)
    assert len(caught.value.issues) == 3
    assert "there is no branch '0572' (did you mean '0571'?)" in told
    assert "did you mean '2_scorecard'?" in told
    assert "'de'" in told


def test_a_notebook_that_does_not_take_the_parameters_is_refused() -> None:
    without = {
        "1_data_quality": BROKEN,
        "2_scorecard": Parameters({**KNOWN.types, "branch": "int"}),
    }
    with pytest.raises(InputError) as caught:
        planned(parameters=without)
    assert len(caught.value.issues) == 2
    assert "1.ipynb: is no notebook (save it again)" in str(caught.value)
    assert "takes branch as int, not '0571'" in str(caught.value)


def test_what_is_known_is_looked_at_beside_what_is_not() -> None:
    given = {"": {"margin": "0.1"}, "1_data_quality": {"salt": "x"}}
    with pytest.raises(InputError) as caught:
        planned(parameters={"1_data_quality": BROKEN, "2_scorecard": KNOWN}, branches=["0572"], given=given)
    # What the broken notebook would have taken is not held against anybody.
    assert [issue.problem for issue in caught.value.issues] == ["there is no branch '0572'", "is no notebook"]


def test_a_broken_notebook_that_is_not_asked_for_is_in_nobodys_way() -> None:
    specs = planned(parameters={"1_data_quality": BROKEN, "2_scorecard": KNOWN}, notebooks=["2_scorecard"])
    assert {spec.notebook for spec in specs} == {"2_scorecard"}


def test_a_misspelt_parameter_gets_a_hint() -> None:
    types = {("brnach" if name == "branch" else name): "str" for name in NAMES}
    with pytest.raises(InputError, match=r"no parameter 'branch' \(did you mean 'brnach'\?\)"):
        planned(parameters={"1_data_quality": KNOWN, "2_scorecard": Parameters(types)})


@pytest.mark.parametrize("nothing", [{"branches": []}, {"notebooks": []}, {"languages": []}])
def test_a_plan_of_nothing_is_refused(nothing: dict[str, list[str]]) -> None:
    with pytest.raises(InputError, match="nothing to run"):
        planned(**nothing)


def test_parameters_stay_text() -> None:
    values = planned(branches=["0571"])[0].parameters(Path("/elsewhere"))
    assert values == {"project": "/p", "branch": "0571", "period": "2025-11", "lang": "en", "out": "/elsewhere"}


def test_a_spec_travels() -> None:
    spec = planned()[0]
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_the_first_language_has_the_index() -> None:
    assert [index_name(lang, ("zh", "en")) for lang in ("zh", "en")] == ["index.html", "index.en.html"]
    assert planned(languages=["zh"])[0].home == "index.html"


OWN = {
    "1_data_quality": KNOWN,
    "2_scorecard": Parameters({**KNOWN.types, "margin": "float"}, defaults=dict.fromkeys((*NAMES, "margin"), "''")),
}


def test_a_notebooks_own_parameters_are_typed_and_reach_only_those_that_take_them() -> None:
    specs = planned(parameters=OWN, given={"": {"margin": "0.1"}})
    assert {spec.notebook: spec.own for spec in specs} == {
        "1_data_quality": (), "2_scorecard": (("margin", 0.1),),
    }  # fmt: skip
    again = planned(parameters=OWN, given={"": {"margin": "0.1"}, "2_scorecard": {"margin": "0.2"}})
    assert again[2].parameters(Path("/o"))["margin"] == 0.2


def test_every_problem_of_every_run_is_told_at_once() -> None:
    given = {"": {"margn": "1", "branch": "x"}, "2_scorecard": {"margin": "wide"}, "3_x": {"a": "b"}}
    with pytest.raises(InputError) as caught:
        planned(parameters=OWN, given=given)
    told = str(caught.value)
    assert len(caught.value.issues) == 4
    for part in ("did you mean 'margin'?", "the batch sets this", "as float, not 'wide'", "no notebook '3_x'"):
        assert part in told
