"""Cause-and-effect diagrams: head, bones by their weight, causes with figure and n, arrows between causes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Polygon

from kpi_lib.plot.fishbone_layout import NOSE, laid_out
from kpi_lib.plot.fishbone_parts import Layout, PlacedRib, PlacedTwig, Section, Tone
from kpi_lib.plot.theme import COLOURS, INK, PAPER, Picture, canvas, to_picture

_POINTS = 72.0
_PALE = "#6b7079"
"""Text of what was not measured; 4.9:1 on white."""
_TONES: Mapping[Tone, str] = {
    "worse": COLOURS["worse"],
    "better": COLOURS["better"],
    "unclear": COLOURS["unclear"],
    "missing": "#c9cdd3",
}


@dataclass(frozen=True)
class Arrow:
    """A relation between two causes, each ``(bone, cause)``; solid where it was found, dashed where declared."""

    cause: tuple[str, str]
    effect: tuple[str, str]
    found: bool


def fishbone_picture(
    sections: Sequence[Section],
    *,
    head: Sequence[tuple[str, bool]],
    tail: Sequence[str],
    arrows: Sequence[Arrow] = (),
    name: str,
    title: str,
    alt: str,
) -> Picture:
    """Draw a fishbone, 1,100 pixels wide with up to five columns of bones.

    Parameters
    ----------
    sections
        Bones along the spine, the last section nearest to the head.
    head, tail
        Paragraphs of the head, each with whether it is bold; lines of the tail.
    arrows
        Relations; one whose ends are not both drawn is left out.
    name, title, alt
        Id of the picture, its title and what it shows, for those who cannot see it.
    """
    layout = laid_out(sections, head=head, tail=tail)
    with canvas(layout.width / _POINTS, (layout.top - layout.bottom) / _POINTS) as (figure, ax):
        draw(figure, ax, layout, arrows)
        return _described(to_picture(figure, name=name, alt=alt), title, alt)


def draw(figure: Figure, ax: Axes, layout: Layout, arrows: Sequence[Arrow] = ()) -> None:
    """Draw a layout on axes that fill the figure, one unit to the point."""
    figure.set_layout_engine("none")
    ax.set_position((0, 0, 1, 1))
    ax.set_axis_off()
    ax.set(xlim=(0, layout.width), ylim=(layout.bottom, layout.top))
    ax.plot(layout.spine, (0, 0), color=INK, linewidth=3, solid_capstyle="butt", zorder=2)
    _draw_head(ax, layout)
    _draw_tail(ax, layout)
    for rib in layout.ribs:
        _draw_rib(ax, rib)
    for twig in layout.twigs:
        _draw_twig(ax, twig)
    _draw_arrows(ax, layout, arrows)
    for left, right, y in layout.brackets:
        ax.plot((left, left, right, right), (y - 4, y, y, y - 4), color=_PALE, linewidth=0.9, zorder=2)
    for text in layout.texts:
        ax.text(
            text.x,
            text.y,
            text.text,
            fontsize=text.size,
            fontweight="bold" if text.bold else "normal",
            color=_PALE if text.tone == "missing" else INK,
            ha=text.align,
            va="center",
            zorder=5,
        )


def _draw_head(ax: Axes, layout: Layout) -> None:
    x, y, width, height = layout.head
    outline = [(x, y), (x + width - NOSE, y), (x + width, 0), (x + width - NOSE, y + height), (x, y + height)]
    ax.add_patch(Polygon(outline, closed=True, facecolor=PAPER, edgecolor=INK, linewidth=1.6, zorder=4))


def _draw_tail(ax: Axes, layout: Layout) -> None:
    if layout.tail is None:
        return
    x, y, width, height = layout.tail
    style = f"round,pad=0,rounding_size={min(height, 8) / 2}"
    box = FancyBboxPatch((x, y), width, height, boxstyle=style, facecolor=PAPER, edgecolor=_PALE, linewidth=1, zorder=4)
    ax.add_patch(box)


def _draw_rib(ax: Axes, placed: PlacedRib) -> None:
    rib = placed.rib
    colour, dashes = _TONES[rib.tone], "--" if rib.dashed else "-"
    ax.plot(
        (placed.outer[0], placed.joint),
        (placed.outer[1], 0),
        color=colour,
        linestyle=dashes,
        linewidth=1.2 + 5 * rib.weight,
        solid_capstyle="butt",
        zorder=1,
    )
    x, y, width, height = placed.box
    ax.add_patch(
        FancyBboxPatch(
            (x, y),
            width,
            height,
            boxstyle="round,pad=0,rounding_size=3",
            facecolor=PAPER,
            edgecolor=colour,
            linestyle=dashes,
            linewidth=1.6 if rib.weight else 1,
            zorder=3,
        )
    )


def _draw_twig(ax: Axes, placed: PlacedTwig) -> None:
    ax.plot(
        (placed.left, placed.right),
        (placed.y, placed.y),
        color=_TONES[placed.twig.tone],
        linestyle="--" if placed.twig.dashed else "-",
        linewidth=0.8 if placed.twig.tone == "missing" else 1.3,
        zorder=1,
    )


def _draw_arrows(ax: Axes, layout: Layout, arrows: Sequence[Arrow]) -> None:
    """Draw arrows from the end of one cause's line to another's, under the text."""
    ends = {twig.place: (twig.left, twig.y) for twig in layout.twigs}
    for arrow in arrows:
        if arrow.cause in ends and arrow.effect in ends:
            ax.add_patch(
                FancyArrowPatch(
                    ends[arrow.cause],
                    ends[arrow.effect],
                    connectionstyle="arc3,rad=0.18",
                    arrowstyle="-|>",
                    mutation_scale=9,
                    color=COLOURS["actual"],
                    alpha=0.75,
                    linewidth=1.1 if arrow.found else 0.8,
                    linestyle="-" if arrow.found else (0, (4, 3)),
                    zorder=2.5,
                )
            )


def _described(picture: Picture, title: str, alt: str) -> Picture:
    """Put title and description first into the picture, where a screen reader looks for them."""
    start = picture.svg.index(">") + 1
    inside = f"<title>{escape(title)}</title><desc>{escape(alt)}</desc>"
    return replace(picture, svg=picture.svg[:start] + inside + picture.svg[start:])
