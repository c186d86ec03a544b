"""The scorecard's figures: months, lines beside the actual value, overdue tickets, survey answers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.analysis.status import MISSED, Status
from kpi_lib.kpi.shown import shown, shown_interval
from kpi_lib.plot.scorecard import Level, Mark, bars_panel, line_panel, mark_of
from kpi_lib.plot.theme import COLOURS, Picture
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Fragment, element, joined
from kpi_lib.report.score_history import score_history
from kpi_lib.report.table import table
from kpi_lib.report.words import period_words, status_words
from kpi_lib.text.language import Language

NEAR = 10
"""Points around the composite's intervals within which the grades' minimums are drawn."""


def lines(card: Scorecard, language: Language) -> Fragment:
    """Return each weighted indicator over the last periods with its interval, baseline and target, and all scores."""
    rows = records(card.weighted)
    history = card.history[card.history["kpi"].isin(card.weighted["kpi"])]
    if history["value"].notna().sum() == 0:
        return element("p", language.sentence("No weighted indicator has a value to draw."))
    pictures = [_composite_panel(card, language), *(_indicator_panel(row, card, language) for row in rows)]
    first, last = history["period"].iloc[0], card.period
    drawn = figure(
        pictures,
        title=standing(card, language),
        caption=language.sentence(
            "{branch}, {first} to {last}. Line: value of each period in the indicator's own unit; band: its {level} "
            "interval; solid line: target; dashed: baseline; dotted: where a grade starts. Last point: ● target met, "
            "◆ cannot tell, ▼ worse than target, ✖ worse than baseline, ■ no verdict; hollow while it can still move. "
            "n of each period is in the table.",
            branch=language.pick(card.terms.names.branch),
            first=period_words(first, language),
            last=period_words(last, language),
            level=language.percent(card.terms.level, 0),
        ),
        data=_history_table(history, card, language),
        language=language,
    )
    scores = score_history(card, language)
    return drawn if scores is None else joined([drawn, scores])


def _composite_panel(card: Scorecard, language: Language) -> Picture:
    names = card.terms.names.grades
    history = card.composites.rename(columns={"composite": "value"})
    score = language.number(card.verdict.value, 1)
    grade = language.pick(names[card.verdict.grade]) if card.verdict.grade else ""
    low, high = history["lo"].min() - NEAR, history["hi"].max() + NEAR
    shown_grades = [key for key, minimum in card.terms.grades.items() if low <= minimum <= high]
    return line_panel(
        history,
        levels=[Level(card.terms.grades[key], "grid", ":", language.pick(names[key])) for key in shown_grades],
        mark=Mark(COLOURS["actual"], "s", hollow=card.provisional),
        written=language.number,
        name="line-composite",
        title=language.sentence("Composite score"),
        finding=f"{score} · {grade}",
        alt=language.sentence(
            "Composite score: {score} in the last period, between {low} and {high} over {n} periods.",
            score=score,
            low=language.number(history["value"].min(), 1),
            high=language.number(history["value"].max(), 1),
            n=language.number(int(history["value"].notna().sum())),
        ),
    )


def _indicator_panel(row: Row, card: Scorecard, language: Language) -> Picture:
    history = _of(card.history, row["kpi"])
    unit = row["unit"]
    target, baseline = (shown(row[line], unit, language) for line in ("target", "baseline"))
    return line_panel(
        history,
        levels=[
            Level(row["target"], "target", "-", language.sentence("target {level}", level=target)),
            Level(row["baseline"], "baseline", "--", language.sentence("baseline {level}", level=baseline)),
        ],
        mark=mark_of(row),
        written=language.percent if unit == "share" else language.number,
        scale=100 if unit == "share" else 1,
        name=f"line-{row['kpi']}",
        title=language.pick(card.kpis[row["kpi"]].name),
        finding=finding(row, language),
        alt=_line_alt(history, row, card, language),
    )


def standing(card: Scorecard, language: Language) -> str:
    """Return how many weighted indicators meet, miss or leave open their target."""
    status = card.weighted["status"]
    return language.sentence(
        "Weighted indicators: {n}. Target met: {met}; missed beyond chance: {missed}; cannot tell: {open}.",
        n=language.number(len(status)),
        met=language.number(int((status == Status.MET.value).sum())),
        missed=language.number(int(status.isin([kind.value for kind in MISSED]).sum())),
        open=language.number(int((~status.isin([Status.MET.value, *(kind.value for kind in MISSED)])).sum())),
    )


def finding(row: Row, language: Language) -> str:
    """Return the value and its verdict."""
    value = shown(row["value"], row["unit"], language)
    return f"{value} · {status_words(row['status'], language, reached=row['reached'])}"


def bars(card: Scorecard, language: Language) -> Fragment:
    """Return each weighted indicator beside its baseline, target and industry."""
    rows = [row for row in records(card.weighted) if not np.isnan(row["value"])]
    if not rows:
        return element("p", language.sentence("No weighted indicator has a value to draw."))
    pictures = [
        bars_panel(
            row,
            language=language,
            name=f"bars-{row['kpi']}",
            title=language.pick(card.kpis[row["kpi"]].name),
            finding=finding(row, language),
            alt=_bar_alt(row, card, language),
        )
        for row in rows
    ]
    reached = sum(row["reached"] for row in rows)
    cells = [
        [
            language.pick(card.kpis[row["kpi"]].name),
            shown(row["value"], row["unit"], language),
            shown_interval(row["lo"], row["hi"], row["unit"], language),
            language.number(row["n"], 0),
            *(shown(row[line], row["unit"], language) for line in ("baseline", "target", "industry")),
        ]
        for row in rows
    ]
    columns = [
        language.sentence("Indicator"),
        language.sentence("Value"),
        language.sentence("Interval"),
        language.sentence("n"),
        language.sentence("Baseline"),
        language.sentence("Target"),
        language.sentence("Industry"),
    ]
    caption = language.sentence(
        "Actual beside baseline and target, {period}", period=period_words(card.period, language)
    )
    return figure(
        pictures,
        title=language.sentence(
            "As counted, {reached} of {n} weighted indicators are at or beyond their target.",
            reached=language.number(reached),
            n=language.number(len(rows)),
        ),
        caption=language.sentence(
            "{branch}, {period}; each indicator in its own unit, bars from zero; thin line: the {level} interval.",
            branch=language.pick(card.terms.names.branch),
            period=period_words(card.period, language),
            level=language.percent(card.terms.level, 0),
        ),
        data=table(columns, cells, caption=caption),
        language=language,
    )


def _of(history: pd.DataFrame, kpi: str) -> pd.DataFrame:
    return history[history["kpi"] == kpi].sort_values("period_start", ignore_index=True)


def _line_alt(history: pd.DataFrame, row: Row, card: Scorecard, language: Language) -> str:
    known = history["value"].dropna()
    unit = row["unit"]
    if known.empty:
        return language.sentence("{kpi}: no values.", kpi=language.pick(card.kpis[row["kpi"]].name))
    return language.sentence(
        "{kpi}: {value} in the last period ({verdict}); between {low} and {high} over {n} periods; "
        "baseline {baseline}, target {target}.",
        kpi=language.pick(card.kpis[row["kpi"]].name),
        value=shown(row["value"], unit, language),
        verdict=status_words(row["status"], language, reached=row["reached"]),
        low=shown(known.min(), unit, language),
        high=shown(known.max(), unit, language),
        n=language.number(len(known)),
        baseline=shown(row["baseline"], unit, language),
        target=shown(row["target"], unit, language),
    )


def _bar_alt(row: Row, card: Scorecard, language: Language) -> str:
    return language.sentence(
        "{kpi}: actual {value}, baseline {baseline}, target {target}.",
        kpi=language.pick(card.kpis[row["kpi"]].name),
        value=shown(row["value"], row["unit"], language),
        baseline=shown(row["baseline"], row["unit"], language),
        target=shown(row["target"], row["unit"], language),
    )


def _history_table(history: pd.DataFrame, card: Scorecard, language: Language) -> Fragment:
    """Return value and n by period and indicator."""
    kpis = list(card.weighted["kpi"])
    units = dict(zip(card.weighted["kpi"], card.weighted["unit"], strict=True))
    by_place = {(row["period"], row["kpi"]): row for row in records(history)}
    cells = [
        [
            period_words(period, language),
            *(
                language.sentence(
                    "{value} (n {n})",
                    value=shown(by_place[period, kpi]["value"], units[kpi], language),
                    n=language.number(by_place[period, kpi]["n"], 0),
                )
                for kpi in kpis
            ),
        ]
        for period in history["period"].drop_duplicates()
    ]
    columns = [language.sentence("Period"), *(language.pick(card.kpis[kpi].name) for kpi in kpis)]
    return table(columns, cells, caption=language.sentence("Weighted indicators by period"))
