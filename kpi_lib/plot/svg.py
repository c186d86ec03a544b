"""A figure as SVG: laid out and drawn once each, every word measured once in a process.

Matplotlib's ``savefig`` lays a figure out by drawing it a first time for nothing, and measures each word anew for every
figure; most words of a page (months, percentages, names of indicators) stand in several of its drawings.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any, Final

from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

POINTS: Final = 72
"""To the inch: the resolution of an SVG."""

_METADATA: Final = dict.fromkeys(("Date", "Creator", "Format", "Type"))


def svg_of(figure: Figure) -> str:
    """Return a figure as an ``<svg>`` element; call it under the settings the figure was made with."""
    file = io.StringIO()
    width, height = figure.get_size_inches()
    figure.set_dpi(POINTS)
    renderer = _Renderer(width * POINTS, height * POINTS, file, metadata=_METADATA)  # type: ignore[no-untyped-call]
    _Canvas(figure, renderer)
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    figure.draw(renderer)
    renderer.finalize()  # type: ignore[no-untyped-call]
    text = file.getvalue()
    return text[text.index("<svg") :]


@lru_cache(maxsize=8192)
def _measured(text: str, font: FontProperties, ismath: bool) -> tuple[float, float, float]:
    return text_to_path.get_text_width_height_descent(text, font, ismath)


class _Renderer(RendererSVG):
    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> tuple[float, float, float]:
        """Return width, height and descent in points."""
        return _measured(s, prop, ismath)


class _Canvas(FigureCanvasSVG):
    """Tells the layout which renderer to measure with."""

    def __init__(self, figure: Figure, renderer: RendererSVG) -> None:
        super().__init__(figure)
        self._renderer = renderer

    def get_renderer(self) -> RendererSVG:
        """Return the renderer the figure will be drawn with."""
        return self._renderer
