"""The composite under other weights, as a table."""

from __future__ import annotations

import numpy as np

from kpi_lib.analysis.records import records
from kpi_lib.analysis.scenarios import POLICY
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.kpi.shown import signed
from kpi_lib.report.html import Fragment, element, folded, joined
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import Language


def scenarios(card: Scorecard, language: Language) -> Fragment:
    """Return the composite and each indicator's points under every weighting."""
    found = card.scenarios.composites
    if len(found) < 2 or np.isnan(card.verdict.value):
        return element("p", language.sentence("There is no other weighting to compare."))
    cells = [
        [
            _scenario_name(row["scenario"], card, language),
            language.number(row["composite"], 1),
            f"{language.number(row['lo'], 1)} – {language.number(row['hi'], 1)}",
            signed(language.number(row["change"], 1), row["change"]),
            language.pick(card.terms.names.grades[row["grade"]]),
        ]
        for row in records(found)
    ]
    columns = [
        language.sentence("Weights"),
        language.sentence("Composite"),
        language.sentence("Interval"),
        language.sentence("Against the policy"),
        language.sentence("Grade"),
    ]
    caption = language.sentence("The same scores under other weights")
    return joined(
        [
            element("p", _sentence(card, language)),
            table(columns, cells, caption=caption, text_columns=(0, 4)),
            folded(language.sentence("Points each indicator brings"), _contributions(card, language)),
        ]
    )


def _sentence(card: Scorecard, language: Language) -> str:
    others = card.scenarios.composites[card.scenarios.composites["scenario"] != POLICY]
    widest = max(records(others), key=lambda row: abs(row["change"]))
    grades = set(card.scenarios.composites["grade"])
    said = language.sentence(
        "Other weights move the composite by {change} points at most ({scenario}).",
        change=language.number(abs(widest["change"]), 1),
        scenario=_scenario_name(widest["scenario"], card, language),
    )
    kept = (
        language.sentence("The grade stays the same under every weighting.")
        if len(grades) == 1
        else language.sentence("The grade depends on the weighting.")
    )
    return paragraph([said, kept], language)


def _contributions(card: Scorecard, language: Language) -> Fragment:
    by_place = {(row["scenario"], row["kpi"]): row for row in records(card.scenarios.contributions)}
    keys = list(card.scenarios.composites["scenario"])
    cells = [
        [
            language.pick(card.kpis[kpi].name),
            *(
                language.sentence(
                    "{points} of {weight}",
                    points=language.number(by_place[key, kpi]["points"], 1),
                    weight=language.number(by_place[key, kpi]["weight"], 1),
                )
                for key in keys
            ),
        ]
        for kpi in card.weighted["kpi"]
        if (POLICY, kpi) in by_place
    ]
    columns = [language.sentence("Indicator"), *(_scenario_name(key, card, language) for key in keys)]
    return table(columns, cells, caption=language.sentence("Points of the composite by indicator and weighting"))


def _scenario_name(key: str, card: Scorecard, language: Language) -> str:
    return (
        language.sentence("As the policy has them") if key == POLICY else language.pick(card.terms.names.scenarios[key])
    )
