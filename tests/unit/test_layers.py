"""The import rule: each layer knows only the layers below it, and heavy libraries have one home each."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "kpi_lib"

LAYERS = (
    "errors",
    "text",
    "stats",
    "params",
    "data",
    "kpi",
    "analysis",
    "plot",
    "report",
    "batch",
    "session",
    "explore",
    "commands",
    "cli",
)
"""From the bottom to the top."""

HOMES = {
    "matplotlib": {"plot"},
    "seaborn": {"plot"},
    "papermill": {"batch"},
    "nbclient": {"batch"},
    "nbconvert": {"batch"},
    "nbformat": {"batch"},
    "weasyprint": {"batch"},
    "ibis": {"data", "kpi"},
    "ruptures": {"stats"},
    "sklearn": {"analysis"},
    "statsmodels": {"stats"},
    "polars": {"data"},
    "pointblank": {"data"},
}
"""The only layers that may import a library."""


def imported(tree: ast.Module, package: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """Yield line and full name of everything imported anywhere in a module, also inside functions."""
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from ((node.lineno, alias.name) for alias in node.names)
            case ast.ImportFrom(module=module, level=level):
                base = ".".join(package[: len(package) - level + 1]) if level else ""
                start = ".".join(part for part in (base, module) if part)
                yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)
            case ast.Call(
                func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield node.lineno, name


def violations(source: str, module: str) -> list[str]:
    """Return what the source of ``module`` (dotted name) imports against the rule."""
    own = module.split(".")[1]
    found = []
    for line, name in imported(ast.parse(source), tuple(module.split(".")[:-1])):
        parts = name.split(".")
        if parts[0] in HOMES and own not in HOMES[parts[0]]:
            found.append(f"{module}:{line} imports {parts[0]}, which belongs to {sorted(HOMES[parts[0]])}")
        if parts[0] == "kpi_lib" and len(parts) > 1:
            layer = parts[1]
            if layer not in LAYERS:
                found.append(f"{module}:{line} imports {name}, which is in no layer")
            elif LAYERS.index(layer) > LAYERS.index(own):
                found.append(f"{module}:{line} imports {name}, which lies above {own}")
    return found


def modules() -> dict[str, Path]:
    files = sorted(PACKAGE.rglob("*.py"))
    return {".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts): file for file in files}


@pytest.mark.parametrize("module", [name for name in modules() if name != "kpi_lib.__init__"])
def test_imports_point_down(module: str) -> None:
    assert violations(modules()[module].read_text(encoding="utf-8"), module) == []


def test_the_package_itself_imports_nothing() -> None:
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    assert [name for _, name in imported(tree, ("kpi_lib",)) if not name.startswith("__future__")] == []


def test_every_part_of_the_package_is_a_layer() -> None:
    parts = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert parts - {"__init__", "__main__"} <= set(LAYERS)


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from kpi_lib.data.store import Store", "kpi_lib.params.project"),
        ("from kpi_lib import plot", "kpi_lib.analysis.scorecard"),
        ("import kpi_lib.session", "kpi_lib.report.tables"),
        ("from ..kpi import catalog", "kpi_lib.data.store"),
        ("from ...batch import plan", "kpi_lib.data.simulate.write"),
        ("def f():\n    import matplotlib.pyplot as plt", "kpi_lib.analysis.scorecard"),
        ("def f():\n    from ibis import _", "kpi_lib.analysis.scorecard"),
        ("from importlib import import_module\nimport_module('papermill')", "kpi_lib.cli"),
        ("import polars.selectors as cs", "kpi_lib.kpi.compute"),
        ("from kpi_lib.helpers import x", "kpi_lib.cli"),
    ],
)
def test_the_rule_catches(source: str, module: str) -> None:
    assert len(violations(source, module)) == 1


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from kpi_lib.errors import InputError", "kpi_lib.text.language"),
        ("from .schema import TABLES", "kpi_lib.data.store"),
        ("import ibis", "kpi_lib.kpi.compute"),
        ("from kpi_lib.session import open_session", "kpi_lib.cli"),
    ],
)
def test_the_rule_allows(source: str, module: str) -> None:
    assert violations(source, module) == []
