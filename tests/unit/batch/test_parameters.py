from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from kpi_lib.batch.parameters import Parameters, read_parameters
from kpi_lib.errors import Issue

PYTHON = {"language_info": {"name": "python"}}


def notebook(path: Path, source: str, tags: list[str], metadata: dict[str, object] = PYTHON) -> Path:
    cell = nbformat.v4.new_code_cell(source)
    cell.metadata["tags"] = tags
    nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=metadata), path)
    return path


def the_problem(path: Path) -> Issue:
    (problem,) = read_parameters(path).problems
    assert problem.where == path.name
    assert problem.hint
    return problem


def test_names_and_types_of_the_cell(tmp_path: Path) -> None:
    found = read_parameters(notebook(tmp_path / "n.ipynb", 'branch: str = "0571"  # code\nn = 3', ["parameters"]))
    assert found.types == {"branch": "str", "n": ""}
    assert found.issues({"branch": "NO", "n": 4}, where="n.ipynb") == []


def test_a_notebook_without_the_cell(tmp_path: Path) -> None:
    assert "has no cell tagged" in the_problem(notebook(tmp_path / "n.ipynb", "x: int = 1", [])).problem


def test_a_cell_that_is_no_python(tmp_path: Path) -> None:
    assert "no Python" in the_problem(notebook(tmp_path / "n.ipynb", "branch: str = ", ["parameters"])).problem


@pytest.mark.parametrize(
    "content", ["", "no notebook", "{}", "[]", '"x"', '{"nbformat": 4}', '{"nbformat": 4, "metadata": [], "cells": {}}']
)  # fmt: skip
def test_a_file_that_is_no_notebook(tmp_path: Path, content: str) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(content)
    assert "is no notebook" in the_problem(path).problem


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    assert "is no notebook" in the_problem(tmp_path / "n.ipynb").problem


@pytest.mark.parametrize(
    ("metadata", "told"),
    [
        ({}, "does not say its language"),
        ({"kernelspec": {"name": "python3", "display_name": "Python 3"}}, "does not say its language"),
        ({"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}, "is written in 'R', expected 'python'"),
        ({"kernelspec": {"name": "python3", "language": "python", "display_name": "Python 3"}}, ""),
        (PYTHON, ""),
    ],
)
def test_a_notebook_says_that_it_is_python(tmp_path: Path, metadata: dict[str, object], told: str) -> None:
    path = notebook(tmp_path / "n.ipynb", 'branch: str = "x"', ["parameters"], metadata)
    if told:
        assert told in the_problem(path).problem
    else:
        assert read_parameters(path).problems == ()


def test_everything_wrong_with_a_notebook_is_told(tmp_path: Path) -> None:
    assert len(read_parameters(notebook(tmp_path / "n.ipynb", "x: int = 1", [], {})).problems) == 2


CELL = """
branch: str = "chengdu"  # key of the branch
since: date = "2025-01-01"
n: int = 3  # how many
share: float = 0.05
sealed: bool = False
salt: str | None = None
rule: Literal["either", "both"] = "both"
must: str
"""


@pytest.fixture
def declared(tmp_path: Path) -> Parameters:
    return read_parameters(notebook(tmp_path / "n.ipynb", CELL.strip(), ["parameters"]))


def test_the_whole_form_is_read(declared: Parameters) -> None:
    assert declared.required == ("must",)
    assert declared.defaults is not None
    assert declared.defaults["n"] == "3"
    assert declared.comments == {"branch": "key of the branch", "n": "how many"}


def test_text_becomes_what_the_annotation_asks(declared: Parameters) -> None:
    texts = {
        "branch": "0571", "since": "2025-02-28", "n": "12", "share": "1e-1", "sealed": "True", "salt": None,
        "rule": "either", "must": "NO",
    }  # fmt: skip
    values, issues = declared.typed(texts, where="n.ipynb")
    assert issues == []
    assert values == {
        "branch": "0571", "since": "2025-02-28", "n": 12, "share": 0.1, "sealed": True, "salt": None, "rule": "either",
        "must": "NO",
    }  # fmt: skip
    assert declared.issues(values, where="n.ipynb") == []


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("n", "1.5", "a whole number"),
        ("n", "1:30", "a whole number"),
        ("n", "12_3", "a whole number"),
        ("share", "5%", "a share from 0 to 1"),
        ("sealed", "NO", "true or false"),
        ("since", "2025-02-30", "write it as 2025-11-03"),
        ("since", "28.2.2025", "write it as 2025-11-03"),
        ("rule", "eiter", "did you mean 'either'?"),
        ("branch", None, "nothing stands there"),
        ("brnach", "x", "did you mean 'branch'?"),
    ],
)
def test_text_that_cannot_be_that_is_told(declared: Parameters, name: str, text: str | None, told: str) -> None:
    _, (issue,) = declared.typed({name: text}, where="n.ipynb")
    assert told in str(issue)


def test_what_is_missing_is_told(declared: Parameters) -> None:
    (issue,) = declared.issues({"branch": "x"}, where="n.ipynb")
    assert "needs must, which has no default" in str(issue)
