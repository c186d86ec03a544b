"""The first screen: the verdict, what changed, what to do."""

from __future__ import annotations

import numpy as np

from kpi_lib.analysis.records import records
from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.analysis.status import Status
from kpi_lib.kpi.shown import signed
from kpi_lib.report.changes import changes
from kpi_lib.report.html import Fragment, bullets, element
from kpi_lib.report.tasks import tasks
from kpi_lib.report.words import paragraph, period_words, reason_words
from kpi_lib.text.language import Language


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
            kpi=language.pick(card.kpis[row["kpi"]].name),
            reason=reason_words(row["reason"], language)
            or language.sentence("too few cases, or no bands in the policy"),
        )
        for row in records(unscored)
    ] + [
        language.sentence(
            "{kpi} (the data lack {missing})", kpi=language.pick(card.kpis[row["kpi"]].name), missing=row["missing"]
        )
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
            kpis=language.list([language.pick(card.kpis[row["kpi"]].name) for row in records(thin)]),
        )
    ]
