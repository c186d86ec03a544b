"""Themes of comments: share of complaints with its interval, the reference beside it, and the limit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kpi_lib.analysis.comments.themes import Flag
from kpi_lib.plot.theme import COLOURS, INK, Picture, canvas, to_picture
from kpi_lib.text.language import Language

_MARKS = {Flag.OVER: ("worse", "v"), Flag.MAY_EXCEED: ("unclear", "D"), Flag.CANNOT_TELL: ("actual", "o")}
"""Colour and shape by flag; any other theme is a filled dot."""


def themes_picture(
    shares: pd.DataFrame, *, names: Sequence[str], limit: float, language: Language, name: str, alt: str
) -> Picture:
    """Draw one line per theme.

    Parameters
    ----------
    shares
        ``share, lo, hi, flag, reference_share`` per theme, the largest first.
    names
        Of the themes.
    limit
        Share above which a theme is flagged.
    language
        Of the words.
    name, alt
        Id and alt text of the picture.
    """
    with canvas(6.4, 0.9 + 0.34 * len(shares)) as (figure, ax):
        places = np.arange(len(shares))
        has_reference = shares["reference_share"].notna()
        for place, row in zip(places, shares.to_dict("records"), strict=True):
            colour, shape = _MARKS.get(Flag(row["flag"]), ("actual", "o"))
            ax.plot((row["lo"], row["hi"]), (place, place), color=COLOURS[colour], linewidth=2, alpha=0.7)
            ax.plot(row["share"], place, marker=shape, color=COLOURS[colour], markeredgecolor=INK, markersize=7)
        if has_reference.any():
            ax.plot(
                shares.loc[has_reference, "reference_share"],
                places[has_reference.to_numpy()],
                linestyle="none",
                marker="o",
                fillstyle="none",
                color=INK,
                markersize=7,
                label=language.sentence("reference"),
            )
            figure.legend(loc="outside lower right", frameon=False, fontsize=9)
        ax.axvline(limit, color=COLOURS["target"], linestyle="--", linewidth=1.1)
        ax.annotate(
            language.sentence("limit {share}", share=language.percent(limit, 0)),
            (limit, 1),
            xycoords=("data", "axes fraction"),
            xytext=(3, 2),
            textcoords="offset points",
            fontsize=8,
        )
        ax.set_yticks(places, list(names))
        ax.invert_yaxis()
        ax.tick_params(axis="y", length=0)
        ax.set_xlim(0, max(1.1 * float(np.nanmax([limit, *shares["hi"]])), 0.01))
        ax.xaxis.set_major_formatter(lambda value, _: language.percent(value, 0))
        ax.set_xlabel(language.sentence("share of comments that complain of it"))
        ax.grid(axis="x", color=COLOURS["grid"], linewidth=0.5, alpha=0.35)
        return to_picture(figure, name=name, alt=alt)
