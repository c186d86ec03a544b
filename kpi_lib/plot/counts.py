"""Pictures of counts: bars by category, one part of each bar told from the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from kpi_lib.plot.theme import COLOURS, INK, Picture, canvas, head, to_picture
from kpi_lib.text.language import Language

SMALL = (3.3, 1.7)
"""Width and height of a small multiple of counts, in inches."""


@dataclass(frozen=True)
class Part:
    """One part of stacked bars: its name, its colour by meaning, its hatch and a number per category."""

    name: str
    colour: str
    hatch: str
    values: Sequence[float]


def count_bars(
    categories: Sequence[str],
    parts: Sequence[Part],
    *,
    labels: Sequence[str],
    language: Language,
    name: str,
    alt: str,
    title: str = "",
    finding: str = "",
) -> Picture:
    """Draw horizontal bars stacked from ``parts``, each labelled at its end.

    Parameters
    ----------
    categories
        Names of the bars, top to bottom.
    parts
        What each bar is made of, from the axis outwards.
    labels
        Text at the end of each bar.
    language
        For the legend, which is drawn when there is more than one part.
    name, alt
        Id and alt text of the picture.
    title, finding
        Heading, for a picture that stands beside others.
    """
    legend = len(parts) > 1
    with canvas(4.6, 0.35 + 0.34 * len(categories) + (0.3 if legend else 0) + (0.35 if title else 0)) as (figure, ax):
        if title:
            head(ax, title, finding)
        left = np.zeros(len(categories))
        for part in parts:
            widths = np.asarray(part.values, dtype=float)
            ax.barh(
                range(len(categories)),
                widths,
                left=left,
                color=COLOURS[part.colour],
                alpha=0.85,
                hatch=part.hatch,
                edgecolor=INK,
                linewidth=0.6,
                height=0.7,
                label=part.name,
            )
            left = left + widths
        for place, (end, label) in enumerate(zip(left, labels, strict=True)):
            ax.annotate(label, (end, place), xytext=(5, 0), textcoords="offset points", va="center", fontsize=9)
        ax.set_yticks(range(len(categories)), list(categories))
        ax.invert_yaxis()
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.set_xlim(0, max(left.max(), 1e-9) * 1.35)
        if legend:
            figure.legend(loc="outside lower left", ncols=len(parts), frameon=False, fontsize=9)
        return to_picture(figure, name=name, alt=alt)


def count_columns(
    periods: Sequence[str],
    counts: Sequence[int],
    *,
    written: Callable[[float], str],
    name: str,
    title: str,
    finding: str,
    alt: str,
) -> Picture:
    """Draw one upright bar per period, as small as the other small multiples.

    Parameters
    ----------
    periods, counts
        Labels and heights, oldest first; about three labels are shown.
    written
        How a count is written on the axis.
    name, title, finding, alt
        Id, heading, what it shows, and alt text of the picture.
    """
    with canvas(*SMALL) as (figure, ax):
        head(ax, title, finding)
        x = np.arange(len(counts))
        ax.bar(x, counts, color=COLOURS["actual"], alpha=0.85, width=0.8)
        labelled = x[::-1][:: -(-len(x) // 3)][::-1]
        ax.set_xticks(labelled, [periods[place] for place in labelled])
        ax.yaxis.set_major_locator(MaxNLocator(3, integer=True))
        ax.yaxis.set_major_formatter(lambda value, _: written(value))
        ax.grid(axis="y", color=COLOURS["grid"], linewidth=0.5, alpha=0.35)
        return to_picture(figure, name=name, alt=alt)
