from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from kpi_lib.batch.parameters import read_parameters
from kpi_lib.errors import InputError


def notebook(path: Path, source: str, tags: list[str]) -> Path:
    cell = nbformat.v4.new_code_cell(source)
    cell.metadata["tags"] = tags
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    return path


def test_names_and_types_of_the_cell(tmp_path: Path) -> None:
    found = read_parameters(notebook(tmp_path / "n.ipynb", 'branch: str = "0571"  # code\nn = 3', ["parameters"]))
    assert found.types == {"branch": "str", "n": ""}
    assert found.issues({"branch": "NO", "n": 4}, where="n.ipynb") == []


def test_a_notebook_without_the_cell(tmp_path: Path) -> None:
    assert not read_parameters(notebook(tmp_path / "n.ipynb", "x: int = 1", [])).found


def test_a_cell_that_is_no_python(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no Python"):
        read_parameters(notebook(tmp_path / "n.ipynb", "branch: str = ", ["parameters"]))


@pytest.mark.parametrize("content", ["", "no notebook", "{}", '{"nbformat": 4}'])
def test_a_file_that_is_no_notebook(tmp_path: Path, content: str) -> None:
    path = tmp_path / "n.ipynb"
    path.write_text(content)
    with pytest.raises(InputError, match=r"n\.ipynb"):
        read_parameters(path)
