"""Pictures of survey sampling: shares with intervals, and the range the silent leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from kpi_lib.plot.theme import COLOURS, INK, Picture, canvas, to_picture
from kpi_lib.text.language import Language


@dataclass(frozen=True)
class ShareBar:
    """One line of a picture of shares: its name, value and interval; faint where it needs care."""

    name: str
    value: float
    lo: float
    hi: float
    faint: bool = False


def share_bars(
    bars: Sequence[ShareBar], *, target: float, target_name: str, language: Language, name: str, alt: str
) -> Picture:
    """Draw shares with their intervals, top to bottom, beside the target.

    Parameters
    ----------
    bars
        Lines of the picture.
    target, target_name
        The share aimed at and what it is called.
    name, alt
        Id and alt text of the picture.
    """
    with canvas(5.6, 0.8 + 0.32 * len(bars)) as (figure, ax):
        ax.axvline(target, color=COLOURS["target"], linestyle="--", linewidth=1.2)
        ax.annotate(
            target_name,
            (target, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 4),
            textcoords="offset points",
            ha="center",
            color=COLOURS["target"],
            fontsize=9,
        )
        for place, bar in enumerate(bars):
            colour = _colour(bar, target)
            style = (0, (2, 1.5)) if bar.faint else "solid"
            ax.plot([bar.lo, bar.hi], [place, place], color=colour, linewidth=3, linestyle=style, alpha=0.8)
            ax.plot(
                [bar.value],
                [place],
                marker="o",
                color=colour,
                markeredgecolor=INK,
                markersize=6,
                fillstyle="none" if bar.faint else "full",
            )
            ax.annotate(
                language.percent(bar.value), (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=9
            )
        ax.set_yticks(range(len(bars)), [bar.name for bar in bars])
        ax.set_ylim(len(bars) - 0.4, -0.6)
        ax.set_xlim(max(0.0, min(0.5, *(bar.lo for bar in bars)) - 0.02), 1.0)
        ax.xaxis.set_major_locator(MaxNLocator(5))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda share, _: language.percent(share, 0)))
        ax.tick_params(axis="y", length=0)
        ax.grid(axis="x", color=COLOURS["grid"], alpha=0.4)
        return to_picture(figure, name=name, alt=alt)


def _colour(bar: ShareBar, target: float) -> str:
    if bar.lo > target:
        return COLOURS["better"]
    return COLOURS["worse"] if bar.hi < target else COLOURS["unclear"]


def silent_range(
    share: float,
    response: float,
    *,
    target: float,
    labels: tuple[str, str, str],
    language: Language,
    name: str,
    alt: str,
) -> Picture:
    """Draw the overall share against what the silent might have said.

    Parameters
    ----------
    share, response
        Satisfied share of those who answered, and the response rate.
    target
        Share aimed at.
    labels
        Of the horizontal axis, the vertical axis and the target.
    """
    with canvas(4.8, 2.6) as (figure, ax):
        silent = np.linspace(0, 1, 101)
        overall = share * response + silent * (1 - response)
        ax.plot(silent, overall, color=COLOURS["actual"], linewidth=2)
        ax.axhline(target, color=COLOURS["target"], linestyle="--", linewidth=1.2)
        ax.plot([share], [share], marker="o", color=COLOURS["actual"], markeredgecolor=INK)
        if response < 1:
            tipping = (target - response * share) / (1 - response)
            if 0 <= tipping <= 1:
                ax.plot([tipping], [target], marker="X", markersize=9, color=COLOURS["worse"], markeredgecolor=INK)
        ax.annotate(
            labels[2], (0, target), xytext=(3, 3), textcoords="offset points", color=COLOURS["target"], fontsize=9
        )
        ax.set_xlabel(labels[0])
        ax.set_ylabel(labels[1])
        for axis in (ax.xaxis, ax.yaxis):
            axis.set_major_formatter(FuncFormatter(lambda value, _: language.percent(value, 0)))
        ax.set_ylim(min(0.4, overall.min() - 0.02), 1.0)
        return to_picture(figure, name=name, alt=alt)
