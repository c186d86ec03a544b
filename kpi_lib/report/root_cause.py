"""The root-cause page: its first screen, and how it is to be read."""

from __future__ import annotations

from kpi_lib.analysis.records import records
from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.kpi.shown import shown_change
from kpi_lib.report.circumstances import finding
from kpi_lib.report.gain_words import gain_words
from kpi_lib.report.html import Fragment, bullets, element, joined
from kpi_lib.report.missed_words import missed_words
from kpi_lib.report.where_words import where_words
from kpi_lib.report.words import paragraph, period_words
from kpi_lib.text.language import Language


def verdict(result: RootCauses, language: Language) -> Fragment:
    """Return the first screen: what is missed, where it lies, what a repair gives back."""
    groups = result.grouped
    return element(
        "section",
        element("p", _headline(result, language), class_="headline", style="font-size:1.35em;font-weight:600;margin:0"),
        joined(_block(result, cause, language) for cause in groups.own),
        _also(groups.also, language),
        _others(groups.others, language),
        _beside(result, language),
        _not_computed(result, language),
        class_="verdict",
    )


def _also(causes: tuple[Cause, ...], language: Language) -> Fragment:
    if not causes:
        return Fragment("")
    hit = [
        f"{language.pick(cause.counted.name)} "
        f"({shown_change(sum(one.contribution for one in cause.explanation.found), cause.counted.unit, language)})"
        for cause in causes
        if cause.explanation is not None
    ]
    said = language.sentence("The same segments cost points outside the composite: {names}.", names=language.list(hit))
    return element("p", said)


def _headline(result: RootCauses, language: Language) -> str:
    branch = language.pick(result.card.terms.names.branch)
    period = period_words(result.card.period, language)
    judged = result.card.indicators
    if not judged["value"].notna().any():
        return language.sentence("{branch} has no data in {period}: nothing to explain.", branch=branch, period=period)
    said = language.plural(
        "{branch}, {period}: {n} indicator is short of its target.",
        "{branch}, {period}: {n} indicators are short of their targets.",
        len(result.missed),
        branch=branch,
        period=period,
    )
    if not result.missed:
        said = language.sentence("{branch} missed no target in {period}.", branch=branch, period=period)
    return paragraph([said, _placed(sum(cause.fell for cause in result.causes), language)], language)


def _placed(found: int, language: Language) -> str:
    if found == 0:
        return language.sentence("No loss could be placed.")
    return language.plural(
        "For {n} indicator it can be said where points were lost.",
        "For {n} indicators it can be said where points were lost.",
        found,
    )


def _block(result: RootCauses, cause: Cause, language: Language) -> Fragment:
    gains = records(result.what_if[result.what_if["kpi"] == cause.kpi.key])
    sentences = [missed_words(cause, language), where_words(cause, language), gain_words(cause, gains, language)]
    return joined(
        [
            element("h3", language.pick(cause.kpi.name)),
            element("p", paragraph(sentences, language)),
        ]
    )


def _others(causes: tuple[Cause, ...], language: Language) -> Fragment:
    if not causes:
        return Fragment("")
    names = [language.pick(cause.kpi.name) for cause in causes]
    said = language.plural(
        "{n} indicator outside the composite is missed and shows no change that could be placed: {names}.",
        "{n} indicators outside the composite are missed and show no change that could be placed: {names}.",
        len(causes),
        names=language.list(names),
    )
    return element("p", said)


def _beside(result: RootCauses, language: Language) -> Fragment:
    found = result.beside.circumstances
    return element("p", finding(found, language)) if found.risen else Fragment("")


def _not_computed(result: RootCauses, language: Language) -> Fragment:
    unavailable = result.card.unavailable
    keys = list(unavailable.loc[unavailable["policy_weight"] > 0, "kpi"])
    if not keys:
        return Fragment("")
    names = language.list([language.pick(result.card.kpis[key].name) for key in keys])
    return element("p", language.sentence("Not available for lack of columns: {names}.", names=names))


def remarks(result: RootCauses, language: Language) -> Fragment:
    """Return how the page is to be read."""
    alpha = 1 - result.card.terms.level
    looked = sum(cause.explanation is not None for cause in result.causes)
    return bullets(
        [
            language.sentence(
                "For each indicator the chance of naming anything where nothing changed is at most {alpha}, over "
                "everything looked at for it.",
                alpha=language.percent(alpha, 0),
            ),
            language.plural(
                "{n} indicator was looked into: expect up to {false} of the findings here to be chance.",
                "{n} indicators were looked into: expect up to {false} of the findings here to be chance.",
                looked,
                false=language.number(alpha * looked, 1),
            ),
            language.sentence("The data show where and with what a change goes together; they do not prove why."),
        ]
    )
