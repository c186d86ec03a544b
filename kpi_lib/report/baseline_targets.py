"""Targets on the baseline page: odds, the way to the company's target, bands with their chance changes."""

from __future__ import annotations

import numpy as np

from kpi_lib.analysis.baseline.review import BaselineReview, IndicatorReview
from kpi_lib.analysis.baseline.targets import Assurance, Origin
from kpi_lib.analysis.records import Row, records
from kpi_lib.kpi.shown import shown, shown_change
from kpi_lib.report.baseline_words import assurance_words, origin_words
from kpi_lib.report.html import Child, Fragment, element, joined
from kpi_lib.report.table import table
from kpi_lib.report.words import period_words
from kpi_lib.text.language import MISSING, Language

STEPS = 4
"""Steps of a trajectory shown; trajectories.csv has every month."""


def targets(review: BaselineReview, language: Language) -> Fragment:
    """Return the targets with their odds, the way to the company's, and the bands with their chance changes."""
    origins = [origin.value for origin in Origin]
    rows: list[list[Child]] = []
    for one in review.indicators:
        found = {row["origin"]: row for row in records(one.target.targets)}
        cells = [_odds(found[origin], one, language) if origin in found else MISSING for origin in origins]
        rows.append([language.pick(one.kpi.name), *cells])
    headings = [language.sentence("Indicator"), *(origin_words(origin, language) for origin in origins)]
    caption = language.sentence(
        "Target: chance to meet it next month, and in 9 of 12 months or more, if the process stays as it is; equality "
        "counts as met. {marks}.",
        marks=language.list([assurance_words(kind.value, language) for kind in Assurance]),
    )
    odds = table(headings, rows, caption=caption, text_columns=range(len(headings)))
    return joined([odds, _trajectories(review, language), _bands(review, language)])


def _odds(row: Row, one: IndicatorReview, language: Language) -> str:
    return language.sentence(
        "{mark} {target}: {next} / {often}",
        mark=assurance_words(row["assurance"], language)[0],
        target=shown(row["target"], one.kpi.unit, language),
        next=language.percent(row["chance_next"], 0),
        often=language.percent(row["chance_often"], 0),
    )


def _trajectories(review: BaselineReview, language: Language) -> Fragment:
    rows = [_path(one, language) for one in review.indicators if len(one.target.path)]
    if not rows:
        return element("p", language.sentence("Every company target is met at the present level: no way to go."))
    headings = [
        language.sentence("Indicator"), language.sentence("Present level"), language.sentence("Change a month"),
        language.sentence("Target by"),
        *(language.sentence("{part} of the way", part=f"{step}/{STEPS}") for step in range(1, STEPS + 1)),
    ]  # fmt: skip
    caption = language.sentence(
        "An even way to the company's target: level to be reached by each month, and in brackets the chance that the "
        "process as it is gets there anyhow in a month. By the policy's target date, else in twelve months."
    )
    return table(headings, rows, caption=caption, text_columns=range(len(headings)))


def _path(one: IndicatorReview, language: Language) -> list[Child]:
    path, unit = one.target.path, one.kpi.unit
    places = [int(np.ceil(len(path) * step / STEPS)) - 1 for step in range(1, STEPS + 1)]
    target = one.target.targets.loc[one.target.targets["origin"] == Origin.AMBITION.value, "target"].iloc[0]
    return [
        language.pick(one.kpi.name),
        shown(one.quality.centre, unit, language),
        shown_change((target - one.quality.centre) / len(path), unit, language),
        period_words(path["period"].iloc[-1], language),
        *(
            language.sentence(
                "{level} ({chance})",
                level=shown(row["level"], unit, language),
                chance=language.percent(row["chance"], 0),
            )
            for row in records(path.iloc[places])
        ),
    ]


def _bands(review: BaselineReview, language: Language) -> Fragment:
    rows: list[list[Child]] = []
    for one in review.indicators:
        for row in records(one.target.bands):
            cuts = [shown(row[f"cut_{place}"], one.kpi.unit, language) for place in range(1, 5)]
            in_force = row["set"] == "in_force"
            name = language.sentence("in force") if in_force else language.sentence("proposed")
            rows.append([language.pick(one.kpi.name), name, *cuts, language.number(row["flips"], 1)])
    headings = [
        language.sentence("Indicator"), language.sentence("Bands"), "1|2", "2|3", "3|4", "4|5",
        language.sentence("Chance changes of band a year"),
    ]  # fmt: skip
    caption = language.sentence("Cuts between the five bands, and how often a stable process changes band by chance.")
    return table(headings, rows, caption=caption, text_columns=(0, 1))
