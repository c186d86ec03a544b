"""A map of scores: indicators by periods, each field with its number."""

from __future__ import annotations

from math import ceil

import pandas as pd
import seaborn as sns

from kpi_lib.plot.theme import COLOURS, INK, Picture, canvas, to_picture
from kpi_lib.text.language import MISSING, Language

LOWEST, HIGHEST = 1, 5
"""Ends of the five bands."""

WIDTH = 5.5
"""In inches: the words beside the fields can still be read on a telephone."""

MOST_LABELS = 5
"""Of periods, so that they stay apart."""

MIDDLE = "#f4f1ec"
"""Between worse and better."""


def score_map(scores: pd.DataFrame, *, language: Language, name: str, alt: str) -> Picture:
    """Draw scores as a map; a missing one is a field with a dash, never a low one.

    Parameters
    ----------
    scores
        One row per indicator, one column per period, oldest first; index and columns are what is written beside them.
    language
        For the numbers.
    name, alt
        Id and alt text of the picture.
    """
    # A grey reader and one who sees no difference of hue have the number in every field.
    colours = sns.blend_palette([COLOURS["worse"], MIDDLE, COLOURS["better"]], as_cmap=True)
    written = scores.map(language.number)
    with canvas(WIDTH, 0.5 + 0.3 * len(scores)) as (figure, ax):
        sns.heatmap(
            scores, ax=ax, cmap=colours, vmin=LOWEST, vmax=HIGHEST, annot=written, fmt="", cbar=False, linewidths=1.5,
            linecolor="#ffffff", annot_kws={"fontsize": 9},
        )  # fmt: skip
        for row, column in zip(*scores.isna().to_numpy().nonzero(), strict=True):
            ax.annotate(MISSING, (column + 0.5, row + 0.5), ha="center", va="center", color=INK)
        ax.set(xlabel="", ylabel="")
        shown = range(len(scores.columns) - 1, -1, -ceil(len(scores.columns) / MOST_LABELS))
        ax.set_xticks([place + 0.5 for place in shown], [scores.columns[place] for place in shown], rotation=0)
        ax.set_yticks([place + 0.5 for place in range(len(scores))], scores.index, rotation=0)
        ax.tick_params(length=0)
        return to_picture(figure, name=name, alt=alt)
