"""Pictures of the scorecard: an indicator's last months, and its value beside baseline and target."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from kpi_lib.analysis.records import Row
from kpi_lib.analysis.status import Status
from kpi_lib.kpi.definition import Unit
from kpi_lib.kpi.shown import shown
from kpi_lib.plot.theme import COLOURS, INK, Picture, canvas, head, to_picture
from kpi_lib.text.language import Language

PANEL = (3.6, 2.2)
"""Width and height of one small multiple, in inches."""

STATUS_MARKS: Mapping[str, tuple[str, str]] = {
    Status.MET: (COLOURS["better"], "o"),
    Status.CANNOT_TELL: (COLOURS["unclear"], "D"),
    Status.BELOW_TARGET: (COLOURS["worse"], "v"),
    Status.BELOW_BASELINE: (COLOURS["worse"], "X"),
}
"""Colour and shape of the last point by verdict; shape alone tells them apart in grey."""


def line_panel(
    history: pd.DataFrame, row: Row, *, language: Language, name: str, title: str, finding: str, alt: str
) -> Picture:
    """Draw one indicator over its periods with interval, baseline and target.

    Parameters
    ----------
    history
        The KPI's ``period, value, lo, hi, provisional`` rows, oldest first.
    row
        Its row of the scorecard's indicators.
    language
        For the labels.
    name, title, finding, alt
        Id, heading, what it shows, and alt text of the picture.
    """
    with canvas(*PANEL) as (figure, ax):
        head(ax, title, finding)
        x = np.arange(len(history))
        ax.fill_between(x, history["lo"], history["hi"], color=COLOURS["actual"], alpha=0.18, linewidth=0)
        ax.plot(x, history["value"], color=COLOURS["actual"], marker=".", markersize=5, linewidth=1.4)
        _level(ax, row["baseline"], "baseline", language.sentence("baseline"), row["unit"], language)
        _level(ax, row["target"], "target", language.sentence("target"), row["unit"], language)
        _last_point(ax, history, row, language)
        labelled = x[::-1][:: max(1, -(-len(x) // 4))][::-1]
        ax.set_xticks(labelled, history["period"].iloc[labelled])
        value_axis(ax, row["unit"], language, axis="y")
        ax.margins(x=0.03)
        return to_picture(figure, name=name, alt=alt)


def _last_point(ax: Axes, history: pd.DataFrame, row: Row, language: Language) -> None:
    if np.isnan(row["value"]):
        return
    colour, marker = STATUS_MARKS.get(row["status"], (COLOURS["actual"], "o"))
    ax.plot(
        [len(history) - 1],
        [row["value"]],
        marker=marker,
        markersize=8,
        color=colour,
        markeredgecolor=INK,
        # Hollow while the value can still move.
        fillstyle="none" if row["provisional"] else "full",
        clip_on=False,
        zorder=4,
    )


def _level(ax: Axes, level: float, key: str, word: str, unit: Unit, language: Language) -> None:
    if np.isnan(level):
        return
    ax.axhline(level, color=COLOURS[key], linestyle="-" if key == "target" else "--", linewidth=1.2)
    ax.annotate(
        f"{word} {shown(level, unit, language)}",
        (1.01, level),
        xycoords=("axes fraction", "data"),
        va="center",
        fontsize=8,
        color=COLOURS[key],
    )


def bars_panel(row: Row, *, language: Language, name: str, title: str, finding: str, alt: str) -> Picture:
    """Draw baseline, target and industry beside the actual value of one indicator, from zero."""
    # Fill, hatch and a light fill tell the bars apart in grey; a hatch of dots would weigh 100 KB in SVG.
    bars = [
        (language.sentence("actual"), row["value"], COLOURS["actual"], 0.9, ""),
        (language.sentence("baseline"), row["baseline"], COLOURS["baseline"], 0.7, "///"),
        (language.sentence("target"), row["target"], COLOURS["target"], 0.35, ""),
        (language.sentence("industry"), row["industry"], COLOURS["unclear"], 0.25, ""),
    ]
    drawn = [bar for bar in bars if not np.isnan(bar[1])]
    with canvas(PANEL[0], 0.6 + 0.28 * len(drawn)) as (figure, ax):
        head(ax, title, finding)
        for place, (word, value, colour, alpha, hatch) in enumerate(drawn):
            ax.barh(place, value, color=colour, alpha=alpha, hatch=hatch, edgecolor=INK, linewidth=0.6, height=0.66)
            end = value if word != bars[0][0] or np.isnan(row["hi"]) else max(value, row["hi"])
            ax.annotate(
                shown(value, row["unit"], language),
                (end, place),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=9,
            )
        if not (np.isnan(row["value"]) or np.isnan(row["lo"]) or np.isnan(row["hi"])):
            ax.plot([row["lo"], row["hi"]], [0, 0], color=INK, linewidth=2, solid_capstyle="butt")
        ax.set_yticks(range(len(drawn)), [bar[0] for bar in drawn])
        ax.invert_yaxis()
        ax.set_xticks([])
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(axis="y", length=0)
        ax.margins(x=0.22)
        if min(bar[1] for bar in drawn) >= 0:
            ax.set_xlim(left=0)
        return to_picture(figure, name=name, alt=alt)


def value_axis(ax: Axes, unit: Unit, language: Language, *, axis: str) -> None:
    """Give an axis ticks, labels and a grid in the unit of the value."""
    own = ax.yaxis if axis == "y" else ax.xaxis
    own.set_major_locator(MaxNLocator(4))

    def label(value: float, _: int) -> str:
        if unit == "share":
            spread = np.ptp(ax.get_ylim() if axis == "y" else ax.get_xlim())
            return language.percent(value, 1 if spread < 0.05 else 0)
        return language.number(value)

    own.set_major_formatter(FuncFormatter(label))
    ax.grid(axis="y" if axis == "y" else "x", color=COLOURS["grid"], linewidth=0.5, alpha=0.35)
