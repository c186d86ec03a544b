"""Every notebook is thin, takes the batch's parameters and is committed without outputs."""

import ast
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
DEFAULTS = {"project": "", "branch": "chengdu", "period": "latest", "lang": "en", "out": "reports"}
OWN = {
    "4_root_cause": {"reference": "auto", "dimensions": ""},
    "5_survey_sampling": {"salt": "", "rule": "both", "margin": 0.05},
}
"""Parameters a notebook has beyond those of every notebook."""
LOGIC = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.For, ast.AsyncFor, ast.While, ast.If, ast.IfExp, ast.Try, ast.With, ast.Match),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert {path.stem for path in NOTEBOOKS} >= {"1_data_quality", "2_scorecard"}


def test_it_is_valid_and_has_no_outputs(notebook):
    nbformat.validate(notebook)
    assert all(not cell.outputs and cell.execution_count is None for cell in code(notebook))


def test_its_parameters_are_typed_literals_with_a_comment_each(notebook, path):
    tagged = [cell for cell in notebook.cells if "parameters" in cell.metadata.get("tags", [])]
    assert len(tagged) == 1
    assert tagged[0] is code(notebook)[0]
    statements = ast.parse(tagged[0].source).body
    parameters = {node.target.id: ast.literal_eval(node.value) for node in statements}
    assert {name: parameters.pop(name) for name in DEFAULTS} == DEFAULTS
    assert parameters == OWN.get(path.stem, {}), "what a notebook asks beyond the common parameters is declared here"
    assert all(node.annotation.id == type(ast.literal_eval(node.value)).__name__ for node in statements)
    assert all("  # " in line for line in tagged[0].source.splitlines())


def test_it_is_thin(notebook):
    for cell in code(notebook):
        tree = ast.parse(cell.source)
        found = [type(node).__name__ for node in ast.walk(tree) if isinstance(node, LOGIC)]
        assert not found, f"logic belongs in kpi_lib: {found} in {cell.source!r}"
        imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        modules = [getattr(node, "module", None) or node.names[0].name for node in imported]
        assert all(module.split(".")[0] == "kpi_lib" for module in modules)


def test_what_it_says_it_says_in_both_languages(notebook):
    tags = [tuple(cell.metadata.get("tags", [])) for cell in notebook.cells if cell.cell_type == "markdown"]
    assert tags[::2] == [("lang-en",)] * (len(tags) // 2)
    assert tags[1::2] == [("lang-zh",)] * (len(tags) // 2)


def test_it_opens_its_own_session(notebook, path):
    calls = [node for cell in code(notebook) for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Call)]
    opened = [call for call in calls if getattr(call.func, "id", "") == "open_session"]
    assert len(opened) == 1
    given = {keyword.arg: keyword.value for keyword in opened[0].keywords}
    assert ast.literal_eval(given["notebook"]) == path.stem
