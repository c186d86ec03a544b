"""Every way text from a ticket was seen to run as a script on the page nbconvert makes, and some more."""

from __future__ import annotations

from typing import Any

import nbformat
import pandas as pd
from pandas.io.formats.style import Styler

FIRE = "document.documentElement.dataset.fired='yes'"
"""Marks the page when it runs."""

PAYLOAD = f'<img src=x onerror="{FIRE}">'
OUTSIDE = "https://example.org"
SCRIPT = f"<script>{FIRE}</script>"


def _frame() -> pd.DataFrame:
    return pd.DataFrame({PAYLOAD: [1.5]}, index=[PAYLOAD])


def _cells(text: str = PAYLOAD) -> pd.DataFrame:
    return pd.DataFrame({"comment": [text], "hours": [1.5]})


def _html(html: str) -> dict[str, str]:
    return {"text/html": html}


def _styler(styler: Styler) -> dict[str, str]:
    return _html(styler.to_html())


def bundles() -> dict[str, dict[str, str]]:
    """Return what a notebook displays, by route."""
    mermaid = f'graph TD\n  A["{PAYLOAD}"] --> B'
    svg = f'<svg viewBox="0 0 9 9" onload="{FIRE}"><text>{PAYLOAD}</text>{SCRIPT}</svg>'
    quoted = FIRE.replace("'", "&quot;")
    return {
        "styler cell": _styler(_cells().style),
        "styler index": _styler(_frame().style),
        "styler column": _styler(_frame().style.hide(axis="index")),
        "styler caption": _styler(_cells("x").style.set_caption(PAYLOAD)),
        "styler format": _styler(_cells().style.format(precision=1)),
        "styler format escape": _styler(_frame().style.format(escape="html")),
        "styler tooltip": _styler(_cells("x").style.set_tooltips(pd.DataFrame({"comment": [PAYLOAD], "hours": [""]}))),
        "frame": _html(_cells().to_html()),
        "frame unescaped": _html(_frame().to_html(escape=False)),
        "markdown display": {"text/markdown": f"The customer says {PAYLOAD} {SCRIPT}"},
        "html display": _html(f"<p>{PAYLOAD}{SCRIPT}</p>"),
        "javascript": {"application/javascript": FIRE},
        "mermaid": {"text/vnd.mermaid": mermaid},
        "svg": {"image/svg+xml": svg},
        "svg link": _html(f'<svg><a xlink:href="javascript:{FIRE}"><text>x</text></a></svg>'),
        "link": _html(f'<a id="go" href="javascript:{FIRE}">x</a>'),
        "frame in a page": _html(f"<iframe srcdoc='<script>parent.{quoted}</script>'></iframe>"),
        "handler": _html(f'<details ontoggle="{FIRE}" open>x</details>'),
        "focus": _html(f'<p tabindex=0 autofocus onfocus="{FIRE}">x</p>'),
        "latex": {"text/latex": f"$${PAYLOAD}$$"},
        "plain": {"text/plain": PAYLOAD},
        "outside picture": _html(f"<img src='{OUTSIDE}/track.png'>"),
        "outside style": _html(f"<p style='background:url({OUTSIDE}/a.png)'>x</p>"),
        "outside sheet": _html(f"<style>@import '{OUTSIDE}/x.css';</style>"),
    }


def notebook(bundle: dict[str, str] | None = None, *, markdown: str = "", raw: str = "") -> Any:
    """Return an executed notebook that shows the bundle, the Markdown cell or the printed text."""
    cells: list[Any] = [nbformat.v4.new_markdown_cell("# Report\n\n## First part")]
    if bundle is not None:
        cells.append(nbformat.v4.new_code_cell("show()", outputs=[nbformat.v4.new_output("display_data", bundle)]))
    if markdown:
        cells.append(nbformat.v4.new_markdown_cell(markdown))
    if raw:
        error = nbformat.v4.new_output("error", ename="E", evalue=raw, traceback=[raw])
        printed = [nbformat.v4.new_output("stream", name=name, text=raw) for name in ("stdout", "stderr")]
        cells += [nbformat.v4.new_raw_cell(raw), nbformat.v4.new_code_cell(raw, outputs=[error, *printed])]
    return nbformat.v4.new_notebook(cells=cells)
