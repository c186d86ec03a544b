"""The first screen: the verdict, what changed, what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.analysis.status import MISSED, Status
from kpi_lib.kpi.overdue import EDGES_HOURS
from kpi_lib.kpi.shown import shown, shown_change, shown_interval, signed
from kpi_lib.params.periods import parse_period
from kpi_lib.report.gap_words import gap_words
from kpi_lib.report.html import Fragment, bullets, element
from kpi_lib.report.words import paragraph, period_words, reason_words
from kpi_lib.text.language import Language

TASKS_SHOWN = 3
"""Most indicators named under "what to do": a list a manager can act on."""


def verdict(card: Scorecard, language: Language) -> Fragment:
    """Return the verdict, what changed and what to do."""
    return element(
        "section",
        element("p", headline(card, language), class_="headline", style="font-size:1.35em;font-weight:600;margin:0"),
        element("p", paragraph([*_grade(card, language), change_sentence(card, language)], language)),
        element(
            "p",
            paragraph(
                [provisional_sentence(card, language), *_coverage(card, language), *_thin(card, language)], language
            ),
        ),
        element("h3", language.sentence("What changed")),
        bullets(changes(card, language)),
        element("h3", language.sentence("What to do")),
        bullets(tasks(card, language)),
        class_="verdict",
    )


def headline(card: Scorecard, language: Language) -> str:
    """Return the composite with its interval, or why there is none."""
    branch, period = language.pick(card.terms.names.branch), period_words(card.period, language)
    if np.isnan(card.verdict.value):
        return language.sentence(
            "{branch} has no composite score for {period}: no weighted indicator has a score.",
            branch=branch,
            period=period,
        )
    return language.sentence(
        "{branch} scores {score} of 100 in {period}: {grade} ({level} interval {lo} to {hi}).",
        branch=branch,
        period=period,
        score=language.number(card.verdict.value, 1),
        grade=language.pick(card.terms.names.grades[card.verdict.grade]),
        level=language.percent(card.terms.level, 0),
        lo=language.number(card.verdict.lo, 1),
        hi=language.number(card.verdict.hi, 1),
    )


def _grade(card: Scorecard, language: Language) -> list[str]:
    if not card.verdict.grade:
        return []
    chances, names = card.verdict.grade_chance, card.terms.names.grades
    own = card.verdict.grade
    likeliest = max(chances, key=lambda key: chances[key])
    said = language.sentence(
        "Given the number of cases, the chance that the grade is really {grade} is {chance}.",
        grade=language.pick(names[own]),
        chance=chance_words(chances[own], language),
    )
    if likeliest == own:
        return [said]
    other = language.sentence(
        "{grade} is likelier ({chance}).",
        grade=language.pick(names[likeliest]),
        chance=chance_words(chances[likeliest], language),
    )
    return [said, other]


def chance_words(chance: float, language: Language) -> str:
    """Return a chance in whole per cent; draws cannot tell one beyond 99 % from certainty."""
    if chance > 0.99:
        return language.sentence("over 99%")
    return language.sentence("under 1%") if chance < 0.01 else language.percent(chance, 0)


def change_sentence(card: Scorecard, language: Language) -> str:
    """Return the composite's change on the period before and whether it is more than chance."""
    change = card.change
    if np.isnan(change.value) or card.previous is None:
        return language.sentence("There is no earlier period to compare with.")
    values = {
        "change": language.number(abs(change.value), 1),
        "previous": period_words(card.previous, language),
        "lo": signed(language.number(change.lo, 1), change.lo),
        "hi": signed(language.number(change.hi, 1), change.hi),
    }
    if change.clear and change.value > 0:
        said = language.sentence(
            "It is {change} points up on {previous} (interval {lo} to {hi}), more than chance explains.", **values
        )
    elif change.clear:
        said = language.sentence(
            "It is {change} points down on {previous} (interval {lo} to {hi}), more than chance explains.", **values
        )
    elif change.value == 0:
        said = language.sentence("It is where it was in {previous} (interval {lo} to {hi}).", **values)
    elif change.value > 0:
        said = language.sentence(
            "It is {change} points up on {previous}, which chance can explain (interval {lo} to {hi}).", **values
        )
    else:
        said = language.sentence(
            "It is {change} points down on {previous}, which chance can explain (interval {lo} to {hi}).", **values
        )
    if set(change.kpis) == set(card.verdict.weights):
        return said
    basis = language.plural(
        "The change compares the {n} indicator scored in both periods.",
        "The change compares the {n} indicators scored in both periods.",
        len(change.kpis),
    )
    return paragraph([said, basis], language)


def provisional_sentence(card: Scorecard, language: Language) -> str:
    """Return whether the figures can still move."""
    if not card.provisional:
        return language.sentence("The figures are final: the period is over and no time limit is still running.")
    if card.indicators["provisional"].all():
        return language.sentence("The figures are provisional: the period is not over.")
    moving = card.indicators[(card.indicators["weight"] > 0) & card.indicators["provisional"]]
    return language.sentence(
        "The figures are provisional: time limits are still running for {kpis}.",
        kpis=language.list([language.pick(card.kpis[kpi].name) for kpi in moving["kpi"]]),
    )


def _coverage(card: Scorecard, language: Language) -> list[str]:
    """Say which weighted indicators have no score and where their weight went."""
    unscored = card.weighted[card.weighted["weight"] == 0]
    reasons = [
        language.sentence(
            "{kpi} ({reason})",
            kpi=_name(row, card, language),
            reason=reason_words(row["reason"], language)
            or language.sentence("too few cases, or no bands in the policy"),
        )
        for row in records(unscored)
    ] + [
        language.sentence("{kpi} (the data lack {missing})", kpi=_name(row, card, language), missing=row["missing"])
        for row in records(card.unavailable[card.unavailable["policy_weight"] > 0])
    ]
    if not reasons:
        return []
    return [
        language.sentence(
            "{coverage} of the weight is scored; the weight of the rest is shared out among it: {kpis}.",
            coverage=language.percent(card.verdict.coverage, 0),
            kpis=language.list(reasons),
        )
    ]


def _thin(card: Scorecard, language: Language) -> list[str]:
    """Say how much of the composite rests on too few cases for a verdict."""
    thin = card.weighted[(card.weighted["status"] == Status.TOO_FEW.value) & (card.weighted["weight"] > 0)]
    if thin.empty:
        return []
    return [
        language.sentence(
            "{share} of the weight rests on too few cases for a verdict ({kpis}); a longer period would tell more.",
            share=language.percent(thin["weight"].sum() / 100, 0),
            kpis=language.list([_name(row, card, language) for row in records(thin)]),
        )
    ]


def changes(card: Scorecard, language: Language) -> list[str]:
    """Return one sentence per weighted indicator that changed by more than chance, or that none did."""
    if card.previous is None:
        return [language.sentence("There is no earlier period to compare with.")]
    counted = card.weighted
    clear = counted[counted["change_clear"]]
    previous = period_words(card.previous, language)
    beyond = _beyond_accepted(card, language)
    if clear.empty:
        calm = language.sentence("No weighted indicator changed on {previous} by more than chance.", previous=previous)
        return [calm, *beyond]
    return [*(_change_of(row, card, language) for row in records(clear)), *beyond]


def _beyond_accepted(card: Scorecard, language: Language) -> list[str]:
    """Name the weighted indicators that lie beyond the limits a person accepted."""
    value = {row["kpi"]: row for row in records(card.weighted)}
    return [
        language.sentence(
            "{kpi}: {value} lies beyond the accepted limits ({limits}, centre {centre}).",
            kpi=_name(row, card, language),
            value=shown(value[row["kpi"]]["value"], value[row["kpi"]]["unit"], language),
            limits=shown_interval(row["lower"], row["upper"], value[row["kpi"]]["unit"], language),
            centre=shown(row["expected"], value[row["kpi"]]["unit"], language),
        )
        for row in records(card.watch)
        if row["kpi"] in value and "beyond_limits" in row["rule"].split("+")
    ]


def _change_of(row: Row, card: Scorecard, language: Language) -> str:
    values = {
        "kpi": _name(row, card, language),
        "before": shown(row["previous_value"], row["unit"], language),
        "now": shown(row["value"], row["unit"], language),
        "change": shown_change(row["change"], row["unit"], language),
        "lo": shown_change(row["change_lo"], row["unit"], language),
        "hi": shown_change(row["change_hi"], row["unit"], language),
    }
    if row["change_better"]:
        return language.sentence(
            "Better: {kpi} went from {before} to {now}: {change} (interval {lo} to {hi}).", **values
        )
    return language.sentence("Worse: {kpi} went from {before} to {now}: {change} (interval {lo} to {hi}).", **values)


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
                kpis=language.list([_name(row, card, language) for row in old]),
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
        kpis = language.list([_name(row, card, language) for row in records(short)])
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
            kpi=_name(row, card, language),
            missing=row["missing"],
        )
        for row in records(lacking)
    ]


def _name(row: Row, card: Scorecard, language: Language) -> str:
    return language.pick(card.kpis[row["kpi"]].name)
