"""Pictures of the scorecard: an indicator's last months, and its value beside baseline and target."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from kpi_lib.analysis.records import Row
from kpi_lib.analysis.status import Status
from kpi_lib.kpi.shown import shown
from kpi_lib.plot.theme import COLOURS, INK, Picture, canvas, head, to_picture
from kpi_lib.text.language import Language

PANEL = (3.3, 2.1)
"""Width and height of one small multiple, in inches."""

WORDS_APART = 0.11
"""Least distance between the words of two level lines, as a share of a panel's height."""

STATUS_MARKS: Mapping[str, tuple[str, str]] = {
    Status.MET: (COLOURS["better"], "o"),
    Status.CANNOT_TELL: (COLOURS["unclear"], "D"),
    Status.BELOW_TARGET: (COLOURS["worse"], "v"),
    Status.BELOW_BASELINE: (COLOURS["worse"], "X"),
}
"""Colour and shape of the last point by verdict; shape alone tells them apart in grey."""


@dataclass(frozen=True)
class Level:
    """A level line: its colour by meaning, dashed or solid, and the words beside it."""

    value: float
    colour: str
    style: Literal["-", "--", ":"]
    words: str


@dataclass(frozen=True)
class Mark:
    """How the last point is marked: colour and shape by verdict, hollow while it can still move."""

    colour: str
    shape: str
    hollow: bool


def mark_of(row: Row) -> Mark:
    """Return the mark of an indicator's last point."""
    colour, shape = STATUS_MARKS.get(row["status"], (COLOURS["unclear"], "s"))
    return Mark(colour, shape, hollow=bool(row["provisional"]))


def line_panel(
    history: pd.DataFrame,
    *,
    levels: Sequence[Level],
    mark: Mark,
    written: Callable[[float, int], str],
    scale: float = 1,
    name: str,
    title: str,
    finding: str,
    alt: str,
) -> Picture:
    """Draw values over periods with their interval and level lines.

    Parameters
    ----------
    history
        ``period, value, lo, hi``, oldest first; a missing value leaves a gap.
    levels
        Lines such as target and baseline.
    mark
        Of the last point.
    written, scale
        How a value is written on the axis with so many decimals, and what it is multiplied by before it is (100 for
        per cent).
    name, title, finding, alt
        Id, heading, what it shows, and alt text of the picture.
    """
    with canvas(*PANEL) as (figure, ax):
        head(ax, title, finding)
        x = np.arange(len(history))
        values = history["value"].to_numpy(dtype=float)
        ax.fill_between(x, history["lo"], history["hi"], color=COLOURS["actual"], alpha=0.18, linewidth=0)
        ax.plot(x, values, color=COLOURS["actual"], marker=".", markersize=5, linewidth=1.4)
        drawn = [level for level in levels if not np.isnan(level.value)]
        for level in drawn:
            ax.axhline(level.value, color=COLOURS[level.colour], linestyle=level.style, linewidth=1.2)
        ax.plot(
            x[-1:],
            values[-1:],
            marker=mark.shape,
            markersize=8,
            color=mark.colour,
            markeredgecolor=INK,
            fillstyle="none" if mark.hollow else "full",
            clip_on=False,
            zorder=4,
        )
        labelled = x[::-1][:: -(-len(x) // 3)][::-1]
        ax.set_xticks(labelled, history["period"].iloc[labelled])
        low, high = ax.get_ylim()
        _name_levels(ax, drawn, low, high)
        inside = [tick for tick in MaxNLocator(4).tick_values(low, high) if low <= tick <= high]
        digits = _decimals([tick * scale for tick in inside])
        ax.set_yticks(inside, [written(tick, digits) for tick in inside])
        ax.grid(axis="y", color=COLOURS["grid"], linewidth=0.5, alpha=0.35)
        ax.margins(x=0.03)
        return to_picture(figure, name=name, alt=alt)


def _decimals(values: Sequence[float]) -> int:
    """Return the fewest decimals that write all values exactly, at most three."""
    return next((digits for digits in range(3) if np.allclose(np.round(values, digits), values, rtol=1e-9)), 3)


def _name_levels(ax: Axes, levels: Sequence[Level], low: float, high: float) -> None:
    """Write each level's words beside its line, pushed apart where they would overlap."""
    ordered = sorted(levels, key=lambda level: level.value)
    places = [(level.value - low) / (high - low) for level in ordered]
    for upper in range(1, len(places)):
        overlap = WORDS_APART - (places[upper] - places[upper - 1])
        if overlap > 0:
            places[upper - 1] -= overlap / 2
            places[upper] += overlap / 2
    for level, place in zip(ordered, places, strict=True):
        ax.annotate(level.words, (1.01, place), xycoords="axes fraction", va="center", fontsize=8)


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
