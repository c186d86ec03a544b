"""Where everything of a fishbone stands: computed from measured text, so that nothing collides.

All lengths are in points, the spine lies at height 0, up is positive. Bones of one side are parallel and a column
apart; a column is wider than the widest text in it, so texts of neighbouring bones cannot meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from kpi_lib.plot.fishbone_parts import Box, Layout, Placed, PlacedRib, PlacedTwig, Rib, Section, Tone, Twig
from kpi_lib.plot.measured import LINE, widest, wrapped

WIDTH = 825.0
"""Of the picture: 1,100 pixels; more where there are more columns than fit, less where there are few."""
SMALL, NORMAL, LARGE = 8.0, 8.6, 9.6
"""Sizes of type."""
HEAD, TAIL = 132.0, 94.0
"""Widths of head and tail."""
MARGIN, PAD = 8.0, 7.0
NARROWEST, BROADEST = 108.0, 190.0
"""Least and largest width of a column."""
NOSE = 14.0
"""Length of the head's point."""
SLANT = 26.0
"""How far a bone leans over its height."""
LEAN = 11.0
"""How far a bone may lean over the height of one cause."""
GAP = 6.0
"""Between two causes."""


@dataclass(frozen=True)
class _Block:
    """A cause broken into lines."""

    key: str
    twig: Twig
    name: list[str]
    details: list[str]

    @property
    def height(self) -> float:
        return LINE * (NORMAL * len(self.name) + SMALL * len(self.details)) + 2

    @property
    def width(self) -> float:
        return max(widest(self.name, size=NORMAL), widest(self.details, size=SMALL))


@dataclass(frozen=True)
class _Column:
    """A bone broken into lines, in its column (from the left) and on its side (1 above, -1 below)."""

    rib: Rib
    column: int
    side: int
    title: list[str]
    total: list[str]
    blocks: list[_Block]

    @property
    def box_height(self) -> float:
        return LINE * (LARGE * len(self.title) + SMALL * len(self.total)) + 6

    @property
    def reach(self) -> float:
        """Height its causes need above the spine."""
        return sum(block.height + GAP for block in self.blocks) + GAP


def laid_out(sections: Sequence[Section], *, head: Sequence[tuple[str, bool]], tail: Sequence[str]) -> Layout:
    """Return where everything stands.

    Parameters
    ----------
    sections
        Bones along the spine; the last section lies nearest to the head.
    head
        Paragraphs in the head, each with whether it is bold.
    tail
        Lines in the tail.
    """
    filled = [section for section in sections if section.ribs]
    columns = sum(-(-len(section.ribs) // 2) for section in filled)
    tail_width = TAIL if tail else 0.0
    around = HEAD + tail_width + SLANT + 4 * MARGIN
    column_width = min(max(NARROWEST, (WIDTH - around) / max(columns, 1)), BROADEST)
    width = around + column_width * columns
    left = MARGIN + tail_width + SLANT + MARGIN
    built, spans = _columns(filled, column_width)
    texts: list[Placed] = []
    end = left + column_width * columns + MARGIN
    head_box = _place_head(head, end, texts)
    tail_box = _place_tail(tail, texts) if tail else None
    boxes = [head_box, *([tail_box] if tail_box else [])]
    # Boxes of names are as wide as a column, so they stay above head and tail.
    least = max(height for *_, height in boxes) / 2 + GAP
    reach = {side: _reach(built, side, least) for side in (1, -1)}
    ribs: list[PlacedRib] = []
    twigs: list[PlacedTwig] = []
    for each in built:
        joint = left + column_width * (each.column + 1)
        ribs.append(_place_rib(each, joint, reach[each.side], texts))
        twigs += _place_twigs(each, joint, reach[each.side], texts)
    box = {side: max((each.box_height for each in built if each.side == side), default=0.0) for side in (1, -1)}
    over = reach[1] + box[1] + GAP
    brackets = []
    for section, (first, last) in zip(filled, spans, strict=True):
        if section.caption:
            x0 = left - SLANT + column_width * (first + 0.5) + 3
            x1 = left - SLANT + column_width * (last + 0.5) - 3
            lines = wrapped(section.caption, width=x1 - x0, size=NORMAL, bold=True, lines=2)
            brackets.append((x0, x1, over))
            texts += _stack(lines, (x0 + x1) / 2, over + 3 + LINE * NORMAL * len(lines), NORMAL, True, None, "center")
    captions = 2 * LINE * NORMAL if brackets else 0.0
    top = max(over + captions, *(y + height for _, y, _, height in boxes)) + MARGIN
    bottom = min(-(reach[-1] + box[-1]), *(y for _, y, _, _ in boxes)) - MARGIN
    spine = (MARGIN + tail_width if tail else MARGIN, end)
    return Layout(
        width, bottom, top, spine, tuple(texts), tuple(ribs), tuple(twigs), tuple(brackets), head_box, tail_box
    )


def _columns(sections: Sequence[Section], width: float) -> tuple[list[_Column], list[tuple[int, int]]]:
    """Return every bone in its column and side, the weightiest of a section nearest to the head, and their spans."""
    text_width = width - 2 * PAD - LEAN
    built, spans, first = [], [], 0
    for section in sections:
        count = -(-len(section.ribs) // 2)
        for number, rib in enumerate(section.ribs):
            title = wrapped(rib.name, width=width - 2 * PAD, size=LARGE, bold=True, lines=2)
            total = wrapped(rib.total, width=width - 2 * PAD, size=SMALL, lines=2)
            blocks = [_block(key, twig, text_width) for key, twig in rib.twigs]
            column = first + count - 1 - number // 2
            built.append(_Column(rib, column, -1 if number % 2 else 1, title, total, blocks))
        spans.append((first, first + count))
        first += count
    return built, spans


def _block(key: str, twig: Twig, width: float) -> _Block:
    details = [line for text in twig.details for line in wrapped(text, width=width, size=SMALL, lines=3)]
    return _Block(key, twig, wrapped(twig.name, width=width, size=NORMAL, lines=2), details)


def _reach(built: Sequence[_Column], side: int, least: float) -> float:
    """Return the height of a side's bones: what the fullest needs, and no steeper a lean than a cause allows."""
    on_side = [each for each in built if each.side == side]
    if not on_side:
        return 0.0
    tallest = max((block.height for each in built for block in each.blocks), default=0.0)
    return max(least, SLANT * tallest / LEAN, *(each.reach for each in on_side))


def _place_rib(each: _Column, joint: float, reach: float, texts: list[Placed]) -> PlacedRib:
    outer = (joint - SLANT, each.side * reach)
    inner_width = max(widest(each.title, size=LARGE, bold=True), widest(each.total, size=SMALL)) + 10
    low = reach if each.side > 0 else -reach - each.box_height
    box = (outer[0] - inner_width / 2, low, inner_width, each.box_height)
    top = low + each.box_height - 3
    tone: Tone | None = "missing" if each.rib.tone == "missing" else None
    texts += _stack(each.title, outer[0], top, LARGE, True, tone, "center")
    texts += _stack(each.total, outer[0], top - LINE * LARGE * len(each.title), SMALL, False, tone, "center")
    return PlacedRib(each.rib, outer, joint, box)


def _place_twigs(each: _Column, joint: float, reach: float, texts: list[Placed]) -> list[PlacedTwig]:
    """Spread a bone's causes over its height, the first one at the outer end."""
    placed = []
    spare = (reach - each.reach) / max(len(each.blocks), 1)
    y = reach - GAP - spare / 2 if each.side > 0 else -GAP - spare / 2
    for block in each.blocks if each.side > 0 else reversed(each.blocks):
        low = y - block.height
        furthest = max(abs(y), abs(low))
        right = joint - SLANT * furthest / reach - PAD + 2
        tone: Tone | None = "missing" if block.twig.tone == "missing" else None
        texts += _stack(block.name, right, y, NORMAL, False, tone, "right")
        texts += _stack(block.details, right, y - LINE * NORMAL * len(block.name), SMALL, False, tone, "right")
        meets = joint - SLANT * abs(low) / reach
        placed.append(PlacedTwig((each.rib.key, block.key), right - block.width - 2, meets, low, block.twig))
        y = low - GAP - spare
    return placed


def _place_head(
    head: Sequence[tuple[str, bool]], left: float, texts: list[Placed]
) -> tuple[float, float, float, float]:
    broken = [
        (wrapped(text, width=HEAD - 16, size=LARGE if bold else NORMAL, bold=bold, lines=5), bold)
        for text, bold in head
    ]
    height = sum(LINE * (LARGE if bold else NORMAL) * len(lines) + 3 for lines, bold in broken) + 12
    y = height / 2 - 6
    for lines, bold in broken:
        size = LARGE if bold else NORMAL
        texts += _stack(lines, left + 9, y, size, bold, None, "left")
        y -= LINE * size * len(lines) + 3
    return (left, -height / 2, HEAD, height)


def _place_tail(tail: Sequence[str], texts: list[Placed]) -> Box:
    lines = [line for text in tail for line in wrapped(text, width=TAIL - 14, size=SMALL, lines=4)]
    height = LINE * SMALL * len(lines) + 10
    texts += _stack(lines, MARGIN + 6, height / 2 - 5, SMALL, False, None, "left")
    return (MARGIN, -height / 2, TAIL, height)


def _stack(
    lines: Sequence[str],
    x: float,
    top: float,
    size: float,
    bold: bool,
    tone: Tone | None,
    align: Literal["left", "right", "center"],
) -> list[Placed]:
    """Place lines one below the other, the first one's upper edge at ``top``."""
    step = LINE * size
    return [Placed(x, top - step * (row + 0.5), line, size, bold, tone, align) for row, line in enumerate(lines)]
