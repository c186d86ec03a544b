"""A Pareto chart as a figure: which few make up most."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from kpi_lib.analysis.pareto import VITAL
from kpi_lib.analysis.records import records
from kpi_lib.plot.pareto import bar_names, pareto_picture
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Fragment, element
from kpi_lib.report.table import table
from kpi_lib.text.language import Language

FEW = 5
"""More bars than these are no longer few."""


def pareto(
    bars: pd.DataFrame,
    language: Language,
    *,
    unit: str,
    name: str = "pareto",
    labels: Sequence[str] | None = None,
    caption: str = "",
) -> Fragment:
    """Return the chart with its finding as title.

    Parameters
    ----------
    bars
        As :func:`kpi_lib.analysis.pareto.pareto_order` returns them.
    language
        Of the reader.
    unit
        What is counted.
    name
        Id of the picture, unique on the page.
    labels
        Names of the bars instead of their own; what is left is named here in any case.
    caption
        What is drawn, put before how to read it.
    """
    if bars.empty:
        return element("p", language.sentence("There is nothing to count."))
    said = pareto_words(bars, language, labels=labels)
    names = bar_names(bars, language, labels)
    picture = pareto_picture(bars, names=names, unit=unit, language=language, name=name, alt=said)
    rows = [
        [label, language.number(row["count"]), language.percent(row["share"]), language.percent(row["cumulative"])]
        for label, row in zip(names, records(bars), strict=True)
    ]
    columns = [language.sentence("What"), unit, language.sentence("share"), language.sentence("cumulative share")]
    vital = language.percent(VITAL, 0)
    how = language.sentence("Bars: counts, the largest first; line: cumulative share; dashed: {vital}.", vital=vital)
    return figure(
        [picture],
        title=said,
        caption=f"{caption} {how}".strip(),
        data=table(columns, rows, caption=unit),
        language=language,
    )


def pareto_words(bars: pd.DataFrame, language: Language, *, labels: Sequence[str] | None = None) -> str:
    """Return which few make up most."""
    if bars.empty:
        return language.sentence("There is nothing to count.")
    names = bar_names(bars, language, labels)
    vital = [name for name, chosen in zip(names, bars["vital"], strict=True) if chosen]
    total = language.number(bars["count"].sum())
    if len(vital) > FEW:
        return language.sentence(
            "No few stand out: the largest, {name}, is {share} of {total}.",
            name=names[0],
            share=language.percent(bars["share"].iloc[0]),
            total=total,
        )
    return language.sentence(
        "{names} make up {share} of {total}.",
        names=language.list(vital),
        share=language.percent(bars.loc[bars["vital"], "share"].sum()),
        total=total,
    )
