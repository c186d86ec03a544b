"""The baseline review's page: verdict, quality, charts, phases, targets."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi_lib.analysis.baseline.network import Budget
from kpi_lib.analysis.baseline.quality import Grade
from kpi_lib.analysis.baseline.review import BaselineReview, IndicatorReview
from kpi_lib.analysis.records import Row, records
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.plot.baseline import control_panel
from kpi_lib.report.baseline_words import (
    CHART_NAMES,
    assurance_words,
    centre_words,
    chart_words,
    check_words,
    finding_words,
    grade_words,
    origin_words,
    remedy_words,
    rule_words,
)
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Child, Fragment, bullets, element, joined
from kpi_lib.report.table import table
from kpi_lib.text.language import MISSING, Language

HALF_A_YEAR = 6.0
"""Months after which an industry figure must be taken anew (domain rule)."""


def verdict(review: BaselineReview, language: Language) -> Fragment:
    """Return the first screen: what can be frozen, what changed, what to do."""
    graded = [one.quality.grade for one in review.indicators]
    ready = sum(grade in (Grade.A, Grade.B) for grade in graded)
    headline = language.sentence(
        "{branch}: {ready} of {n} indicators have a baseline that can be frozen.",
        branch=language.pick(review.branches[review.branch]),
        ready=ready,
        n=len(graded),
    )
    if not graded:
        headline = language.sentence(
            "{branch} has no indicator with a value: there is nothing to set a baseline on.",
            branch=language.pick(review.branches[review.branch]),
        )
    return element(
        "section",
        element("p", headline, class_="headline", style="font-size:1.35em;font-weight:600;margin:0"),
        element("p", _accepted(review, language)),
        element("h3", language.sentence("What changed")),
        bullets(_changed(review, language)),
        element("h3", language.sentence("What to do")),
        bullets(_tasks(review, language)),
        class_="verdict",
    )


def _accepted(review: BaselineReview, language: Language) -> str:
    if review.accepted is None:
        return language.sentence(
            "No baseline has been accepted yet: the limits below are proposals and move with every new month."
        )
    return language.sentence(
        "Baselines of {period}, accepted by {author}: months are held to them and nothing is estimated anew.",
        period=review.accepted.period,
        author=review.accepted.author or MISSING,
    )


def _changed(review: BaselineReview, language: Language) -> list[str]:
    said = [
        _shift_words(one.kpi, row, language) for one in review.indicators for row in records(one.proposal.candidates)
    ]
    own = review.budget.table
    if len(own):
        own = own[own["flag"] & (own["branch"] == review.branch)]
    for row in records(own):
        kpi = review.kpis[row["kpi"]]
        said.append(
            language.sentence(
                "{kpi}: {value} in {period} stands out from {centre} beyond the network's false-alarm budget.",
                kpi=language.pick(kpi.name),
                value=shown(row["value"], kpi.unit, language),
                period=row["period"],
                centre=shown(row["centre"], kpi.unit, language),
            )
        )
    return said or [language.sentence("No lasting shift is proposed and no last month stands out.")]


def _shift_words(kpi: Kpi, row: Row, language: Language) -> str:
    said = language.sentence(
        "{kpi} moved from {before} to {after}, beginning {at} (between {first} and {last}): a new phase is proposed.",
        kpi=language.pick(kpi.name),
        before=shown(row["before"], kpi.unit, language),
        after=shown(row["after"], kpi.unit, language),
        at=f"{row['at']:%Y-%m}",
        first=f"{row['first']:%Y-%m}",
        last=f"{row['last']:%Y-%m}",
    )
    if not row["event"]:
        return said
    return f"{said} " + language.sentence(
        "Nearest event: {event}, {date}.", event=row["event"], date=language.date(row["event_date"])
    )


def _tasks(review: BaselineReview, language: Language) -> list[str]:
    found = []
    for one in review.indicators:
        if one.quality.grade in (Grade.C, Grade.TRIAL):
            remedies = "; ".join(remedy_words(remark.check, language) for remark in one.quality.remarks[:2])
            found.append(
                language.sentence("{kpi}: {remedies}.", kpi=language.pick(one.kpi.name), remedies=remedies)
                if remedies
                else language.pick(one.kpi.name)
            )
    found += [
        language.sentence(
            "{kpi}: the industry figure is {months} months old; take it anew.",
            kpi=language.pick(review.kpis[key].name),
            months=language.number(age, 0),
        )
        for key, age in review.industry_age.items()
        if age > HALF_A_YEAR and key in review.kpis
    ]
    found += [
        language.sentence("{kpi} has no value in these months: no baseline.", kpi=language.pick(review.kpis[key].name))
        for key in review.empty
    ]
    if review.accepted is None and review.indicators:
        found.append(language.sentence("Review the proposals, then freeze them with `kpi baseline accept`."))
    return found or [language.sentence("Nothing: keep watching.")]


def quality_table(review: BaselineReview, language: Language) -> Fragment:
    """Return grade, centre and remarks of every indicator."""
    rows: list[list[Child]] = []
    for one in review.indicators:
        remarks = [
            f"{_mark(remark.verdict)} {check_words(remark.check, language)}: {language.number(remark.figure, 2)}"
            for remark in one.quality.remarks
        ]
        rows.append(
            [
                language.pick(one.kpi.name),
                grade_words(one.quality.grade, language),
                language.number(one.chart.series.n, 0),
                centre_words(one.quality, one.kpi.unit, language),
                "; ".join(remarks) or language.sentence("✓ nothing to remark"),
            ]
        )
    headings = [
        language.sentence("Indicator"), language.sentence("Grade"), language.sentence("Months"),
        language.sentence("Centre line and interval"), language.sentence("Remarks"),
    ]  # fmt: skip
    caption = language.sentence("What each series is worth as a baseline, before any limit is believed.")
    return table(headings, rows, caption=caption, text_columns=(0, 1, 3, 4))


def _mark(verdict: str) -> str:
    return {"pass": "✓", "warn": "!", "stop": "✖"}[verdict]


def charts(review: BaselineReview, language: Language) -> Fragment:
    """Return every indicator's control chart with its reason, signals and false-alarm chance."""
    if not review.indicators:
        return element("p", language.sentence("There is no series to draw."))
    return joined([_chart(one, language) for one in review.indicators])


def _chart(one: IndicatorReview, language: Language) -> Fragment:
    chart, name = one.shown, language.pick(one.kpi.name)
    finding = finding_words(chart, language)
    picture = control_panel(
        chart,
        unit=one.kpi.unit,
        language=language,
        name=f"chart-{one.kpi.key}",
        title=name,
        finding=finding,
        alt=f"{name}. {finding} {centre_words(one.quality, one.kpi.unit, language)}",
    )
    caption = " ".join(
        [
            chart_words(chart, language),
            language.sentence(
                "Dashed: centre; shaded: limits; ▲▼ signals above and below; × no value; hollow: can still move."
            ),
            _alarm_words(one, language),
            _naive_words(one, language),
        ]
    )
    return figure(
        [picture], title=f"{name}: {finding}", caption=caption, data=_points(one, language), language=language
    )


def _alarm_words(one: IndicatorReview, language: Language) -> str:
    chance = one.shown.false_alarm
    if np.isnan(chance):
        return ""
    return language.sentence(
        "Rules: {rules}. On a stable series of this length they cry wolf on {chance} of the charts.",
        rules=" + ".join({"anhoej": "Anhøj", "three_sigma": "3σ"}.get(rule, rule) for rule in one.shown.rules),
        chance=language.percent(chance, 0),
    )


def _naive_words(one: IndicatorReview, language: Language) -> str:
    """Say which flags the textbook chart has and the chosen one has not, and the other way round."""
    ours, theirs = (set(chart.points.loc[chart.points["rule"] != "", "period"]) for chart in (one.chart, one.naive))
    if ours == theirs:
        return language.sentence(
            "The textbook {chart} chart flags the same months.", chart=CHART_NAMES[one.naive.choice.kind]
        )
    return language.sentence(
        "The textbook {chart} chart flags {more} months that this one does not, and misses {fewer}.",
        chart=CHART_NAMES[one.naive.choice.kind],
        more=len(theirs - ours),
        fewer=len(ours - theirs),
    )


def _points(one: IndicatorReview, language: Language) -> Fragment:
    unit = one.kpi.unit
    rows: list[list[Child]] = [
        [
            row["period"],
            shown(row["value"], unit, language),
            language.number(row["denominator"], 0),
            shown(row["centre"], unit, language),
            shown_interval(row["lower"], row["upper"], unit, language),
            "; ".join(rule_words(rule, language) for rule in row["rule"].split("+") if rule),
        ]
        for row in records(one.shown.points)
    ]
    headings = [
        language.sentence("Month"), language.sentence("Value"), language.sentence("Cases"), language.sentence("Centre"),
        language.sentence("Limits"), language.sentence("Signal"),
    ]  # fmt: skip
    return table(headings, rows, caption=language.pick(one.kpi.name), text_columns=(0, 5))


def phases(review: BaselineReview, language: Language) -> Fragment:
    """Return the proposed phases with their evidence, and what a replay would have flagged."""
    rows: list[list[Child]] = []
    for one in review.indicators:
        for row in records(one.proposal.candidates):
            methods = [
                name
                for name, found in (
                    (language.sentence("long run"), row["by_run"]),
                    (language.sentence("best cut"), row["by_cost"]),
                )
                if found
            ]
            rows.append(
                [
                    language.pick(one.kpi.name),
                    f"{row['at']:%Y-%m}",
                    f"{row['first']:%Y-%m} – {row['last']:%Y-%m}",
                    shown_change(row["effect"], one.kpi.unit, language),
                    language.number(row["p_value"], 3),
                    language.list(methods),
                    row["event"] or MISSING,
                ]
            )
    replayed = _replay(review, language)
    if not rows:
        return joined([element("p", language.sentence("No lasting shift is proposed.")), replayed])
    headings = [
        language.sentence("Indicator"), language.sentence("New phase from"), language.sentence("Date interval"),
        language.sentence("Effect"), language.sentence("Chance without a shift"), language.sentence("Found by"),
        language.sentence("Nearest event"),
    ]  # fmt: skip
    caption = language.sentence("Proposals only: a phase counts once a person has accepted it.")
    return joined([table(headings, rows, caption=caption, text_columns=(0, 5, 6)), replayed])


def _replay(review: BaselineReview, language: Language) -> Fragment:
    said = []
    for one in review.indicators:
        found = one.replayed[one.replayed["rules"] != ""]
        if len(found):
            said.append(
                language.sentence(
                    "{kpi} would have been flagged in {months}.",
                    kpi=language.pick(one.kpi.name),
                    months=language.list(list(found["period"])),
                )
            )
    if not said:
        said = [language.sentence("Replayed month by month, no month would have been flagged.")]
    return bullets(said)


def targets(review: BaselineReview, language: Language) -> Fragment:
    """Return the targets with their odds and the bands with their chance flips."""
    rows: list[list[Child]] = [
        [
            language.pick(one.kpi.name),
            origin_words(row["origin"], language),
            shown(row["target"], one.kpi.unit, language),
            language.percent(row["chance_next"], 0),
            language.percent(row["chance_often"], 0),
            assurance_words(row["assurance"], language),
        ]
        for one in review.indicators
        for row in records(one.target.targets)
    ]
    headings = [
        language.sentence("Indicator"), language.sentence("Target from"), language.sentence("Target"),
        language.sentence("Met next month"), language.sentence("Met in 9 of 12 or more"),
        language.sentence("Assurance"),
    ]  # fmt: skip
    caption = language.sentence("Chances if the process stays as it is; equality counts as met.")
    return joined([table(headings, rows, caption=caption, text_columns=(0, 1, 5)), _bands(review, language)])


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


def network(review: BaselineReview, language: Language) -> Fragment:
    """Return the network's flags of the month above the number chance alone would bring."""
    budget = review.budget
    head = language.sentence(
        "{n} charts were judged; about {expected} would lie beyond three sigma by chance, {beyond} do; "
        "{flags} stand out when at most {rate} of the flags may be chance.",
        n=budget.n_charts,
        expected=language.number(budget.expected, 1),
        beyond=int(budget.table["beyond"].sum()) if len(budget.table) else 0,
        flags=int(budget.table["flag"].sum()) if len(budget.table) else 0,
        rate=language.percent(budget.rate, 0),
    )
    return joined([element("p", head), _flags(review, budget, language)])


def _flags(review: BaselineReview, budget: Budget, language: Language) -> Fragment:
    shown_rows = budget.table[budget.table["flag"] | budget.table["beyond"]] if len(budget.table) else pd.DataFrame()
    rows: list[list[Child]] = []
    for row in records(shown_rows):
        kpi = review.kpis[row["kpi"]]
        kind = (
            language.sentence("by chance, perhaps")
            if not row["flag"]
            else language.sentence("persistent")
            if row["persistent"]
            else language.sentence("new")
        )
        rows.append(
            [
                language.pick(review.branches[row["branch"]]),
                language.pick(kpi.name),
                shown(row["value"], kpi.unit, language),
                shown(row["centre"], kpi.unit, language),
                language.number(row["p"], 4),
                kind,
            ]
        )
    headings = [
        language.sentence("Branch"), language.sentence("Indicator"), language.sentence("Value"),
        language.sentence("Centre"), language.sentence("Chance"), language.sentence("Signal"),
    ]  # fmt: skip
    caption = language.sentence("Last month of every branch and indicator against the months before it.")
    return table(headings, rows, caption=caption, text_columns=(0, 1, 5)) if rows else Fragment("")
