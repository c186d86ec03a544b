"""Control charts on the baseline page: one line for every indicator, large where something is to be seen."""

from __future__ import annotations

import numpy as np

from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.analysis.baseline.review import BaselineReview, IndicatorReview
from kpi_lib.analysis.records import records
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.plot.baseline import SIZE, SMALL, control_panel
from kpi_lib.plot.theme import Picture
from kpi_lib.report.baseline_words import (
    CHART_NAMES,
    centre_words,
    chart_words,
    finding_words,
    rule_words,
    separator,
    signal_mark,
)
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Child, Fragment, element, joined
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph, period_words
from kpi_lib.text.language import Language

LARGE = 3
"""Most charts drawn large: a page a manager reads."""


def charts(review: BaselineReview, language: Language) -> Fragment:
    """Return a line for every indicator, large charts of the weightiest with a signal, small ones of the rest."""
    if not review.indicators:
        return element("p", language.sentence("There is no series to draw."))
    large = [one for one in review.indicators if review.notable(one)][:LARGE]
    rest = [one for one in review.indicators if one not in large]
    drawn = [_large(one, language) for one in large]
    return joined([_overview(review, language), *drawn, *([_small(rest, language)] if rest else [])])


def _overview(review: BaselineReview, language: Language) -> Fragment:
    rows: list[list[Child]] = []
    for one in review.indicators:
        chart, unit = one.shown, one.kpi.unit
        rows.append(
            [
                language.pick(one.kpi.name),
                shown(chart.series.value[-1], unit, language),
                shown(chart.drawn.centre[-1], unit, language),
                shown_interval(chart.drawn.lower[-1], chart.drawn.upper[-1], unit, language),
                f"{signal_mark(chart)} {finding_words(chart, language)}" if any(chart.marks) else signal_mark(chart),
                *(
                    shown_change(_worse(one, size), unit, language)
                    for size in (one.sight.next_month, one.sight.in_a_year)
                ),
            ]
        )
    headings = [
        language.sentence("Indicator"), period_words(review.period, language), language.sentence("Centre"),
        language.sentence("Limits"), language.sentence("Signal"), language.sentence("Seen in a month"),
        language.sentence("Seen in a year"),
    ]  # fmt: skip
    caption = language.sentence(
        "Last month against centre and limits. Seen: the smallest lasting change for the worse that lies beyond the "
        "limits next month, or in one of twelve months, in four of five cases; –: none, only a long run can show it."
    )
    return table(headings, rows, caption=caption, text_columns=(0, 4, 5, 6))


def _worse(one: IndicatorReview, size: float) -> float:
    return size if one.kpi.better == "lower" else -size


def _picture(one: IndicatorReview, chart: ControlChart, language: Language, *, name: str, small: bool) -> Picture:
    title, finding = language.pick(one.kpi.name), finding_words(chart, language)
    if chart.series.grain == "quarter":
        title = language.sentence("{kpi}, by quarter", kpi=title)
    centre = centre_words(one.quality, one.kpi.unit, language) if chart is one.shown else ""
    return control_panel(
        chart,
        unit=one.kpi.unit,
        language=language,
        name=f"{name}-{one.kpi.key}",
        title=title,
        finding="" if small and not any(chart.marks) else finding,
        alt=paragraph([f"{title}: {finding}", *([centre] if centre else [])], language),
        size=SMALL if small else SIZE,
    )


def _large(one: IndicatorReview, language: Language) -> Fragment:
    chart, name = one.shown, language.pick(one.kpi.name)
    finding = finding_words(chart, language)
    pictures = [_picture(one, chart, language, name="chart", small=False)]
    if one.quarters is not None:
        pictures.append(_picture(one, one.quarters, language, name="quarters", small=True))
    caption = paragraph(
        [chart_words(chart, language), _legend(language), *_alarm_words(one, language), _naive_words(one, language),
         *_quarter_words(one, language)],
        language,
    )  # fmt: skip
    return figure(pictures, title=f"{name}: {finding}", caption=caption, data=_points(one, language), language=language)


def _small(rest: list[IndicatorReview], language: Language) -> Fragment:
    """Return the other indicators' charts side by side; the thin ones by quarter."""
    pictures = [_picture(one, one.quarters or one.shown, language, name="chart", small=True) for one in rest]
    rows: list[list[Child]] = [
        [
            language.pick(one.kpi.name),
            chart_words(one.shown, language),
            paragraph(
                [*_alarm_words(one, language), _naive_words(one, language), *_quarter_words(one, language)], language
            ),
        ]
        for one in rest
    ]
    headings = [language.sentence("Indicator"), language.sentence("Chart"), language.sentence("Remarks")]
    return figure(
        pictures,
        title=language.sentence("The other indicators: {kpis}", kpis=_names(rest, language)),
        caption=paragraph([_legend(language), language.sentence("Every month's figures are in points.csv.")], language),
        data=table(headings, rows, caption=language.sentence("Chart and rules"), text_columns=(0, 1, 2)),
        language=language,
    )


def _names(rest: list[IndicatorReview], language: Language) -> str:
    return language.list([language.pick(one.kpi.name) for one in rest])


def _legend(language: Language) -> str:
    return language.sentence(
        "Dashed: centre; shaded: limits; ▲▼ signals above and below; × no value; hollow: can still move."
    )


def _alarm_words(one: IndicatorReview, language: Language) -> list[str]:
    chance = one.shown.false_alarm
    if np.isnan(chance):
        return []
    return [
        language.sentence(
            "Rules: {rules}. On a stable series of this length they cry wolf on {chance} of the charts.",
            rules=" + ".join({"anhoej": "Anhøj", "three_sigma": "3σ"}.get(rule, rule) for rule in one.shown.rules),
            chance=language.percent(chance, 0),
        )
    ]


def _naive_words(one: IndicatorReview, language: Language) -> str:
    """Say which flags the textbook chart has and the chosen one has not, and the other way round."""
    label = one.chart.series.period
    ours, theirs = ({label[at] for at, mark in enumerate(chart.marks) if mark} for chart in (one.chart, one.naive))
    name = CHART_NAMES[one.naive.choice.kind]
    if ours == theirs:
        return language.sentence("The textbook {chart} chart flags the same months.", chart=name)
    return language.sentence(
        "The textbook {chart} chart flags {more} months that this one does not, and misses {fewer}.",
        chart=name,
        more=len(theirs - ours),
        fewer=len(ours - theirs),
    )


def _quarter_words(one: IndicatorReview, language: Language) -> list[str]:
    if one.quarters is None:
        return []
    return [
        language.sentence(
            "Most months have too few cases to say anything by themselves, so quarters are drawn too. "
            "By quarter: {finding}",
            finding=finding_words(one.quarters, language),
        )
    ]


def _points(one: IndicatorReview, language: Language) -> Fragment:
    unit = one.kpi.unit
    rows: list[list[Child]] = [
        [
            row["period"],
            shown(row["value"], unit, language),
            language.number(row["denominator"], 0),
            shown(row["centre"], unit, language),
            shown_interval(row["lower"], row["upper"], unit, language),
            separator(language).join(rule_words(rule, language) for rule in row["rule"].split("+") if rule),
        ]
        for row in records(one.shown.points)
    ]
    headings = [
        language.sentence("Month"), language.sentence("Value"), language.sentence("Cases"), language.sentence("Centre"),
        language.sentence("Limits"), language.sentence("Signal"),
    ]  # fmt: skip
    return table(headings, rows, caption=language.pick(one.kpi.name), text_columns=(0, 5))
