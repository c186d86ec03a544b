"""Whether every character in the pictures of a run had a font: one that had none is measured wrongly or a box."""

from __future__ import annotations

import re

from nbformat import NotebookNode

from kpi_lib.errors import Issue, RunError
from kpi_lib.plot.theme import REMEDY

SHOWN = 20
"""Most characters named in a message."""

_MISSING = re.compile(r"Glyph (\d+) \(.*?\) missing from")


class MissingGlyphError(RunError):
    """Pictures have characters that no font at hand has."""


def missing_glyphs(notebook: NotebookNode) -> str:
    """Return the characters that matplotlib warned it has no glyph for, each once, in the order of their codes."""
    told = "".join(
        output.text
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stderr"
    )
    return "".join(chr(code) for code in sorted({int(found) for found in _MISSING.findall(told)}))


def check_glyphs(notebook: NotebookNode) -> None:
    """Raise :class:`MissingGlyphError`, with the remedy, if a picture has a character that no font at hand has."""
    missing = missing_glyphs(notebook)
    if missing:
        more = "…" if len(missing) > SHOWN else ""
        problem = f"no font for {len(missing)} of the characters in pictures: {missing[:SHOWN]}{more}"
        raise MissingGlyphError(Issue("pictures", problem, REMEDY))
