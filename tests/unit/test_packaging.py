"""The files that install the product agree with each other."""

from __future__ import annotations

import ast
import os
import re
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

IMPORT_NAMES = {
    "ibis-framework": "ibis",
    "jupyter-client": "jupyter_client",
    "ipython": "IPython",
    "python-calamine": "python_calamine",
    "pyyaml": "yaml",
    "scikit-learn": "sklearn",
}
PARTS_OF_OTHERS = {"pydantic_core"}
"""Packages whose version another one, which is declared, fixes exactly."""
NOT_IMPORTED = {"ipykernel", "jupyterlab"}
"""For the notebooks: their kernel, and the laboratory they are opened in."""


def names(requirements: list[str]) -> set[str]:
    return {re.match(r"[A-Za-z0-9._-]+", one)[0].lower() for one in requirements}  # type: ignore[index]


def locked() -> dict[str, str]:
    """Every locked package with its entry: version, marker and hashes."""
    entries = re.split(r"^(?=[a-zA-Z0-9])", re.sub(r"^ *#.*\n", "", LOCK, flags=re.MULTILINE), flags=re.MULTILINE)
    return {entry.split("==")[0].split("[")[0].strip().lower(): entry for entry in entries if entry.strip()}


def all_requirements() -> list[str]:
    extras = PROJECT["optional-dependencies"].values()
    return [*PROJECT["dependencies"], *(requirement for extra in extras for requirement in extra)]


def required() -> set[str]:
    return names(all_requirements())


def test_every_dependency_is_locked() -> None:
    assert required() - set(locked()) == set()


def test_every_locked_package_has_a_version_and_hashes() -> None:
    for name, entry in locked().items():
        assert re.match(rf"{re.escape(name)}==\S+", entry, re.IGNORECASE), entry
        assert "--hash=sha256:" in entry, name


def test_the_lock_names_no_registry_and_no_machine() -> None:
    assert not re.search(r"https?://|index-url|find-links|file:|@ |(^|\s)/\w", LOCK)


def test_the_locked_versions_satisfy_the_project() -> None:
    for requirement in all_requirements():
        name, minimum = re.match(r"([\w.-]+)(?:\[\w+\])?[>=]=([\d.]+)", requirement).groups()  # type: ignore[union-attr]
        version = re.search(r"==([\d.]+)", locked()[name.lower()])[1].rstrip(".")  # type: ignore[index]
        assert [int(part) for part in version.split(".")] >= [int(part) for part in minimum.split(".")], requirement


def test_every_import_is_a_declared_dependency_and_the_reverse() -> None:
    imported = set()
    for path in (ROOT / "kpi_lib").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Import():
                    imported |= {alias.name.split(".")[0] for alias in node.names}
                case ast.ImportFrom(level=0, module=str(module)):
                    imported.add(module.split(".")[0])
    third_party = imported - set(sys.stdlib_module_names) - {"kpi_lib", *PARTS_OF_OTHERS}
    declared = {IMPORT_NAMES.get(name, name) for name in names(PROJECT["dependencies"])}
    extra = {name for extra in PROJECT["optional-dependencies"].values() for name in names(extra)}
    assert third_party - declared <= extra, "an extra is imported where its command needs it"
    assert declared - third_party <= NOT_IMPORTED


def test_conda_installs_python_pip_and_the_project_itself() -> None:
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    python, pip, project = environment["dependencies"]
    assert environment["name"] == PROJECT["name"]
    assert python == f"python{PROJECT['requires-python']}"
    assert pip == "pip"
    assert project == {"pip": [f"--editable .[{','.join(sorted(PROJECT['optional-dependencies']))}]"]}


@pytest.mark.parametrize("script", [".ci/run"])
def test_scripts_can_be_started(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)


def test_make_help_names_what_users_are_promised() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in ("help", "reports", "test", "lint", "lab"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
        assert target == "help" or f"make {target} " in makefile
