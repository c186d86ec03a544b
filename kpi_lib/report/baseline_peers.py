"""Branches side by side on the baseline page: pooled values, funnels, case mix, ranks as intervals."""

from __future__ import annotations

import numpy as np

from kpi_lib.analysis.baseline.comparison import Comparison
from kpi_lib.analysis.baseline.peers import Pooled, Standing
from kpi_lib.analysis.baseline.review import BaselineReview
from kpi_lib.analysis.records import Row, records
from kpi_lib.kpi.definition import Unit
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.plot.baseline import funnel_panel, peers_panel
from kpi_lib.report.baseline_words import standing_words, stratum_words
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Child, Fragment, element, joined
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import MISSING, Language

DRAWN = 2
"""Most indicators drawn: a page a manager reads."""


def peers(review: BaselineReview, language: Language) -> Fragment:
    """Return this branch among its peers: a line for every indicator, pictures of the weightiest where it stands out.

    Where it stands out nowhere, the weightiest indicators are drawn. Branches are ordered by size, never by rank.
    """
    if not review.comparisons:
        return element("p", language.sentence("No indicator can be compared between branches."))
    notable = [key for key, one in review.comparisons.items() if _stands_out(_own(one, review.branch))]
    drawn = (notable or list(review.comparisons))[:DRAWN]
    return joined(
        [_overview(review, language), *_mix(review, language), *(_one(key, review, language) for key in drawn)]
    )


def _own(one: Comparison, branch: str) -> Row | None:
    return next((row for row in records(one.funnel.table) if row["group"] == branch), None)


def _stands_out(row: Row | None) -> bool:
    return row is not None and row["standing"] in {Standing.BETTER.value, Standing.WORSE.value}


def _overview(review: BaselineReview, language: Language) -> Fragment:
    rows: list[list[Child]] = []
    for key, one in review.comparisons.items():
        kpi, peer = review.kpis[key], _own(one, review.branch)
        row = next((row for row in records(one.pooled.table) if row["group"] == review.branch), None)
        if row is None or peer is None:
            continue
        rows.append(
            [
                language.pick(kpi.name),
                standing_words(peer["standing"], language),
                language.number(row["denominator"], 0),
                shown(row["raw"], kpi.unit, language),
                language.sentence(
                    "{value} ({interval})",
                    value=shown(row["value"], kpi.unit, language),
                    interval=shown_interval(row["lo"], row["hi"], kpi.unit, language),
                ),
                shown(one.funnel.level, kpi.unit, language),
                _ranks(peer),
                shown_change(peer["smallest"], kpi.unit, language),
            ]
        )
    headings = [
        language.sentence("Indicator"), language.sentence("Standing"), language.sentence("Cases"),
        language.sentence("Raw value"), language.sentence("Value"), language.sentence("All branches"),
        language.sentence("Ranks"), language.sentence("Could show"),
    ]  # fmt: skip
    caption = language.sentence(
        "{branch} among {n} branches over the last twelve months. The value is drawn towards the other branches as far "
        "as the cases are few; the ranks are the interval of its rank; it could show a difference this large.",
        branch=language.pick(review.branches[review.branch]),
        n=len(review.branches),
    )
    return table(headings, rows, caption=caption, text_columns=(0, 1))


def _ranks(peer: Row | None) -> str:
    return MISSING if peer is None or np.isnan(peer["rank_lo"]) else f"{peer['rank_lo']:.0f} – {peer['rank_hi']:.0f}"


def _headings(language: Language) -> list[str]:
    return [
        language.sentence("Cases"), language.sentence("Raw value"), language.sentence("Value"),
        language.sentence("Interval"), language.sentence("Own weight"), language.sentence("Rank interval"),
        language.sentence("Smallest difference it could show"), language.sentence("Standing"),
    ]  # fmt: skip


def _cells(row: Row, peer: Row | None, unit: Unit, language: Language) -> list[Child]:
    return [
        language.number(row["denominator"], 0),
        shown(row["raw"], unit, language),
        shown(row["value"], unit, language),
        shown_interval(row["lo"], row["hi"], unit, language),
        language.percent(row["weight"], 0),
        _ranks(peer),
        MISSING if peer is None else shown_change(peer["smallest"], unit, language),
        MISSING if peer is None else standing_words(peer["standing"], language),
    ]


def _mix(review: BaselineReview, language: Language) -> list[Fragment]:
    """Return raw values beside what the branch's own mix of cases would bring anywhere."""
    rows: list[list[Child]] = []
    for key, one in review.comparisons.items():
        own = (
            None
            if one.mix is None
            else next((row for row in records(one.mix.table) if row["group"] == review.branch), None)
        )
        if one.mix is None or own is None:
            continue
        unit = review.kpis[key].unit
        rows.append(
            [
                language.pick(review.kpis[key].name),
                language.list([stratum_words(name, language) for name in one.mix.strata]),
                shown(own["raw"], unit, language),
                shown(own["expected"], unit, language),
                shown_change(own["difference"], unit, language),
                shown(own["adjusted"], unit, language),
                standing_words(own["standing"], language),
            ]
        )
    if not rows:
        return []
    headings = [
        language.sentence("Indicator"), language.sentence("Case mix by"), language.sentence("Raw value"),
        language.sentence("Expected of its cases"), language.sentence("Difference"),
        language.sentence("Value after case mix"), language.sentence("Standing after case mix"),
    ]  # fmt: skip
    caption = language.sentence(
        "Case mix: what the same cases would come to at the rates of all branches. Indicators whose rows do not tell "
        "cases apart are not listed."
    )
    return [table(headings, rows, caption=caption, text_columns=(0, 1, 6))]


def _one(key: str, review: BaselineReview, language: Language) -> Fragment:
    one, kpi = review.comparisons[key], review.kpis[key]
    names = {group: language.pick(review.branches[group]) for group in one.pooled.table["group"]}
    name, finding = language.pick(kpi.name), _finding(review.branch, one, language)
    alt = f"{name}: {finding}"
    pictures = [
        peers_panel(
            one.pooled, one.funnel, names=names, own=review.branch, unit=kpi.unit, language=language, title=name,
            finding=_spread(one.pooled, language), name=f"peers-{key}", alt=alt,
        ),
        funnel_panel(
            one.funnel, names=names, own=review.branch, unit=kpi.unit, language=language, title=name, finding=finding,
            name=f"funnel-{key}", alt=alt,
        ),
    ]  # fmt: skip
    caption = language.sentence(
        "Twelve months, branches by number of cases. Line: interval; mark: value; stroke: raw value; dashed: "
        "all branches. ▲▼ beyond chance, ◆ too few cases to show a difference that matters."
    )
    remark = language.sentence(
        "Groups differ {phi} times as much as chance allows (1 = chance alone); the wider contour allows for it.",
        phi=language.number(one.funnel.phi, 1),
    )
    said = paragraph([caption, *([remark] if one.funnel.tau > 0 else [])], language)
    return figure(
        pictures, title=f"{name}: {finding}", caption=said, data=_table(key, review, language), language=language
    )


def _finding(branch: str, one: Comparison, language: Language) -> str:
    own = _own(one, branch)
    if own is None:
        return language.sentence("values with their intervals")
    return language.sentence("this branch is {standing}", standing=standing_words(own["standing"], language))


def _spread(pooled: Pooled, language: Language) -> str:
    if pooled.pooled:
        return language.sentence("small branches are drawn towards the others as far as their cases are few")
    return language.sentence("fewer than eight branches: raw values, nothing is pooled")


def _table(key: str, review: BaselineReview, language: Language) -> Fragment:
    one, kpi = review.comparisons[key], review.kpis[key]
    own = {row["group"]: row for row in records(one.funnel.table)}
    rows: list[list[Child]] = [
        [language.pick(review.branches[row["group"]]), *_cells(row, own.get(row["group"]), kpi.unit, language)]
        for row in records(one.pooled.table)
    ]
    headings = [language.sentence("Branch"), *_headings(language)]
    return table(headings, rows, caption=language.pick(kpi.name), text_columns=(0, 8))
