"""Every way text from a ticket was seen to run as a script on the page nbconvert makes, and some more.

Each route marks the page with its own name when it runs.
"""

from __future__ import annotations

from typing import Any

import nbformat
import pandas as pd
from pandas.io.formats.style import Styler

OUTSIDE = "https://example.org"

STOCK = frozenset({
    "styler cell", "styler index", "styler column", "styler caption", "styler format", "styler format escape",
    "frame unescaped", "markdown display", "html display", "markdown cell", "javascript",
})  # fmt: skip
"""Routes that run on nbconvert's own page without a network; its twelfth, mermaid, needs a library from outside."""


def fire(route: str, window: str = "window") -> str:
    """Return a script that marks the page of a window; it holds no double quote."""
    marks = f"{window}.document.documentElement.dataset"
    return f"{marks}.fired=({marks}.fired||'')+'|{route}|'"


def payload(route: str) -> str:
    return f'<img src=data:, onerror="{fire(route)}">'


def script(route: str) -> str:
    return f"<script>{fire(route)}</script>"


def _frame(route: str) -> pd.DataFrame:
    return pd.DataFrame({payload(route): [1.5]}, index=[payload(route)])


def _cells(text: str) -> pd.DataFrame:
    return pd.DataFrame({"comment": [text], "hours": [1.5]})


def _styled(styler: Styler) -> str:
    return styler.to_html()


def _html(route: str) -> str | None:
    """Return the HTML a notebook shows by this route."""
    attack, run = payload(route), fire(route)
    link = f"javascript:void({run})"
    above = fire(route, "parent").replace("'", "&quot;")
    tooltips = pd.DataFrame({"comment": [attack], "hours": [""]})
    shown = {
        "styler cell": lambda: _styled(_cells(attack).style),
        "styler index": lambda: _styled(pd.DataFrame({"a": [1]}, index=[attack]).style),
        "styler column": lambda: _styled(_frame(route).style.hide(axis="index")),
        "styler caption": lambda: _styled(_cells("x").style.set_caption(attack)),
        "styler format": lambda: _styled(_cells(attack).style.format(precision=1)),
        "styler format escape": lambda: _styled(_frame(route).style.format(escape="html")),
        "styler tooltip": lambda: _styled(_cells("x").style.set_tooltips(tooltips)),
        "frame": lambda: _cells(attack).to_html(),
        "frame unescaped": lambda: _frame(route).to_html(escape=False),
        "html display": lambda: f"<p>{attack}{script(route)}</p>",
        "link": lambda: f'<a class="go" href="{link}">x</a>',
        "link in a drawing": lambda: f'<svg><a class="go" xlink:href="{link}"><text>x</text></a></svg>',
        "page as data": lambda: f"<iframe src='data:text/html,<script>{above}</script>'></iframe>",
        "link to data": lambda: f'<a href="data:text/html,{script(route)}">x</a>',
        "picture as data": lambda: f"<img src='data:image/svg+xml,<svg onload=%22{run}%22/>'>",
        "frame in a page": lambda: f"<iframe srcdoc='<script>{above}</script>'></iframe>",
        "handler": lambda: f'<details ontoggle="{run}" open>x</details>',
        "focus": lambda: f'<p tabindex=0 autofocus onfocus="{run}">x</p>',
        "drawing in html": lambda: f'<svg onload="{run}"><text>x</text>{script(route)}</svg>',
        "html in a drawing": lambda: f"<svg><foreignObject><p>{attack}</p></foreignObject></svg>",
        "animation": lambda: f'<svg><animate onbegin="{run}" attributeName="x" dur="1s"/></svg>',
        "object": lambda: f"<object data='data:text/html,{script(route)}'></object><embed src='{OUTSIDE}/e'>",
        "form": lambda: f'<form action="{OUTSIDE}"><button class="go" formaction="{link}">x</button></form>',
        "formula markup": lambda: f"<math><mtext><table><mglyph><style><!--</style>{attack}",
        "outside picture": lambda: f"<img src='{OUTSIDE}/track.png'><svg><image href='{OUTSIDE}/i.png'/></svg>",
        "outside style": lambda: f"<p style='background:url({OUTSIDE}/a.png)'>x</p>",
        "outside fill": lambda: f"<svg><g style='fill:url({OUTSIDE}/#f)' filter='url({OUTSIDE}/#f)'/></svg>",
        "outside sheet": lambda: f"<style>@import '{OUTSIDE}/x.css'; p {{background: url({OUTSIDE}/b.png)}}</style>",
        "another base": lambda: f"<base href='{OUTSIDE}'>",
    }  # fmt: skip
    return shown[route]() if route in shown else None


HTML_ROUTES = (
    "styler cell", "styler index", "styler column", "styler caption", "styler format", "styler format escape",
    "styler tooltip", "frame", "frame unescaped", "html display", "link", "link in a drawing", "page as data",
    "link to data", "picture as data", "frame in a page", "handler", "focus", "drawing in html", "html in a drawing",
    "animation", "object", "form", "formula markup", "outside picture", "outside style", "outside fill",
    "outside sheet", "another base",
)  # fmt: skip
"""Routes through HTML that a notebook shows."""


def _bundles() -> dict[str, dict[str, Any]]:
    """Return what a notebook displays, by route."""
    svg = '<svg viewBox="0 0 9 9" onload="{}"><text>{}</text>{}</svg>'
    widget = {"version_major": 2, "version_minor": 0, "model_id": payload("widget")}
    html = {route: {"text/html": _html(route)} for route in HTML_ROUTES}
    return {
        **html,
        "markdown display": {"text/markdown": f"Says {payload('markdown display')} {script('markdown display')}"},
        "markdown link": {"text/markdown": f"[x](javascript:void({fire('markdown link')}))"},
        "javascript": {"application/javascript": fire("javascript")},
        "mermaid": {"text/vnd.mermaid": f'graph TD\n  A["{payload("mermaid")}"] --> B'},
        "svg": {"image/svg+xml": svg.format(fire("svg"), payload("svg"), script("svg"))},
        "svg with html": {"image/svg+xml": f"<svg><foreignObject>{payload('svg with html')}</foreignObject></svg>"},
        "latex": {"text/latex": f"$${payload('latex')}$$ $$\\href{{javascript:{fire('latex')}}}{{x}}$$"},
        "plain": {"text/plain": payload("plain") + script("plain")},
        "widget": {
            "application/vnd.jupyter.widget-view+json": widget,
            "text/plain": payload("widget"),
        },
        "plot program": {
            "application/vnd.plotly.v1+json": {"data": [{"text": payload("plot program")}]},
            "text/html": f"<div>{script('plot program')}</div>",
        },
    }


def _markdown(route: str) -> Any:
    fenced = f"```mermaid\ngraph TD\n A[{payload(route)}]\n```"
    return nbformat.v4.new_markdown_cell(f"## {payload(route)}\n\n{payload(route)} {script(route)}\n\n{fenced}")


def _said(route: str) -> list[Any]:
    text = payload(route) + script(route)
    error = nbformat.v4.new_output("error", ename="E", evalue=text, traceback=[text])
    printed = [nbformat.v4.new_output("stream", name=name, text=text) for name in ("stdout", "stderr")]
    return [nbformat.v4.new_raw_cell(text), nbformat.v4.new_code_cell(text, outputs=[error, *printed])]


def notebook() -> Any:
    """Return an executed notebook that tries every route."""
    cells: list[Any] = [nbformat.v4.new_markdown_cell("# Report"), _markdown("markdown cell")]
    for route, bundle in _bundles().items():
        shown = nbformat.v4.new_output("display_data", bundle, metadata={"alt": payload(f"{route}, alt text")})
        cells.append(nbformat.v4.new_code_cell("show()", outputs=[shown]))
    return nbformat.v4.new_notebook(cells=[*cells, *_said("printed, raised, typed")])


def html_alone() -> str:
    """Return all HTML of the corpus, as it would stand on a page that let everything through."""
    return "".join(f"<div>{_html(route)}</div>" for route in HTML_ROUTES)
