"""Text as wide as it will be drawn: measured, and broken into lines that fit."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache, lru_cache

from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.font_manager import FontProperties

from kpi_lib.plot.theme import cjk_family

LINE = 1.32
"""Height of a line, as a multiple of the font's size."""

READERS_FONT = 1.05
"""How much wider a browser may set the text than it was measured here."""

# A Chinese character may end a line, a closing mark must not begin one; a Latin word stays whole.
_CLOSING = "[，。、；：！？）】》”’%％…]*"
_TOKEN = re.compile(rf" +|[　-〿㐀-䶿一-鿿＀-￯]{_CLOSING}|[^ 　-〿㐀-䶿一-鿿＀-￯]+{_CLOSING}")


_BLANKS = re.compile(r"[^\S\u00a0]+")
"""Runs of blanks, no-break spaces apart: those hold a number and its unit together."""


@cache
def _renderer() -> RendererAgg:
    return RendererAgg(1, 1, 72)  # type: ignore[no-untyped-call]


@cache
def _font(size: float, bold: bool) -> FontProperties:
    chinese = cjk_family()
    families = ["DejaVu Sans", *([chinese] if chinese else [])]
    return FontProperties(family=families, size=size, weight="bold" if bold else "normal")


@lru_cache(maxsize=20_000)
def width_of(text: str, *, size: float, bold: bool = False) -> float:
    """Return the width of one line of text in points, with what the reader's font may need more."""
    renderer = _renderer()
    width, _, _ = renderer.get_text_width_height_descent(text, _font(size, bold), False)  # type: ignore[no-untyped-call]
    return float(width) * READERS_FONT


def wrapped(text: str, *, width: float, size: float, bold: bool = False, lines: int = 3) -> list[str]:
    """Return the text in lines of at most ``width`` points, cut with an ellipsis after ``lines``.

    Parameters
    ----------
    text
        One line; blanks of any kind are single spaces.
    width
        In points; a word that is wider is broken.
    size, bold
        Of the font.
    lines
        At most so many.
    """

    def fits(line: str) -> bool:
        return width_of(line, size=size, bold=bold) <= width

    found: list[str] = []
    current = ""
    for token in _pieces(_BLANKS.sub(" ", text).strip(" "), fits):
        if fits((current + token).rstrip()) or not current.strip():
            current += token
            continue
        found.append(current.strip())
        current = token.lstrip()
    found.append(current.strip())
    found = [line for line in found if line]
    return found if len(found) <= lines else [*found[: lines - 1], _cut(found[lines - 1], fits)]


def widest(lines: Sequence[str], *, size: float, bold: bool = False) -> float:
    """Return the width of the widest line in points; 0 for none."""
    return max((width_of(line, size=size, bold=bold) for line in lines), default=0.0)


def _pieces(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Return what may be put on a line of its own: words, characters, and the characters of words too wide."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        found += [token] if fits(token) else list(token)
    return found


def _cut(line: str, fits: Callable[[str], bool]) -> str:
    while line and not fits(line.rstrip() + "…"):
        line = line[:-1]
    return line.rstrip() + "…"
