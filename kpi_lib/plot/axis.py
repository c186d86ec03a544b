"""Axes in the unit of an indicator."""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from kpi_lib.kpi.definition import Unit
from kpi_lib.plot.theme import COLOURS
from kpi_lib.text.language import Language


def value_axis(ax: Axes, unit: Unit, language: Language, *, axis: Literal["x", "y"]) -> None:
    """Give an axis few ticks, labels in the indicator's unit and a light grid."""
    own = ax.yaxis if axis == "y" else ax.xaxis
    own.set_major_locator(MaxNLocator(4))
    low, high = ax.get_ylim() if axis == "y" else ax.get_xlim()
    spread = float(np.abs(high - low))
    digits = 0 if unit in {"count", "seconds"} else 1 if spread > 1 else 2 if spread > 0.1 else 3

    def label(value: float, _: int) -> str:
        return language.percent(value, 1 if spread < 0.05 else 0) if unit == "share" else language.number(value, digits)

    own.set_major_formatter(FuncFormatter(label))
    ax.grid(axis=axis, color=COLOURS["grid"], linewidth=0.5, alpha=0.35)
