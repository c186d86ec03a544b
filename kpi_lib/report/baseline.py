"""The baseline review's first screen: verdict, what changed, what to do; and what each series is worth."""

from __future__ import annotations

from kpi_lib.analysis.baseline.quality import Check, Grade
from kpi_lib.analysis.baseline.review import BaselineReview
from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.terms import REVISED_AFTER
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.shown import shown
from kpi_lib.report.baseline_words import (
    centre_words,
    check_words,
    grade_words,
    remedy_words,
    screen_words,
    separator,
)
from kpi_lib.report.html import Child, Fragment, bullets, element
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph, period_words, stale_words
from kpi_lib.text.language import MISSING, Language

COUNTED = {
    Check.PERIODS, Check.CASES, Check.STABLE, Check.THIN, Check.GAPS, Check.MISSING_NUMERATOR, Check.NO_ACTIVITY,
    Check.EXCESS,
}  # fmt: skip
"""Checks whose figure is a number of things."""


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
    said = [
        language.sentence(
            "Baselines of {period}, accepted by {author}: months are held to them and nothing is estimated anew.",
            period=period_words(review.accepted.period, language),
            author=review.accepted.author or MISSING,
        )
    ]
    if review.accepted_age > REVISED_AFTER:
        said.append(stale_words(review.accepted_age, language))
    return paragraph(said, language)


def _changed(review: BaselineReview, language: Language) -> list[str]:
    said = [
        _shift_words(one.kpi, row, language) for one in review.indicators for row in records(one.proposal.candidates)
    ]
    own = review.budget.table
    if len(own):
        own = own[own["flag"] & (own["branch"] == review.branch)]
    for row in records(own):
        kpi = review.kpis[row["kpi"]]
        sentence = language.sentence(
            "{kpi}: {value} in {period} stands out from {centre} beyond the network's false-alarm budget.",
            kpi=language.pick(kpi.name),
            value=shown(row["value"], kpi.unit, language),
            period=period_words(row["period"], language),
            centre=shown(row["centre"], kpi.unit, language),
        )
        said.append(sentence)
    said = said or [
        language.sentence("No lasting shift is proposed, and the network's screen names nothing of the last month.")
    ]
    screened = {row["kpi"] for row in records(own)}
    if any((one.kpi.key in screened) != bool(one.shown.marks[-1]) for one in review.indicators):
        # The two differ, and a reader who sees both must know why.
        said.append(screen_words(language))
    return [*_silent(review, language), *said]


def _silent(review: BaselineReview, language: Language) -> list[str]:
    """Name the indicators without a value in the month, and since when; a closed branch has none at all."""
    if not review.silent:
        return []
    months = sorted(set(review.silent.values()))
    if len(review.silent) == len(review.indicators):
        return [
            language.sentence(
                "{branch} has had no value since {month}: its baselines tell of the time before.",
                branch=language.pick(review.branches[review.branch]),
                month=period_words(months[-1], language),
            )
        ]
    return [
        language.sentence(
            "No value since {month}: {kpis}.",
            month=period_words(month, language),
            kpis=language.list(
                [language.pick(review.kpis[key].name) for key, last in review.silent.items() if last == month]
            ),
        )
        for month in months
    ]


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
    event = language.sentence(
        "Nearest event: {event}, {date}.", event=row["event"], date=language.date(row["event_date"])
    )
    return paragraph([said, event], language)


def _tasks(review: BaselineReview, language: Language) -> list[str]:
    found = []
    for one in review.indicators:
        if one.quality.grade in (Grade.C, Grade.TRIAL):
            remedies = separator(language).join(
                remedy_words(remark.check, language) for remark in one.quality.remarks[:2]
            )
            found.append(
                language.sentence("{kpi}: {remedies}.", kpi=language.pick(one.kpi.name), remedies=remedies)
                if remedies
                else language.pick(one.kpi.name)
            )
    if review.accepted_age > REVISED_AFTER:
        found.append(language.sentence("Propose and review new baselines: `kpi baseline propose`."))
    found += [
        language.sentence(
            "{kpi}: the industry figure is {months} months old; take it anew.",
            kpi=language.pick(review.kpis[key].name),
            months=language.number(age, 0),
        )
        for key, age in review.old_industry.items()
        if key in review.kpis
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
            language.sentence(
                "{mark} {check}: {figure}",
                mark=_mark(remark.verdict),
                check=check_words(remark.check, language),
                figure=language.number(remark.figure, 0 if remark.check in COUNTED else 2),
            )
            for remark in one.quality.remarks
        ]
        rows.append(
            [
                language.pick(one.kpi.name),
                grade_words(one.quality.grade, language),
                language.number(one.chart.series.n, 0),
                centre_words(one.quality, one.kpi.unit, language),
                separator(language).join(remarks) or language.sentence("✓ nothing to remark"),
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
