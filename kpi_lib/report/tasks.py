"""What to do: sentences for a manager, the misses that bring most first."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.analysis.status import MISSED, Status
from kpi_lib.kpi.overdue import EDGES_HOURS
from kpi_lib.kpi.shown import shown
from kpi_lib.params.periods import parse_period
from kpi_lib.report.gap_words import gap_words
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import Language

TASKS_SHOWN = 3
"""Most indicators named under "what to do": a list a manager can act on."""


def tasks(card: Scorecard, language: Language) -> list[str]:
    """Return what to do: clear misses first, by the points they bring; old open tickets; missing columns."""
    counted = card.weighted
    missed = counted[counted["status"].isin([status.value for status in MISSED])]
    by_gain = missed.sort_values(["to_gain", "policy_weight"], ascending=False).head(TASKS_SHOWN)
    found = [_task(row, card, language) for row in records(by_gain)]
    watch = _watch(counted, card, language)
    return [
        *found, *watch, *_oldest(card, language), *_columns_to_bring(card, language), *_to_renew(card, language),
    ]  # fmt: skip


def _to_renew(card: Scorecard, language: Language) -> list[str]:
    """Name the reference figures that are too old."""
    accepted = card.terms.accepted_in
    stale = accepted is not None and accepted.stale
    ages = card.terms.old_industry(parse_period(card.period).end)
    old = [row for row in records(card.weighted) if row["kpi"] in ages]
    said = []
    if stale and accepted is not None:
        said.append(
            language.sentence(
                "The accepted baselines are {n} months old: propose and review new ones (`kpi baseline propose`).",
                n=accepted.age,
            )
        )
    if old:
        said.append(
            language.sentence(
                "Take the industry figures of {kpis} anew: they are older than half a year.",
                kpis=language.list([language.pick(card.kpis[row["kpi"]].name) for row in old]),
            )
        )
    return said


def _task(row: Row, card: Scorecard, language: Language) -> str:
    kpi = card.kpis[row["kpi"]]
    sentences = [
        language.sentence(
            "{kpi} is at {value}, target {target} ({owner}).",
            kpi=language.pick(kpi.name),
            value=shown(row["value"], row["unit"], language),
            target=shown(row["target"], row["unit"], language),
            owner=language.pick(kpi.owner),
        )
    ]
    gap = gap_words(row, kpi, language)
    if gap:
        sentences.append(language.sentence("Reaching it takes {gap}.", gap=gap))
    if row["to_gain"] > 0:
        sentences.append(
            language.sentence("It would bring {points} points.", points=language.number(row["to_gain"], 1))
        )
    return paragraph(sentences, language)


def _watch(counted: pd.DataFrame, card: Scorecard, language: Language) -> list[str]:
    """Name what is short of its target without chance being excluded, or say that nothing is."""
    short = counted[(counted["status"] == Status.CANNOT_TELL.value) & ~counted["reached"]]
    if len(short):
        kpis = language.list([language.pick(card.kpis[row["kpi"]].name) for row in records(short)])
        return [language.sentence("Watch {kpis}: short of the target, but chance can explain it.", kpis=kpis)]
    if counted["status"].isin([status.value for status in MISSED]).any():
        return []
    if not counted["status"].isin([Status.MET.value, Status.CANNOT_TELL.value]).any():
        return [language.sentence("No weighted indicator has enough cases for a verdict: look at a longer period.")]
    return [language.sentence("No weighted indicator with enough cases is short of its target.")]


def _oldest(card: Scorecard, language: Language) -> list[str]:
    if card.buckets.empty:
        return []
    now = card.buckets[(card.buckets["scope"] == "open_now") & (card.buckets["bucket"] == len(EDGES_HOURS))]
    n = int(now["n_tickets"].sum())
    if n == 0:
        return []
    return [
        language.plural(
            "{n} ticket has been open for more than {hours}: settle it first.",
            "{n} tickets have been open for more than {hours}: settle them first.",
            n,
            hours=language.hours(EDGES_HOURS[-1]),
        )
    ]


def _columns_to_bring(card: Scorecard, language: Language) -> list[str]:
    lacking = card.unavailable[card.unavailable["policy_weight"] > 0]
    return [
        language.sentence(
            "{kpi} cannot be computed: bring {missing} into the data.",
            kpi=language.pick(card.kpis[row["kpi"]].name),
            missing=row["missing"],
        )
        for row in records(lacking)
    ]
