"""A line a little higher than a word, on the band its earlier periods leave it: for one cell of a table."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import groupby
from typing import TypeVar

from kpi_lib.plot.theme import COLOURS, INK, PAPER

WIDTH, HEIGHT, EDGE = 168, 36, 5
"""Of the drawing, and the room around the line, in pixels."""

T = TypeVar("T")
Band = Sequence[tuple[float, float]]


def course_svg(values: Sequence[float], *, band: Band, beyond: Sequence[int], worse: int, alt: str) -> str:
    """Return an ``<svg>`` of values, oldest first, on a scale from 0.

    Parameters
    ----------
    values
        ``nan`` leaves a gap; the last one is marked.
    band
        Lower and upper limit at each value; ``nan`` where there are none.
    beyond
        +1, -1 or 0 per value: those beyond the band are marked, a diamond for the worse side, a ring for the better.
    worse
        Side that is worse: +1 above the band, -1 below.
    alt
        What it shows, in words.
    """
    known = [*values, *(edge for pair in band for edge in pair)]
    top = max((value for value in known if not math.isnan(value)), default=0.0) or 1.0
    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)

    def place(number: int, value: float) -> tuple[float, float]:
        return round(EDGE + number * step, 1), round(HEIGHT - EDGE - value / top * (HEIGHT - 2 * EDGE), 1)

    drawn = [
        _band([(place(i, lo), place(i, hi)) for i, (lo, hi) in run]) for run in _unbroken(enumerate(band), _has_limits)
    ]
    there = [(i, value) for i, value in enumerate(values)]
    lines = [" ".join(f"{x:g},{y:g}" for x, y in (place(*one) for one in run)) for run in _unbroken(there, _is_there)]
    stroke = f'fill="none" stroke="{COLOURS["actual"]}" stroke-width="1.6"'
    drawn += [f'<polyline points="{line}" {stroke}/>' for line in lines]
    drawn += [_mark(place(i, value), side * worse) for (i, value), side in zip(there, beyond, strict=True) if side]
    last = [one for one in there if not math.isnan(one[1])][-1:]
    drawn += [_dot(place(*one)) for one in last if not beyond[one[0]]]
    return (
        f'<svg role="img" aria-label="{escape(alt, quote=True)}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'style="width:{WIDTH}px;max-width:none;height:{HEIGHT}px;background-color:{PAPER};vertical-align:middle">'
        f"{''.join(drawn)}</svg>"
    )


def _unbroken(points: Iterable[tuple[int, T]], there: Callable[[T], bool]) -> list[list[tuple[int, T]]]:
    """Return the stretches without a gap."""
    runs = (list(run) for present, run in groupby(points, key=lambda one: there(one[1])) if present)
    return list(runs)


def _is_there(value: float) -> bool:
    return not math.isnan(value)


def _has_limits(pair: tuple[float, float]) -> bool:
    return not any(math.isnan(edge) for edge in pair)


def _band(run: list[tuple[tuple[float, float], tuple[float, float]]]) -> str:
    around = [lower for lower, _ in run] + [upper for _, upper in reversed(run)]
    points = " ".join(f"{x:g},{y:g}" for x, y in around)
    return f'<polygon points="{points}" fill="{COLOURS["grid"]}" fill-opacity=".28"/>'


def _mark(at: tuple[float, float], side: int) -> str:
    (x, y), colour = at, COLOURS["worse" if side > 0 else "better"]
    if side > 0:
        corners = f"{x:g},{y - 4:g} {x + 4:g},{y:g} {x:g},{y + 4:g} {x - 4:g},{y:g}"
        return f'<polygon points="{corners}" fill="{colour}" stroke="{INK}" stroke-width=".6"/>'
    return f'<circle cx="{x:g}" cy="{y:g}" r="3" fill="{PAPER}" stroke="{colour}" stroke-width="1.8"/>'


def _dot(at: tuple[float, float]) -> str:
    return f'<circle cx="{at[0]:g}" cy="{at[1]:g}" r="2.6" fill="{COLOURS["actual"]}"/>'
