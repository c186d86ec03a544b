"""Pictures of the baseline review: control chart, branches with their intervals, funnel."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.analysis.baseline.peers import Funnel, Pooled, Standing
from kpi_lib.analysis.baseline.series import State
from kpi_lib.kpi.definition import Unit
from kpi_lib.plot.axis import value_axis
from kpi_lib.plot.theme import COLOURS, INK, Picture, canvas, head, to_picture
from kpi_lib.text.language import Language

SIZE = (7.2, 2.9)
"""Width and height of a control chart, in inches."""

SMALL = (3.4, 2.1)
"""Width and height of a chart in which nothing is to be seen."""

SMALL_MARKED = 12
"""Points up to which a small chart marks each of them."""

STANDING_MARKS: Mapping[str, tuple[str, str]] = {
    Standing.BETTER.value: (COLOURS["better"], "^"),
    Standing.WORSE.value: (COLOURS["worse"], "v"),
    Standing.AS_EXPECTED.value: (COLOURS["actual"], "o"),
    Standing.CANNOT_TELL.value: (COLOURS["unclear"], "D"),
}
"""Colour and shape of a branch by what may be said of it."""


def control_panel(
    chart: ControlChart, *, unit: Unit, language: Language, name: str, title: str, finding: str, alt: str,
    size: tuple[float, float] = SIZE,
) -> Picture:  # fmt: skip
    """Draw a control chart: values, centre, limits, signals in shape and colour, gaps left open.

    Parameters
    ----------
    chart
        The chart.
    unit
        Of the value.
    language
        For the labels.
    name, title, finding, alt
        Id, heading, what it shows, and alt text of the picture.
    size
        Width and height in inches.
    """
    points = chart.points
    x = np.arange(len(points))
    with canvas(*size) as (figure, ax):
        head(ax, title, finding)
        for phase in points["phase"].unique():
            here = (points["phase"] == phase).to_numpy()
            own = points[here]
            ax.fill_between(
                x[here], own["lower"], own["upper"], step="mid", color=COLOURS["unclear"], alpha=0.14, linewidth=0
            )
            for bound in ("lower", "upper"):
                ax.step(x[here], own[bound], where="mid", color=COLOURS["unclear"], linewidth=0.9, linestyle=":")
            ax.step(x[here], own["centre"], where="mid", color=COLOURS["baseline"], linewidth=1.3, linestyle="--")
        value = points["value"].to_numpy(dtype=float)
        marker = "." if size[0] > SMALL[0] or chart.series.n < SMALL_MARKED else None
        ax.plot(x, value, color=COLOURS["actual"], marker=marker, markersize=5, linewidth=1.3)
        running = (points["state"] == State.PROVISIONAL.value).to_numpy()
        ax.plot(x[running], value[running], linestyle="none", marker="o", fillstyle="none", color=COLOURS["actual"])
        _signals(ax, chart, x, value)
        _states(ax, chart, x)
        labelled = x[::-1][:: max(1, -(-len(x) // round(size[0] + 1)))][::-1]
        ax.set_xticks(labelled, points["period"].iloc[labelled])
        value_axis(ax, unit, language, axis="y")
        ax.margins(x=0.02)
        return to_picture(figure, name=name, alt=alt)


def _signals(ax: Axes, chart: ControlChart, x: np.ndarray, value: np.ndarray) -> None:
    side = chart.points["signal"].to_numpy()
    marked = (chart.points["rule"] != "").to_numpy()
    better = chart.series.higher_is_better
    # Too few crossings is a fault of the whole series and of no point of it: the title says so.
    for sign, marker in ((1, "^"), (-1, "v")):
        here = marked & (side == sign)
        colour = COLOURS["unclear"] if better is None else COLOURS["better" if (sign > 0) == better else "worse"]
        ax.plot(
            x[here], value[here], linestyle="none", marker=marker, markersize=7, color=colour, markeredgecolor=INK,
            markeredgewidth=0.6, zorder=4,
        )  # fmt: skip


def _states(ax: Axes, chart: ControlChart, x: np.ndarray) -> None:
    """Mark at the foot the periods that have no value."""
    absent = ~chart.points["state"].isin([State.OK.value, State.PROVISIONAL.value]).to_numpy()
    ax.plot(
        x[absent], np.full(absent.sum(), 0.02), linestyle="none", marker="x", markersize=5, color=COLOURS["unclear"],
        transform=ax.get_xaxis_transform(),
    )  # fmt: skip


def peers_panel(
    pooled: Pooled, funnel: Funnel | None, *, names: Mapping[str, str], own: str, unit: Unit, language: Language,
    name: str, title: str, finding: str, alt: str,
) -> Picture:  # fmt: skip
    """Draw branches by size: raw value hollow, pooled value with its interval; the page's branch in bold."""
    table = pooled.table
    standing = {} if funnel is None else dict(zip(funnel.table["group"], funnel.table["standing"], strict=True))
    with canvas(SIZE[0], 0.9 + 0.26 * len(table)) as (figure, ax):
        head(ax, title, finding)
        places = np.arange(len(table))
        ax.hlines(places, table["lo"], table["hi"], color=COLOURS["unclear"], linewidth=1.6)
        for place, (group, raw, value) in enumerate(zip(table["group"], table["raw"], table["value"], strict=True)):
            colour, marker = STANDING_MARKS.get(standing.get(group, ""), (COLOURS["actual"], "o"))
            ax.plot([value], [place], marker=marker, color=colour, markeredgecolor=INK, markersize=6)
            ax.plot([raw], [place], marker="|", color=INK, markersize=10)
        ax.axvline(pooled.mean, color=COLOURS["baseline"], linestyle="--", linewidth=1.1)
        ax.set_yticks(places, [names.get(group, group) for group in table["group"]])
        for label, group in zip(ax.get_yticklabels(), table["group"], strict=True):
            label.set_fontweight("bold" if group == own else "normal")
        ax.invert_yaxis()
        value_axis(ax, unit, language, axis="x")
        return to_picture(figure, name=name, alt=alt)


def funnel_panel(
    found: Funnel, *, names: Mapping[str, str], own: str, unit: Unit, language: Language, name: str, title: str,
    finding: str, alt: str,
) -> Picture:  # fmt: skip
    """Draw a funnel: exact contours, wider ones where branches differ more than chance, branches by size."""
    with canvas(*SIZE) as (figure, ax):
        head(ax, title, finding)
        size = found.contours["denominator"]
        for bound in ("lower_95", "upper_95", "lower_998", "upper_998"):
            style = ":" if bound.endswith("95") else "-"
            ax.plot(size, found.contours[bound], color=COLOURS["unclear"], linestyle=style, linewidth=0.9)
            if found.tau > 0:
                ax.plot(
                    size, found.contours[f"wide_{bound}"], color=COLOURS["baseline"], linestyle=style, linewidth=0.9
                )
        ax.axhline(found.level, color=COLOURS["baseline"], linestyle="--", linewidth=1.1)
        for group, n, value, standing in found.table[["group", "denominator", "value", "standing"]].itertuples(
            index=False
        ):
            if not np.isfinite(value):
                continue
            colour, marker = STANDING_MARKS[standing]
            ax.plot([n], [value], marker=marker, color=colour, markeredgecolor=INK, markersize=7 if group == own else 5)
            if group == own or standing in {Standing.WORSE, Standing.BETTER}:
                ax.annotate(names.get(group, group), (n, value), xytext=(6, 3), textcoords="offset points", fontsize=8)
        value_axis(ax, unit, language, axis="y")
        ax.set_xlabel(language.sentence("cases in the twelve months"))
        return to_picture(figure, name=name, alt=alt)
