"""Tables for people: headed, captioned, numbers to the right, every cell escaped."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_lib.report.html import Child, Fragment, element, joined

_NUMBER = "text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap"
_TEXT = "text-align:left"
_TEXT_HEAD = "text-align:left;vertical-align:bottom"
_NUMBER_HEAD = "text-align:right;vertical-align:bottom"
"""A heading may wrap, so that a table of many numbers fits the page."""


def row_name(text: str) -> Fragment:
    """Return a row's name that keeps a width to read it by on a telephone, where Chinese would stand on end."""
    return element("div", text, style="min-width:7em")


def table(
    columns: Sequence[str],
    rows: Sequence[Sequence[Child]],
    *,
    caption: str,
    text_columns: Sequence[int] = (0,),
) -> Fragment:
    """Return a table.

    Parameters
    ----------
    columns
        Headings.
    rows
        Cells, as many per row as there are headings; the first names its row.
    caption
        What the table shows.
    text_columns
        Positions of columns that hold words; the others are aligned as numbers.
    """
    head = element(
        "tr",
        *(
            element("th", name, scope="col", style=_TEXT_HEAD if place in text_columns else _NUMBER_HEAD)
            for place, name in enumerate(columns)
        ),
    )
    body = [
        element(
            "tr",
            *(
                element("th", cell, scope="row", style=_TEXT)
                if place == 0
                else element("td", cell, style=_TEXT if place in text_columns else _NUMBER)
                for place, cell in enumerate(row)
            ),
        )
        for row in rows
    ]
    return element("table", element("caption", caption), element("thead", head), element("tbody", joined(body)))
