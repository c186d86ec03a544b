"""The parameters a notebook declares: the typed literals of its cell tagged ``parameters``."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import nbformat

from kpi_lib.errors import Issue, did_you_mean

TAG = "parameters"
"""Tag of the cell that papermill puts the values after."""
PYTHON = "python"
"""What a notebook's metadata call its language."""
READS = "kpi_reads"
"""Metadata of a notebook that says what it reads; without it a notebook is taken to read everything."""

Value = str | int | float | bool | None
"""What a notebook can be given: what a notebook file can hold as a literal."""

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_COMMENT = re.compile(r"^\s*(\w+)\s*(?::|=).*?#\s*(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Parameters:
    """Parameters of one notebook.

    Parameters
    ----------
    types
        The annotation of each by name; empty where it has none.
    defaults
        Source of the default of each that has one; the others must be given.
    comments
        What is said of each behind it.
    reads
        What the notebook says it reads, as it stands in its metadata; None where it says nothing.
    problems
        Why the notebook cannot be run, whatever it is given.
    """

    types: Mapping[str, str]
    defaults: Mapping[str, str] | None = None
    comments: Mapping[str, str] = field(default_factory=dict)
    reads: object = None
    problems: tuple[Issue, ...] = ()

    @property
    def required(self) -> tuple[str, ...]:
        """The parameters without a default."""
        return () if self.defaults is None else tuple(name for name in self.types if name not in self.defaults)

    def issues(self, values: Mapping[str, object], *, where: str) -> list[Issue]:
        """Return what is wrong with running the notebook with ``values``: papermill itself would only warn."""
        if self.problems:
            return list(self.problems)
        unknown = [name for name in values if name not in self.types]
        missing = [name for name in self.required if name not in values]
        wrong = [name for name, value in values.items() if name in self.types and not self._takes(name, value)]
        return [
            *(Issue(where, f"has no parameter {name!r}", did_you_mean(name, tuple(self.types))) for name in unknown),
            *(Issue(where, f"needs {name}, which has no default", f"give it: -P {name}=...") for name in missing),
            *(Issue(where, f"takes {name} as {self.types[name]}, not {values[name]!r}") for name in wrong),
        ]

    def typed(self, texts: Mapping[str, str | None], *, where: str) -> tuple[dict[str, Value], list[Issue]]:
        """Return values from text, by the annotations; what cannot be one is told.

        Text stays text where text is asked: a branch ``0571`` is no number, ``NO`` is no truth value.

        Parameters
        ----------
        texts
            Text by name; None where nothing was written.
        where
            Who gave it, for issues.
        """
        values: dict[str, Value] = {}
        issues = []
        for name, text in texts.items():
            if name not in self.types:
                issues.append(Issue(where, f"has no parameter {name!r}", did_you_mean(name, tuple(self.types))))
                continue
            try:
                values[name] = _value(text, self.types[name])
            except ValueError as error:
                issues.append(Issue(where, f"takes {name} as {self.types[name]}, not {text!r}", str(error)))
        return values, issues

    def _takes(self, name: str, value: object) -> bool:
        annotation = self.types[name]
        kinds = _alternatives(annotation)
        if value is None or not annotation:
            return not annotation or "None" in kinds
        given = type(value).__name__
        if any(kind.startswith("Literal[") and value in _choices(kind) for kind in kinds):
            return True
        if "date" in kinds:
            return isinstance(value, str) and _is_date(value)
        return given in kinds or (given == "int" and "float" in kinds)


def read_parameters(notebook: Path) -> Parameters:
    """Return the parameters ``notebook`` declares, and why it cannot be run, if it cannot."""
    try:
        content = nbformat.read(notebook, as_version=4)
        source = next((cell.source for cell in content.cells if TAG in cell.metadata.get("tags", [])), None)
    # A file of JSON that is no notebook fails wherever the library first misses something.
    except (ValueError, TypeError, AttributeError, LookupError, OSError, nbformat.ValidationError) as error:
        hint = f"save it again in JupyterLab, or take it out of {notebook.parent.name}/"
        return Parameters({}, problems=(Issue(notebook.name, f"is no notebook: {_first_line(error)}", hint),))
    problems = _language_issues(content.metadata, notebook.name)
    if source is None:
        problems.append(Issue(notebook.name, f"has no cell tagged {TAG!r}", "tag the cell with its parameters"))
        return Parameters({}, problems=tuple(problems))
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        problems.append(Issue(notebook.name, f"its {TAG} cell is no Python: {error}", "name: type = value, one a line"))
        return Parameters({}, problems=tuple(problems))
    declared = [one for statement in tree.body for one in _declared(statement)]
    return Parameters(
        {name: annotation for name, annotation, _ in declared},
        defaults={name: default for name, _, default in declared if default is not None},
        comments=dict(_COMMENT.findall(source)),
        reads=content.metadata.get(READS),
        problems=tuple(problems),
    )


def _language_issues(metadata: Mapping[str, Any], where: str) -> list[Issue]:
    """Return what keeps papermill from writing parameters into a notebook: it must say that it is Python."""
    said = (metadata.get("language_info") or {}).get("name") or (metadata.get("kernelspec") or {}).get("language")
    hint = "open it in JupyterLab, choose the kernel Python 3 and save it"
    if not said:
        return [Issue(where, "does not say its language: its metadata has no language_info and no kernelspec", hint)]
    return [] if said == PYTHON else [Issue(where, f"is written in {said!r}, expected {PYTHON!r}", hint)]


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _declared(statement: ast.stmt) -> list[tuple[str, str, str | None]]:
    """Return name, annotation and default of what a statement declares."""
    match statement:
        case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
            return [(name, ast.unparse(annotation), None if value is None else ast.unparse(value))]
        case ast.Assign(targets=targets, value=value):
            return [(target.id, "", ast.unparse(value)) for target in targets if isinstance(target, ast.Name)]
    return []


def _value(text: str | None, annotation: str) -> Value:
    """Return a text as its annotation asks; raises ValueError, with a hint, where it cannot be that."""
    kinds = _alternatives(annotation)
    if text is None:
        if "None" in kinds or not annotation:
            return None
        raise ValueError("nothing stands there; an empty text is written ''")
    for kind in (kind for kind in kinds if kind.startswith("Literal[")):
        found = [choice for choice in _choices(kind) if str(choice) == text]
        if found:
            return found[0]
        raise ValueError(did_you_mean(text, [str(choice) for choice in _choices(kind)]))
    if "bool" in kinds and text.lower() in {"true", "false"}:
        return text.lower() == "true"
    if "int" in kinds and re.fullmatch(r"[+-]?\d+", text, re.ASCII):
        return int(text)
    if "float" in kinds and _NUMBER.fullmatch(text):
        return float(text)
    if "date" in kinds:
        if _is_date(text):
            return text
        raise ValueError("write it as 2025-11-03")
    if "str" in kinds or not annotation:
        return text
    hints = {"bool": "true or false", "int": "a whole number", "float": "a number, a share from 0 to 1"}
    raise ValueError(" or ".join(hints[kind] for kind in kinds if kind in hints))


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII) is not None


def _alternatives(annotation: str) -> tuple[str, ...]:
    """Return what an annotation allows: ``str | None`` and ``Optional[str]`` allow two things."""
    if not annotation:
        return ()
    return tuple(_flat(ast.parse(annotation, mode="eval").body))


def _flat(node: ast.expr) -> list[str]:
    match node:
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return [*_flat(left), *_flat(right)]
        case ast.Subscript(value=ast.Name(id="Optional"), slice=inner):
            return [*_flat(inner), "None"]
        case ast.Constant(value=str(name)):
            return [name]
        case ast.Attribute(attr=name):
            return [name]
        case _:
            return [ast.unparse(node)]


def _choices(annotation: str) -> tuple[Value, ...]:
    """Return the values a ``Literal[...]`` allows."""
    inner = ast.parse(annotation, mode="eval").body
    assert isinstance(inner, ast.Subscript)
    found = ast.literal_eval(inner.slice)
    return found if isinstance(found, tuple) else (found,)
