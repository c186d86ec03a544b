"""Pictures of counts: bars by category, one part of each bar told from the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kpi_lib.plot.theme import COLOURS, INK, Picture, canvas, head, to_picture
from kpi_lib.text.language import Language


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
