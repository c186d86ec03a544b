"""The parameters a notebook declares: the typed literals of its cell tagged ``parameters``."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from kpi_lib.errors import InputError, Issue, did_you_mean

TAG = "parameters"
"""Tag of the cell that papermill puts the values after."""


@dataclass(frozen=True)
class Parameters:
    """Parameters of one notebook: the annotation of each by name; ``found`` says whether it has the cell."""

    types: Mapping[str, str]
    found: bool = True

    def issues(self, values: Mapping[str, object], *, where: str) -> list[Issue]:
        """Return what is wrong with running the notebook with ``values``: papermill itself would only warn."""
        if not self.found:
            hint = "tag the cell with the notebook's parameters"
            return [Issue(where, f"has no cell tagged {TAG!r}", hint)]
        unknown = [name for name in values if name not in self.types]
        wrong = [name for name, value in values.items() if self.types.get(name) not in (None, "", type(value).__name__)]
        return [
            *(Issue(where, f"has no parameter {name!r}", did_you_mean(name, tuple(self.types))) for name in unknown),
            *(Issue(where, f"takes {name} as {self.types[name]}, not {values[name]!r}") for name in wrong),
        ]


def read_parameters(notebook: Path) -> Parameters:
    """Return the parameters ``notebook`` declares.

    Raises
    ------
    InputError
        The file is no notebook, or its parameters cell is no Python.
    """
    try:
        content = nbformat.read(notebook, as_version=4)
    except (ValueError, OSError, nbformat.ValidationError) as error:
        raise InputError(Issue(notebook.name, f"is no notebook: {error}")) from error
    tagged = [cell for cell in content.cells if TAG in cell.metadata.get("tags", [])]
    if not tagged:
        return Parameters({}, found=False)
    try:
        tree = ast.parse(tagged[0].source)
    except SyntaxError as error:
        raise InputError(Issue(notebook.name, f"its {TAG} cell is no Python: {error}")) from error
    return Parameters(dict(pair for statement in tree.body for pair in _declared(statement)))


def _declared(statement: ast.stmt) -> list[tuple[str, str]]:
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
            return [(name, ast.unparse(annotation))]
        case ast.Assign(targets=targets):
            return [(target.id, "") for target in targets if isinstance(target, ast.Name)]
    return []
