"""How every picture looks: colours that mean something, fonts that hold Chinese, SVG with real text."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from kpi_lib.plot.slim import slim
from kpi_lib.plot.svg import svg_of

COLOURS: Final = {
    "better": "#1f7a8c",
    "worse": "#c8553d",
    "unclear": "#8a8f98",
    "actual": "#3b6ea5",
    "baseline": "#a5843b",
    "target": "#2f7d4f",
    "open": "#c8553d",
    "grid": "#9aa0a8",
}
"""Colours by meaning. Told apart without red and green (blue-green against orange-red) and, as marks that mean opposite
things differ in shape or hatch too, in grey. Each keeps 3:1 contrast on white."""

INK: Final = "#20262e"
"""Colour of text and axes."""

TEXT: Final = {"font-size": "9.5px", "fill": INK}
"""What most of the text in a picture looks like; said once, on the picture."""

WIDE: Final = 400
"""Width in points above which a picture does not fit on a telephone as it is."""

LEAST_PIXELS: Final = 560
"""Width in CSS pixels below which the words of a wide picture could not be read."""

PAPER: Final = "#ffffff"
"""Ground of every picture, also on a dark page: the colours carry meaning and were chosen for it."""

CJK_FAMILIES: Final = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Microsoft YaHei",
    "SimHei",
)
"""Font families with simplified Chinese, the ones looked for first."""

FONT_STACK: Final = (
    "'DejaVu Sans',Verdana,'Noto Sans CJK SC','PingFang SC','Microsoft YaHei','WenQuanYi Micro Hei',sans-serif"
)
"""Fonts of the text in a picture as the reader sees it."""

REMEDY: Final = (
    "no font with Chinese characters was found: labels in pictures will be measured wrongly, and show as boxes where "
    "the reader has none either. Install one: apt-get install fonts-noto-cjk, or pip install 'aftersales-kpi[cjk]'"
)


@dataclass(frozen=True)
class Picture:
    """A drawn picture.

    Parameters
    ----------
    svg
        ``<svg>`` element with real text, the alt text as its label.
    alt
        What it shows, in words.
    least_pixels
        Width below which it is scrolled and shrinks no further; 0 for a picture that fits everywhere.
    """

    svg: str
    alt: str
    least_pixels: int = 0


@cache
def cjk_family() -> str | None:
    """Return a font family with simplified Chinese: an installed one, else the ``[cjk]`` extra's, else None.

    Warns once, with the remedy, when there is none.
    """
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    for family in CJK_FAMILIES:
        if family in installed:
            return family
    for path in _packaged_fonts():
        font_manager.fontManager.addfont(path)
        added = {entry.name for entry in font_manager.fontManager.ttflist if entry.fname == str(path)}
        for family in CJK_FAMILIES:
            if family in added:
                return family
    warnings.warn(REMEDY, UserWarning, stacklevel=2)
    return None


def _packaged_fonts() -> list[Path]:
    spec = find_spec("noto_cjk_sans_otc")
    if spec is None or not spec.submodule_search_locations:
        return []
    return [path for folder in spec.submodule_search_locations for path in sorted(Path(folder).rglob("*.ttc"))]


def _settings() -> dict[Any, Any]:
    chinese = cjk_family()
    return {
        "font.family": ["DejaVu Sans", *([chinese] if chinese else [])],
        "font.size": 9.5,
        "svg.fonttype": "none",
        # Element names from content, not from chance: the same data give the same file.
        "svg.hashsalt": "kpi",
        # Names from data may hold dollars and backslashes; they are not formulas.
        "text.parse_math": False,
        "axes.unicode_minus": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": INK,
        "axes.labelcolor": INK,
        "axes.axisbelow": True,
        "text.color": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "figure.facecolor": "none",
        "axes.facecolor": "none",
        "savefig.facecolor": "none",
        "figure.dpi": 100,
        "hatch.linewidth": 0.8,
        "hatch.color": INK,
    }


@contextmanager
def canvas(width: float, height: float) -> Iterator[tuple[Figure, Axes]]:
    """Give a figure with one axes, in inches, under the theme; nothing outside is changed."""
    with mpl.rc_context(_settings()):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure, figure.subplots()


def to_picture(figure: Figure, *, name: str, alt: str) -> Picture:
    """Turn a figure into a picture; call it inside :func:`canvas`.

    Parameters
    ----------
    figure
        What was drawn.
    name
        Unique on the page; prefixes the ids inside the SVG, which would collide between pictures otherwise.
    alt
        What it shows, in words.

    Warns
    -----
    UserWarning
        A character no font at hand has; it would show as a box.
    """
    svg = svg_of(figure)
    width, height = (72 * inches for inches in figure.get_size_inches())
    return Picture(
        _opening(alt, width, height) + slim(svg, name=name, inherited=TEXT) + "</svg>",
        alt,
        LEAST_PIXELS if width > WIDE else 0,
    )


def _opening(alt: str, width: float, height: float) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{escape(alt, quote=True)}" '
        f'viewBox="0 0 {width:g} {height:g}" stroke-linejoin="round" stroke-linecap="butt" '
        f'style="width:{width * 4 / 3:.0f}px;max-width:100%;height:auto;vertical-align:top;background-color:{PAPER};'
        f'font-family:{FONT_STACK};{";".join(f"{key}:{value}" for key, value in TEXT.items())}">'
    )


def head(ax: Axes, name: str, finding: str) -> None:
    """Write a panel's heading: what is drawn in bold, and under it what it shows."""
    # Its height is given: to find it, matplotlib would measure every label of both axes, twice.
    ax.set_title(name, loc="left", fontsize=10, fontweight="bold", y=1, pad=17)
    ax.annotate(
        finding, (0, 1), xytext=(0, 5), xycoords="axes fraction", textcoords="offset points", fontsize=9, color=INK
    )
