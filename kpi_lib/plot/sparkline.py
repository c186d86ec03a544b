"""A line the height of a word: how a figure went, beside it in a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

WIDTH, HEIGHT, EDGE = 96, 24, 4
"""Of the drawing, and the room around the line, in pixels."""


def sparkline(values: Sequence[float | None], *, alt: str) -> str:
    """Return an ``<svg>`` of values, oldest first; a missing one leaves a gap, the last is marked.

    Parameters
    ----------
    values
        At least one of them not missing; without any there is nothing to draw and the text is empty.
    alt
        What it shows, in words.
    """
    known = [value for value in values if value is not None]
    if not known:
        return ""
    low, high = min(known), max(known)
    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)

    def place(number: int, value: float) -> tuple[str, str]:
        share = 0.5 if high == low else (value - low) / (high - low)
        return f"{EDGE + number * step:.1f}", f"{HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE):.1f}"

    numbered = [(number, value) for number, value in enumerate(values)]
    lines = [
        " ".join(",".join(place(number, value)) for number, value in run if value is not None)
        for present, run in groupby(numbered, key=lambda one: one[1] is not None)
        if present
    ]
    last = [(number, value) for number, value in numbered if value is not None][-1]
    x, y = place(*last)
    drawn = "".join(f'<polyline points="{line}"/>' for line in lines)
    return (
        f'<svg class="spark" role="img" aria-label="{escape(alt, quote=True)}" viewBox="0 0 {WIDTH} {HEIGHT}">'
        f'{drawn}<circle cx="{x}" cy="{y}" r="2.5"/></svg>'
    )
