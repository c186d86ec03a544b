"""Pictures of the root-cause page, per indicator that lost points: its change, its fishbone and a Pareto chart."""

from __future__ import annotations

from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.analysis.rootcause.misses import misses
from kpi_lib.kpi.dimensions import DIMENSIONS, segment_text, value_name
from kpi_lib.kpi.shown import shown_change
from kpi_lib.report.comments import comments
from kpi_lib.report.explanation import waterfall
from kpi_lib.report.figure import figure
from kpi_lib.report.fishbone import drawing, fishbone
from kpi_lib.report.html import Child, Fragment, element, joined
from kpi_lib.report.pareto import pareto
from kpi_lib.report.root_cause_words import reference_words, verdict_words
from kpi_lib.report.table import table
from kpi_lib.report.words import period_words
from kpi_lib.text.language import Language

DRAWN = 3
"""Indicators drawn; the table has them all."""


def drawn(result: RootCauses) -> list[Cause]:
    """Return the indicators that are drawn: those that lost points, else the first that could be looked into."""
    own = [cause for cause in result.grouped.own if cause.explanation is not None]
    return [cause for cause in own if cause.fell][:DRAWN] or own[:1]


def waterfalls(result: RootCauses, language: Language) -> Fragment:
    """Return the way from the reference to the value of the period, per indicator drawn."""
    causes = drawn(result)
    if not causes:
        return element("p", language.sentence("There is no gap to draw."))
    return joined([_waterfall(result, cause, language) for cause in causes])


def _waterfall(result: RootCauses, cause: Cause, language: Language) -> Fragment:
    found, reference = cause.explanation, cause.case.reference
    assert found is not None
    assert reference is not None
    unit = cause.counted.unit
    title = language.pick(cause.counted.name)
    change = shown_change(found.gap.difference, unit, language)
    finding = language.sentence(
        "{change} in {period}", change=change, period=period_words(result.card.period, language)
    )
    parts = [
        (language.sentence("Mix of the cases"), found.mix.total),
        *((language.pick(segment_text(segment.dims)), segment.contribution) for segment in found.found),
        (language.sentence("All cases alike"), found.broad.contribution),
        (language.sentence("Unexplained"), found.rest),
    ]
    picture = waterfall(
        found, unit, language, name=f"waterfall-{cause.kpi.key}", title=title, finding=finding,
        alt=language.list([f"{name}: {shown_change(points, unit, language)}" for name, points in parts]),
        named=lambda segment: language.pick(segment_text(segment.dims)),
    )  # fmt: skip
    rows: list[list[Child]] = [[name, shown_change(points, unit, language)] for name, points in parts]
    caption = language.sentence(
        "From {reference} (n = {before}) to {period} (n = {n}); the steps add up to the change.",
        reference=reference_words(reference, language),
        before=language.number(found.gap.n_reference, 0),
        period=period_words(result.card.period, language),
        n=language.number(found.gap.n_current, 0),
    )
    columns = [language.sentence("Part"), language.sentence("Points of the change")]
    return figure(
        [picture],
        title=_title(cause, change, language),
        caption=caption,
        data=table(columns, rows, caption=title),
        language=language,
    )


def _title(cause: Cause, change: str, language: Language) -> str:
    """Return the finding of a waterfall: the change, and its largest part."""
    name, unit = language.pick(cause.counted.name), cause.counted.unit
    if cause.worse:
        largest = max(cause.worse, key=lambda segment: abs(segment.contribution))
        return language.sentence(
            "{kpi}: {change} in all, {part} with “{segment}”.",
            kpi=name,
            change=change,
            part=shown_change(largest.contribution, unit, language),
            segment=language.pick(segment_text(largest.dims)),
        )
    return language.sentence(
        "{kpi}: {change} in all; {verdict}.", kpi=name, change=change, verdict=verdict_words(cause, language)
    )


def fishbones(result: RootCauses, language: Language) -> Fragment:
    """Return the fishbones, each with the Pareto chart of the cases that count against the indicator."""
    causes = drawn(result)
    if not causes:
        return element("p", language.sentence("There is no gap to draw."))
    parts = []
    for cause in causes:
        key = cause.kpi.key
        parts.append(element("h3", language.pick(cause.kpi.name)))
        parts.append(fishbone(result.fishbones[key], language, name=f"fishbone-{key}"))
        parts.append(_pareto(result, cause, language))
    return joined(parts)


def _pareto(result: RootCauses, cause: Cause, language: Language) -> Fragment:
    found = misses(cause)
    if found is None:
        return Fragment("")
    dimension, bars = found
    labels = ["" if label != label else language.pick(value_name(dimension, str(label))) for label in bars["label"]]
    return pareto(
        bars,
        language,
        unit=language.sentence("cases against the indicator"),
        name=f"pareto-{cause.kpi.key}",
        labels=labels,
        caption=language.sentence(
            "Cases of {period} that count against “{kpi}”, by {dimension}: how they are made up, not what changed.",
            period=period_words(result.card.period, language),
            kpi=language.pick(cause.counted.name),
            dimension=language.pick(DIMENSIONS[dimension].name),
        ),
    )


def themes(result: RootCauses, language: Language) -> Fragment:
    """Return what customers say."""
    return comments(result.beside.comments, language)


def fishbone_svg(result: RootCauses, language: Language) -> str:
    """Return the first fishbone as SVG; an empty drawing where there is none."""
    causes = drawn(result)
    if not causes:
        return '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>'
    key = causes[0].kpi.key
    return drawing(result.fishbones[key], language, name=f"fishbone-{key}").svg
