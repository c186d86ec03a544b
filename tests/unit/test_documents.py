"""The documents lead somewhere: links, files they name, and a line for every benchmark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kpi_lib import explore

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "benchmarks" / "README.md", *(ROOT / "docs").glob("*.md")])


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_files_named_exist(path: Path) -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text(path)) if "://" not in link]
    assert [link for link in links if not (path.parent / link).exists()] == []
    named = re.findall(r"`((?:kpi_lib|tests|benchmarks|notebooks|params|data)/[\w./-]+)`", text(path))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_document_is_linked_from_the_readme() -> None:
    linked = {(ROOT / link).resolve() for link in re.findall(r"\]\(([^)#]+)\)", text(ROOT / "README.md"))}
    assert set(DOCUMENTS) - {ROOT / "README.md"} <= linked


def test_every_benchmark_is_described() -> None:
    folder = ROOT / "benchmarks"
    scripts = [path for path in folder.rglob("*.py") if '__name__ == "__main__"' in text(path)]
    # A package is run by its name, and the peers' script by the package, in another Python.
    called = {str(path.relative_to(folder)) for path in scripts if path.name not in ("__main__.py", "peers.py")}
    described = text(folder / "README.md")
    assert len(called) > 10
    modules = {name: "benchmarks." + name.removesuffix(".py").replace("/", ".") for name in called}
    assert [name for name, module in modules.items() if name not in described and module not in described] == []


def test_the_readme_names_everything_for_exploring() -> None:
    named = set(re.findall(r"`(\w+)`", text(ROOT / "README.md")))
    assert {name for name in explore.__all__ if name[0].islower()} <= named
