"""Branches side by side on the baseline page: pooled values, funnels, ranks as intervals."""

from __future__ import annotations

from kpi_lib.analysis.baseline.peers import Funnel, Pooled
from kpi_lib.analysis.baseline.review import BaselineReview
from kpi_lib.analysis.records import records
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.plot.baseline import funnel_panel, peers_panel
from kpi_lib.plot.theme import Picture
from kpi_lib.report.baseline_words import standing_words
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Child, Fragment, element, joined
from kpi_lib.report.table import table
from kpi_lib.text.language import MISSING, Language


def peers(review: BaselineReview, language: Language) -> Fragment:
    """Return each indicator's branches, ordered by size and never by rank."""
    if not review.pooled:
        return element("p", language.sentence("No indicator can be compared between branches."))
    return joined([_one(key, review, language) for key in review.pooled])


def _one(key: str, review: BaselineReview, language: Language) -> Fragment:
    pooled, found, kpi = review.pooled[key], review.funnels.get(key), review.kpis[key]
    names = {group: language.pick(review.branches[group]) for group in pooled.table["group"]}
    name, finding = language.pick(kpi.name), _finding(review.branch, found, language)
    alt = f"{name}. {finding}"
    pictures: list[Picture] = [
        peers_panel(
            pooled,
            found,
            names=names,
            own=review.branch,
            unit=kpi.unit,
            language=language,
            title=name,
            finding=_spread(pooled, language),
            name=f"peers-{key}",
            alt=alt,
        )
    ]
    if found is not None:
        pictures.append(
            funnel_panel(
                found,
                names=names,
                own=review.branch,
                unit=kpi.unit,
                language=language,
                title=name,
                finding=finding,
                name=f"funnel-{key}",
                alt=alt,
            )
        )
    caption = language.sentence(
        "Twelve months, branches by number of cases. Line: interval; mark: value; stroke: raw value; dashed: "
        "all branches. ▲▼ beyond chance, ◆ too few cases to show a difference that matters."
    )
    return figure(
        pictures, title=f"{name}: {finding}", caption=caption, data=_table(key, review, language), language=language
    )


def _finding(branch: str, found: Funnel | None, language: Language) -> str:
    own = [] if found is None else [row for row in records(found.table) if row["group"] == branch]
    if not own:
        return language.sentence("values with their intervals")
    return language.sentence("this branch is {standing}", standing=standing_words(own[0]["standing"], language))


def _spread(pooled: Pooled, language: Language) -> str:
    if pooled.pooled:
        return language.sentence("small branches are drawn towards the others as far as their cases are few")
    return language.sentence("fewer than eight branches: raw values, nothing is pooled")


def _table(key: str, review: BaselineReview, language: Language) -> Fragment:
    kpi = review.kpis[key]
    own = {row["group"]: row for row in records(review.funnels[key].table)} if key in review.funnels else {}
    rows: list[list[Child]] = []
    for row in records(review.pooled[key].table):
        peer = own.get(row["group"])
        rows.append(
            [
                language.pick(review.branches[row["group"]]),
                language.number(row["denominator"], 0),
                shown(row["raw"], kpi.unit, language),
                shown(row["value"], kpi.unit, language),
                shown_interval(row["lo"], row["hi"], kpi.unit, language),
                language.percent(row["weight"], 0),
                MISSING if peer is None else f"{peer['rank_lo']:.0f} – {peer['rank_hi']:.0f}",
                MISSING if peer is None else shown_change(peer["smallest"], kpi.unit, language),
                MISSING if peer is None else standing_words(peer["standing"], language),
            ]
        )
    headings = [
        language.sentence("Branch"), language.sentence("Cases"), language.sentence("Raw value"),
        language.sentence("Value"), language.sentence("Interval"), language.sentence("Own weight"),
        language.sentence("Rank interval"), language.sentence("Smallest difference it could show"),
        language.sentence("Standing"),
    ]  # fmt: skip
    return table(headings, rows, caption=language.pick(kpi.name), text_columns=(0, 8))
