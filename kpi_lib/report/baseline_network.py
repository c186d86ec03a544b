"""The network's flags of the month on the baseline page, above what chance would bring and what could be seen."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis.baseline.network import Budget
from kpi_lib.analysis.baseline.review import BaselineReview
from kpi_lib.analysis.records import records
from kpi_lib.kpi.shown import shown
from kpi_lib.report.baseline_words import screen_words
from kpi_lib.report.html import Child, Fragment, element, joined
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import Language


def network(review: BaselineReview, language: Language) -> Fragment:
    """Return the network's flags of the month above the number chance alone would bring."""
    budget = review.budget
    head = language.sentence(
        "{n} charts were judged; about {expected} would lie beyond three sigma by chance, {beyond} do; "
        "{flags} stand out when at most {rate} of the flags may be chance.",
        n=budget.n_charts,
        expected=language.number(budget.expected, 1),
        beyond=int(budget.table["beyond"].sum()) if len(budget.table) else 0,
        flags=int(budget.table["flag"].sum()) if len(budget.table) else 0,
        rate=language.percent(budget.rate, 0),
    )
    return joined(
        [
            element("p", head),
            element("p", paragraph([*_sight(budget, language), screen_words(language)], language)),
            _flags(review, budget, language),
        ]
    )


def _sight(budget: Budget, language: Language) -> list[str]:
    """Say what the network could miss."""
    found = budget.sight()
    if not found.n_charts:
        return []
    return [
        language.sentence(
            "What it can miss: were one branch's share {difference} worse for good, its own chart would show it next "
            "month in {next_month} of the cases and within a year in {in_a_year}, this list in {within} next month "
            "(means of {n} charts); {sure} charts show it within a year in four of five cases.",
            difference=language.points(found.difference, 0),
            next_month=language.percent(found.next_month, 0),
            in_a_year=language.percent(found.in_a_year, 0),
            within=language.percent(found.within_budget, 0),
            n=found.n_charts,
            sure=found.n_sure,
        )
    ]


def _flags(review: BaselineReview, budget: Budget, language: Language) -> Fragment:
    shown_rows = budget.table[budget.table["flag"] | budget.table["beyond"]] if len(budget.table) else pd.DataFrame()
    rows: list[list[Child]] = []
    for row in records(shown_rows):
        kpi = review.kpis[row["kpi"]]
        kind = (
            language.sentence("by chance, perhaps")
            if not row["flag"]
            else language.sentence("persistent")
            if row["persistent"]
            else language.sentence("new")
        )
        rows.append(
            [
                language.pick(review.branches[row["branch"]]),
                language.pick(kpi.name),
                shown(row["value"], kpi.unit, language),
                shown(row["centre"], kpi.unit, language),
                language.number(row["p"], 4),
                kind,
            ]
        )
    headings = [
        language.sentence("Branch"), language.sentence("Indicator"), language.sentence("Value"),
        language.sentence("Centre"), language.sentence("Chance"), language.sentence("Signal"),
    ]  # fmt: skip
    caption = language.sentence("Last month of every branch and indicator against the months before it.")
    return table(headings, rows, caption=caption, text_columns=(0, 1, 5)) if rows else Fragment("")
