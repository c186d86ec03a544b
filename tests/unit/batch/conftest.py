from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from kpi_lib.params import Project, load_project

ROOT = Path(__file__).parents[3]
PARAMETERS = """
project: str = ""
branch: str = "chengdu"
period: str = "latest"
lang: str = "en"
out: str = "reports"
"""
RESULTS = """
import json, pathlib
folder = pathlib.Path(out) / branch / "2_scorecard"
folder.mkdir(parents=True, exist_ok=True)
(folder / "indicators.csv").write_text(f"kpi,value,branch,lang\\ncsat_score,4.2,{branch},{lang}\\n")
(folder / "summary.json").write_text(json.dumps({
    "branch": branch, "period": period, "composite": 81.25, "lo": 78.0, "hi": 84.5, "grade": "good", "change": 2.5,
    "change_clear": True, "scenarios": {"speed_first": 80.0}}))
"""

MakeProject = Callable[..., Project]


def _write_notebook(path: Path, *code: str, markdown: dict[str, str] | None = None) -> None:
    """A notebook with the usual parameters, ``code`` cells, and markdown cells by the tag that keeps them."""
    cells = [nbformat.v4.new_markdown_cell("# Tiny report"), nbformat.v4.new_code_cell(PARAMETERS.strip())]
    cells[1].metadata["tags"] = ["parameters"]
    for tag, text in (markdown or {}).items():
        cell = nbformat.v4.new_markdown_cell(text)
        cell.metadata["tags"] = [tag]
        cells.append(cell)
    cells += [nbformat.v4.new_code_cell(one.strip()) for one in code]
    notebook = nbformat.v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


@pytest.fixture(scope="session")
def write_notebook() -> Callable[..., None]:
    return _write_notebook


@pytest.fixture(scope="session")
def results_cell() -> str:
    """Code that leaves results as a scorecard does."""
    return RESULTS


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """A project with the sample's parameters and notebooks of the test's own."""

    def make(**notebooks: tuple[str, ...]) -> Project:
        shutil.copytree(ROOT / "params", tmp_path / "project" / "params")
        for name, code in notebooks.items():
            _write_notebook(tmp_path / "project" / "notebooks" / f"{name.lstrip('_')}.ipynb", *code)
        return load_project(tmp_path / "project")

    return make
