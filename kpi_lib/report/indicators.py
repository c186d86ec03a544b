"""The indicator tables, strengths and weak spots, and what each indicator means."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.analysis.status import MISSED, Status
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.shown import shown, shown_beside, shown_change, shown_interval
from kpi_lib.report.gap_words import distances, gap_words
from kpi_lib.report.html import Child, Fragment, bullets, element, folded, joined
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph, period_words, reason_words, stale_words, status_words
from kpi_lib.text.language import MISSING, Language

GOOD = 4
"""Score from which an indicator counts as a strength: the band that meets the target."""


def indicator_table(card: Scorecard, language: Language) -> Fragment:
    """Return the weighted indicators with value, interval, n, lines, score and verdict."""
    rows = [_cells(row, card, language, weighted=True) for row in records(card.weighted)]
    names = card.terms.names
    notes = [
        language.sentence(
            "Intervals at {level}. A verdict is given only when the whole interval lies on one side of the target; a "
            "change is called better or worse only when its interval leaves out zero. Of {n} such comparisons, "
            "chance alone would call about {false} a change.",
            level=language.percent(card.terms.level, 0),
            n=language.number(len(rows)),
            false=language.number(len(rows) * (1 - card.terms.level), 1),
        )
    ]
    notes += baseline_source(card, language)
    if names.preset_note is not None:
        notes.append(language.pick(names.preset_note))
    caption = language.sentence(
        "Weighted indicators, {branch}, {period}",
        branch=language.pick(names.branch),
        period=period_words(card.period, language),
    )
    if names.preset is not None:
        caption = language.sentence("{table} ({preset})", table=caption, preset=language.pick(names.preset))
    shown_table = table(_columns(card, language, weighted=True), rows, caption=caption, text_columns=(0, 8, 9))
    return joined([shown_table, element("p", element("small", paragraph(notes, language)))])


def baseline_source(card: Scorecard, language: Language) -> list[str]:
    """Say whose the baselines are, and what is due for renewal."""
    found = card.terms.accepted_in
    held = [row for row in records(card.weighted) if row["baseline_from"] not in ("", "policy")]
    if found is None or not held:
        return [language.sentence("The baselines are the policy's: none has been accepted yet.")]
    said = [
        language.sentence(
            "{n} of {all} weighted indicators are held to the baselines of {period}, accepted by {author}; nothing is "
            "estimated anew, and the others have the policy's.",
            n=len(held),
            all=len(card.weighted),
            period=period_words(found.period, language),
            author=found.author or MISSING,
        )
    ]
    return [*said, *([stale_words(found.age, language)] if found.stale else [])]


def watched_table(card: Scorecard, language: Language) -> Fragment:
    """Return the indicators without weight, by dimension, folded away."""
    rest = card.indicators[card.indicators["policy_weight"] == 0]
    if rest.empty:
        return element("p", language.sentence("Every indicator carries weight."))
    parts: list[Child] = []
    dimensions = dict.fromkeys(card.kpis[kpi].dimension for kpi in rest["kpi"])
    for dimension in dimensions:
        own = rest[[card.kpis[kpi].dimension == dimension for kpi in rest["kpi"]]]
        rows = [_cells(row, card, language, weighted=False) for row in records(own)]
        columns = _columns(card, language, weighted=False)
        parts.append(table(columns, rows, caption=language.pick(dimension), text_columns=(0, 7, 8)))
    summary = language.plural("{n} more indicator, without weight", "{n} more indicators, without weight", len(rest))
    return folded(summary, *parts)


def _columns(card: Scorecard, language: Language, *, weighted: bool) -> list[str]:
    change = (
        language.sentence("Change on {previous}", previous=period_words(card.previous, language))
        if card.previous
        else language.sentence("Change")
    )
    return [
        language.sentence("Indicator"),
        language.sentence("Value"),
        language.sentence("Interval"),
        language.sentence("n"),
        language.sentence("Baseline"),
        language.sentence("Target"),
        language.sentence("Score of 5"),
        *([language.sentence("Weight")] if weighted else []),
        language.sentence("Verdict"),
        change,
    ]


def _cells(row: Row, card: Scorecard, language: Language, *, weighted: bool) -> list[Child]:
    unit = row["unit"]
    weight: list[Child] = [language.percent(row["weight"] / 100)] if weighted else []
    reason = reason_words(row["reason"], language)
    return [
        language.pick(card.kpis[row["kpi"]].name),
        shown_beside(row["value"], row["target"], unit, language),
        shown_interval(row["lo"], row["hi"], unit, language),
        language.number(row["n"], 0),
        shown(row["baseline"], unit, language),
        shown(row["target"], unit, language),
        language.number(row["score"], 0 if card.terms.rule == "bands" else 1),
        *weight,
        joined([verdict_words(row, language), *_small(reason)]),
        _change_cell(row, language),
    ]


def _small(reason: str) -> list[Child]:
    return [": ", element("small", reason)] if reason else []


def verdict_words(row: Row, language: Language) -> Fragment:
    """Return the verdict, coloured by what it means for a page that has the style."""
    status = Status(row["status"])
    kind = "better" if status is Status.MET else "worse" if status in MISSED else "unclear"
    return element("span", status_words(status, language, reached=row["reached"]), class_=kind)


def _change_cell(row: Row, language: Language) -> str:
    if np.isnan(row["change"]):
        return language.sentence("no earlier value")
    change = shown_change(row["change"], row["unit"], language)
    if not row["change_clear"]:
        return language.sentence("{change}, within chance", change=change)
    if row["change_better"]:
        return language.sentence("{change}, better", change=change)
    return language.sentence("{change}, worse", change=change)


def strengths(card: Scorecard, language: Language) -> Fragment:
    """Return strengths and weak spots in words, the surest and weightiest first."""
    rows = card.weighted
    judged = rows[rows["status"].isin([Status.MET.value, Status.CANNOT_TELL.value])]
    strong = judged[judged["score"] >= GOOD].assign(_sure=lambda found: found["status"] == Status.MET)
    missed = rows[rows["status"].isin([status.value for status in MISSED])]
    short = rows[(rows["status"] == Status.CANNOT_TELL.value) & ~rows["reached"]]
    return joined(
        [
            element("h3", language.sentence("Strengths")),
            _listed(
                strong.sort_values(["_sure", "policy_weight"], ascending=False),
                card,
                language,
                otherwise=language.sentence("No weighted indicator with enough cases reaches its target."),
            ),
            element("h3", language.sentence("Weak spots, beyond chance")),
            _listed(
                missed.sort_values(["to_gain", "policy_weight"], ascending=False),
                card,
                language,
                otherwise=language.sentence("None: no weighted indicator is short of its target by more than chance."),
            ),
            *(
                [
                    element("h3", language.sentence("To watch: short of the target, but chance can explain it")),
                    _listed(short, card, language, otherwise=""),
                ]
                if len(short)
                else []
            ),
        ]
    )


def _listed(rows: pd.DataFrame, card: Scorecard, language: Language, *, otherwise: str) -> Fragment:
    if rows.empty:
        return element("p", otherwise)
    return bullets([_described(row, card, language) for row in records(rows)])


def _described(row: Row, card: Scorecard, language: Language) -> Fragment:
    said = language.sentence(
        "{kpi}: {value}; {distances}.",
        kpi=language.pick(card.kpis[row["kpi"]].name),
        value=shown(row["value"], row["unit"], language),
        distances=distances(row, language),
    )
    return joined([said, " ", verdict_words(row, language)])


def gap_table(card: Scorecard, language: Language) -> Fragment:
    """Return what closing each gap takes and what it brings."""
    rows = card.weighted
    open_gaps = rows[rows["to_reach"] > 0].sort_values(["to_gain", "policy_weight"], ascending=False)
    if open_gaps.empty:
        return element("p", language.sentence("No weighted indicator has a gap to close."))
    cells: list[list[Child]] = [
        [
            language.pick(card.kpis[row["kpi"]].name),
            shown_beside(row["value"], row["target"], row["unit"], language),
            shown(row["target"], row["unit"], language),
            gap_words(row, card.kpis[row["kpi"]], language),
            language.number(row["to_gain"], 1),
            verdict_words(row, language),
        ]
        for row in records(open_gaps)
    ]
    return table(
        [
            language.sentence("Indicator"),
            language.sentence("Value"),
            language.sentence("Target"),
            language.sentence("Reaching the target takes"),
            language.sentence("Points it brings"),
            language.sentence("Verdict"),
        ],
        cells,
        caption=language.sentence("What closing the gap to the target takes, the most points first"),
        text_columns=(0, 3, 5),
    )


def definitions(card: Scorecard, language: Language) -> Fragment:
    """Return what each indicator means, folded away."""
    cells = [_definition(card.kpis[kpi], language) for kpi in card.indicators["kpi"]]
    return folded(
        language.sentence("How each indicator is defined"),
        table(
            [
                language.sentence("Indicator"),
                language.sentence("Definition"),
                language.sentence("Formula"),
                language.sentence("Answers for it"),
            ],
            cells,
            caption=language.sentence("Definitions"),
            text_columns=(0, 1, 2, 3),
        ),
    )


def _definition(kpi: Kpi, language: Language) -> list[Child]:
    texts = (kpi.name, kpi.definition, kpi.formula, kpi.owner)
    return [language.pick(text) for text in texts]
