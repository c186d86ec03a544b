"""The way from the reference to the current value: mix, segments, common change, rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from kpi_lib.kpi.definition import Unit
from kpi_lib.kpi.shown import shown, shown_change
from kpi_lib.plot.axis import value_axis
from kpi_lib.plot.theme import COLOURS, INK, Picture, canvas, head, to_picture
from kpi_lib.text.language import Language

WIDTH: Final = 7.2
ROW: Final = 0.36
"""Height of a row, in inches."""

HATCHES: Final = {"better": "", "worse": "///", "unclear": ""}
"""Told apart in grey too."""


@dataclass(frozen=True)
class Step:
    """One bar between the two levels.

    Parameters
    ----------
    label
        Its name.
    change
        Its part of the gap.
    sure
        Whether it is a finding; the others are drawn grey.
    """

    label: str
    change: float
    sure: bool


def waterfall_panel(
    ends: tuple[tuple[str, float], tuple[str, float]],
    steps: Sequence[Step],
    *,
    better: Literal["higher", "lower"],
    unit: Unit,
    language: Language,
    name: str,
    title: str,
    finding: str,
    alt: str,
) -> Picture:
    """Draw a waterfall, top to bottom.

    Parameters
    ----------
    ends
        Label and value of the first and of the last row.
    steps
        What lies between; their changes add up to the difference.
    better
        Direction of the KPI: which bars are drawn as losses.
    unit, language
        Of the value, and for its labels.
    name, title, finding, alt
        Id, heading, what it shows, and alt text of the picture.
    """
    changes = np.array([step.change for step in steps], dtype=float)
    start = ends[0][1] + np.r_[0.0, changes.cumsum()[:-1]] if len(steps) else np.zeros(0)
    rows = len(steps) + 2
    levels = np.r_[ends[0][1], ends[0][1] + changes.cumsum(), ends[1][1]]
    reach = max(float(levels.max() - levels.min()), 1e-9)
    with canvas(WIDTH, 0.9 + ROW * rows) as (figure, ax):
        head(ax, title, finding)
        for place, (_, value) in ((0, ends[0]), (rows - 1, ends[1])):
            # Points, not bars: the axis need not begin at 0, and a bar's length would then say something false.
            ax.plot(value, place, marker="D", markersize=8, color=COLOURS["actual"])
            ax.annotate(shown(value, unit, language), (value, place), (9, 0), textcoords="offset points", va="center")
        for place, (step, begin) in enumerate(zip(steps, start, strict=True), start=1):
            meaning = _meaning(step, better)
            ax.barh(
                place, step.change, left=begin, height=0.62, color=COLOURS[meaning], alpha=0.85, edgecolor=INK,
                linewidth=0.6, hatch=HATCHES[meaning],
            )  # fmt: skip
            ax.annotate(
                shown_change(step.change, unit, language), (max(begin, begin + step.change), place), (5, 0),
                textcoords="offset points", va="center",
            )  # fmt: skip
            ax.plot([begin, begin], [place - 1, place], color=COLOURS["grid"], linewidth=0.8)
        ax.plot([ends[1][1]] * 2, [rows - 2, rows - 1], color=COLOURS["grid"], linewidth=0.8)
        ax.set_yticks(range(rows), [ends[0][0], *(step.label for step in steps), ends[1][0]])
        ax.invert_yaxis()
        ax.tick_params(axis="y", length=0)
        ax.set_xlim(float(levels.min()) - 0.08 * reach, float(levels.max()) + 0.3 * reach)
        value_axis(ax, unit, language, axis="x")
        return to_picture(figure, name=name, alt=alt)


def _meaning(step: Step, better: Literal["higher", "lower"]) -> str:
    if not step.sure or step.change == 0:
        return "unclear"
    return "better" if (step.change > 0) == (better == "higher") else "worse"
