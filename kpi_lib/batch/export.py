"""A page from an executed notebook: nbconvert with a template of our own, everything through the allow-list."""

from __future__ import annotations

import html
import itertools
import re
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbconvert.filters import Highlight2HTML
from nbformat import NotebookNode

from kpi_lib.batch.glyphs import check_glyphs
from kpi_lib.batch.page import Heading, Page, PageInfo, frame_words, render_page
from kpi_lib.batch.parts import in_parts
from kpi_lib.batch.sanitize import clean
from kpi_lib.batch.styles import share_styles
from kpi_lib.text.bilingual import Lang

_TEMPLATES = Path(__file__).parent / "template"
_LANG_TAG = "lang-"
_HEADING = re.compile(r"<h([1-3])([^>]*)>(.*?)</h\1>", re.DOTALL)
_ID = re.compile(r'\sid="([^"]*)"')
_TAG = re.compile(r"<[^>]+>")
_TABLE = re.compile(r"<table\b.*?</table>", re.DOTALL)
_CAPTION = re.compile(r"<caption[^>]*>(.*?)</caption>", re.DOTALL)
_SVG_REFERENCE = re.compile(r'(\bid="|href="#|url\(#|url\(&quot;#)')


class CellsExporter(HTMLExporter):
    """Notebook to the inner HTML of a page: no script, no link to another computer, code folded away."""

    def default_filters(self) -> Iterator[tuple[str, Callable[..., str]]]:
        """Yield nbconvert's filters and those of our template."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "clean", clean
        yield "figure", _figure
        yield "highlight_code", Highlight2HTML(pygments_lexer="ipython3", parent=self)

    def from_notebook_node(  # type: ignore[override]  # as in every exporter of nbconvert
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the HTML and nbconvert's resources.

        Skips the parent's pass over the finished page, which parses it again to describe pictures for a template that
        is not ours.
        """
        return TemplateExporter.from_notebook_node(self, nb, resources, **options)


def export_page(notebook: NotebookNode, info: PageInfo) -> Page:
    """Return the whole page of an executed notebook.

    Parameters
    ----------
    notebook
        Executed notebook. Cells tagged ``lang-en`` or ``lang-zh`` are kept for that language only.
    info
        What surrounds the cells: names, language, links.

    Raises
    ------
    MissingGlyphError
        A picture has characters that no font at hand has.
    """
    check_glyphs(notebook)
    kept = notebook.copy()
    kept.cells = [cell for cell in notebook.cells if _speaks(cell, info.lang)]
    body, _ = _exporter().from_notebook_node(in_parts(kept), {"words": frame_words(info.lang)})
    body, sheet = share_styles(_scrolling_tables(clean(body), info.lang))
    body, headings = _with_anchors(body)
    title = next((heading.text for heading in headings if heading.level == 1), info.name)
    return Page(title, render_page(info, title=title, body=body, sheet=sheet, headings=headings))


@cache
def _exporter() -> CellsExporter:
    settings: dict[str, Any] = {
        "template_name": "cells",
        "extra_template_basedirs": [str(_TEMPLATES)],
        "exclude_anchor_links": True,
    }
    return CellsExporter(**settings)  # type: ignore[no-untyped-call]


def _speaks(cell: NotebookNode, lang: Lang) -> bool:
    tagged = [tag for tag in cell.metadata.get("tags", []) if tag.startswith(_LANG_TAG)]
    return not tagged or f"{_LANG_TAG}{lang}" in tagged


def _figure(svg: str, alt: str = "") -> str:
    """Return a cleaned figure: named for those who cannot see it, its ids apart from those of the other figures."""
    drawing = clean(svg[svg.index("<svg") :])
    apart = _SVG_REFERENCE.sub(rf"\g<1>f{zlib.crc32(drawing.encode()):08x}-", drawing)
    label = f' aria-label="{html.escape(alt)}"' if alt else ' aria-hidden="true"'
    return "<figure>" + apart.replace("<svg", f'<svg role="img"{label}', 1) + "</figure>"


def _scrolling_tables(body: str, lang: Lang) -> str:
    """Return the body with every table in a region that scrolls by itself, so that the page never does sideways."""
    numbers = itertools.count(1)

    def wrapped(found: re.Match[str]) -> str:
        caption = _CAPTION.search(found[0])
        word = "表" if lang == "zh" else "Table"
        label = f"{word} {next(numbers)}" + (f": {_plain(caption[1])}" if caption else "")
        return f'<div class="scroll" role="region" tabindex="0" aria-label="{html.escape(label)}">{found[0]}</div>'

    return _TABLE.sub(wrapped, body)


def _with_anchors(body: str) -> tuple[str, list[Heading]]:
    """Return the body with an id on every heading, and the headings for the table of contents."""
    headings: list[Heading] = []

    def anchored(found: re.Match[str]) -> str:
        level, attributes, inner = found.groups()
        heading = Heading(int(level), f"s{len(headings) + 1}", _plain(inner))
        headings.append(heading)
        return f'<h{level} id="{heading.anchor}"{_ID.sub("", attributes)}>{inner}</h{level}>'

    return _HEADING.sub(anchored, body), headings


def _plain(inner: str) -> str:
    return html.unescape(_TAG.sub("", inner)).strip()
