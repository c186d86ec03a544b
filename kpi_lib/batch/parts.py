"""A notebook in parts: each second-level heading of a Markdown cell starts one, which folds on the page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from nbformat import NotebookNode

PART = "kpi_part"
"""Metadata of a cell that starts a part."""

_HEADING = re.compile(r"##\s+\S")
_FENCE = re.compile(r"^\s*(```|~~~)")


def in_parts(notebook: NotebookNode) -> NotebookNode:
    """Return the notebook with every second-level heading in a cell of its own, marked as the start of a part."""
    parted: NotebookNode = notebook.copy()
    parted.cells = [piece for cell in notebook.cells for piece in _pieces(cell)]
    return parted


def _pieces(cell: NotebookNode) -> Iterator[NotebookNode]:
    if cell.cell_type != "markdown":
        yield cell
        return
    for number, lines in enumerate(_split(cell.source.splitlines())):
        if "\n".join(lines).strip():
            yield _piece(cell, number, lines)


def _split(lines: Iterable[str]) -> Iterator[list[str]]:
    """Yield the lines before, between and after the headings, and each heading; what stands in a code block is none."""
    gathered: list[str] = []
    fenced = False
    for line in lines:
        fenced ^= bool(_FENCE.match(line))
        if fenced or not _HEADING.match(line):
            gathered.append(line)
        else:
            yield gathered
            yield [line]
            gathered = []
    yield gathered


def _piece(cell: NotebookNode, number: int, lines: list[str]) -> NotebookNode:
    piece: NotebookNode = cell.copy()
    piece.source = "\n".join(lines)
    if "id" in piece:
        piece.id = f"{cell.id[:56]}-{number}"
    if number % 2:
        piece.metadata = NotebookNode({**cell.metadata, PART: True})
    return piece
