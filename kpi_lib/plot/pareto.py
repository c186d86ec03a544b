"""Pareto charts: bars from the largest to the smallest, their cumulative share, and the line at 80 %."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kpi_lib.analysis.pareto import VITAL
from kpi_lib.plot.measured import wrapped
from kpi_lib.plot.theme import COLOURS, INK, PAPER, Picture, canvas, to_picture
from kpi_lib.text.language import Language

_BAR = 54.0
"""Width of a bar with its label, in points."""


def pareto_picture(
    bars: pd.DataFrame, *, names: Sequence[str], unit: str, language: Language, name: str, alt: str
) -> Picture:
    """Draw a Pareto chart.

    Parameters
    ----------
    bars
        As :func:`kpi_lib.analysis.pareto.pareto_order` returns them, at least one.
    names
        Of the bars.
    unit
        What is counted, written at the axis.
    language
        Of the words.
    name, alt
        Id and alt text of the picture.
    """
    with canvas(max(4.6, 1.3 + _BAR / 72 * len(bars)), 3.3) as (figure, ax):
        x = np.arange(len(bars))
        counts = bars["count"].to_numpy(float)
        colours = [COLOURS["worse"] if vital else COLOURS["unclear"] for vital in bars["vital"]]
        ax.bar(x, counts, color=colours, edgecolor=INK, linewidth=0.6, width=0.72)
        for place, (value, part) in enumerate(zip(counts, bars["share"], strict=True)):
            # The line starts at the top of the first bar, so its label goes inside.
            first = place == 0
            ax.annotate(
                f"{language.number(value, None if value % 1 else 0)}\n{language.percent(part, 0)}",
                (place, value),
                xytext=(0, -4 if first else 2),
                textcoords="offset points",
                ha="center",
                va="top" if first else "bottom",
                color=PAPER if first else INK,
                fontsize=7.5,
            )
        broken = ["\n".join(wrapped(text, width=_BAR - 6, size=8, lines=3)) for text in names]
        ax.set_xticks(x, broken, fontsize=8)
        ax.tick_params(axis="x", length=0)
        ax.set_ylim(0, counts.sum())
        ax.set_xlim(-0.6, len(bars) - 0.4)
        ax.set_ylabel(unit)
        ax.yaxis.set_major_formatter(lambda value, _: language.number(value, 0))
        share = ax.twinx()
        share.plot(
            x, bars["cumulative"], color=COLOURS["actual"], marker="o", markersize=4, linewidth=1.4, clip_on=False
        )
        share.axhline(VITAL, color=INK, linestyle="--", linewidth=0.9)
        share.set_ylim(0, 1)
        share.set_yticks([0, 0.2, 0.4, 0.6, 0.8, 1.0])
        share.yaxis.set_major_formatter(lambda value, _: language.percent(value, 0))
        share.spines["right"].set_visible(True)
        share.set_ylabel(language.sentence("cumulative share"))
        return to_picture(figure, name=name, alt=alt)


def bar_names(bars: pd.DataFrame, language: Language, labels: Sequence[str] | None = None) -> list[str]:
    """Return the names of the bars, ``labels`` instead of their own where given; what is left is counted."""
    own = list(labels) if labels is not None else [str(label) for label in bars["label"]]
    rest = bars["label"].isna()
    return [
        language.plural("{n} other", "{n} others", int(n)) if left else own[place]
        for place, (left, n) in enumerate(zip(rest, bars["n_labels"], strict=True))
    ]
