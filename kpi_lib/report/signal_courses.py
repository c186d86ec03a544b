"""How process signals went over the year, one small drawing a row, with the figures behind them."""

from __future__ import annotations

import math

from kpi_lib.analysis.cases.course import Course, courses
from kpi_lib.analysis.cases.signals import Signals
from kpi_lib.plot.course import course_svg
from kpi_lib.report.html import Child, Fragment, element, folded
from kpi_lib.report.table import row_name, table
from kpi_lib.report.words import period_words
from kpi_lib.text.language import MISSING, Language

WORSE = 1
"""More of a signal is worse."""


def signal_courses(found: Signals, language: Language) -> Fragment:
    """Return the signals with their limits, and shares and cases of every period; nothing without earlier periods."""
    drawn = courses(found)
    if not drawn or found.before is None:
        return Fragment("")
    columns = [
        language.sentence("Signal"),
        language.sentence("Course"),
        period_words(found.period, language),
        language.sentence("Limits"),
        language.sentence("Against the limits"),
    ]
    caption = language.sentence(
        "{first} to {last}, each drawing from 0. Band: limits a period keeps to in 997 of 1,000 cases where nothing "
        "changed, from the periods before {last}; ◆ above it, ○ below it, ● the last period.",
        first=period_words(found.before[0], language),
        last=period_words(found.period, language),
    )
    rows = [_row(course, language) for course in drawn]
    return element(
        "figure",
        element("p", _finding(drawn, language), class_="figure-title", style="font-weight:600"),
        table(columns, rows, caption=language.sentence("Course of the process signals"), text_columns=(0, 1, 4)),
        element("figcaption", caption),
        folded(language.sentence("Data of this figure"), _data(drawn, language)),
        style="margin:1rem 0",
    )


def _finding(drawn: tuple[Course, ...], language: Language) -> str:
    above = [language.pick(one.kpi.name) for one in drawn if one.beyond[-1] > 0]
    if above:
        return language.sentence("Above the limits of the periods before: {names}.", names=language.list(above))
    return language.sentence("No signal is above the limits of the periods before.")


def _row(course: Course, language: Language) -> list[Child]:
    band = [(float(lo), float(hi)) for lo, hi in zip(course.lower, course.upper, strict=True)]
    values = [float(value) for value in course.share]
    svg = course_svg(values, band=band, beyond=course.beyond, worse=WORSE, alt=_alt(course, language))
    lo, hi = band[-1]
    return [
        row_name(language.pick(course.kpi.name)),
        Fragment(svg),
        language.percent(values[-1]),
        MISSING if math.isnan(lo) else f"{language.percent(lo)} – {language.percent(hi)}",
        _against(course.beyond[-1], values[-1], language),
    ]


def _against(beyond: int, value: float, language: Language) -> str:
    if math.isnan(value):
        return MISSING
    match beyond:
        case 1:
            return language.sentence("◆ above")
        case -1:
            return language.sentence("○ below")
        case _:
            return language.sentence("within")


def _alt(course: Course, language: Language) -> str:
    known = [float(value) for value in course.share if not math.isnan(value)]
    return language.sentence(
        "{name}, {first} to {last}: lowest {low}, highest {high}, last {now}; share of the periods before {level}",
        name=language.pick(course.kpi.name),
        first=period_words(course.periods[0], language),
        last=period_words(course.periods[-1], language),
        low=language.percent(min(known)),
        high=language.percent(max(known)),
        now=language.percent(float(course.share[-1])),
        level=language.percent(course.level),
    )


def _data(drawn: tuple[Course, ...], language: Language) -> Fragment:
    periods = drawn[0].periods
    rows: list[list[Child]] = [
        [
            period_words(period, language),
            *(
                MISSING
                if math.isnan(one.share[place])
                else f"{language.percent(one.share[place])} ({language.number(one.n[place], 0)})"
                for one in drawn
            ),
        ]
        for place, period in enumerate(periods)
    ]
    columns = [language.sentence("Period"), *(language.pick(one.kpi.name) for one in drawn)]
    return table(columns, rows, caption=language.sentence("Share, and in brackets the cases"))
