"""Phases on the baseline page: what is proposed, what a replay would have flagged, what a revision would change."""

from __future__ import annotations

from kpi_lib.analysis.baseline.review import BaselineReview
from kpi_lib.analysis.records import records
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.report.baseline_words import CHART_NAMES
from kpi_lib.report.html import Child, Fragment, bullets, element, joined
from kpi_lib.report.table import table
from kpi_lib.report.words import period_words
from kpi_lib.text.language import MISSING, Language


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
                    "Replayed month by month, {kpi} would have been flagged in {months}.",
                    kpi=language.pick(one.kpi.name),
                    months=language.list(list(found["period"])),
                )
            )
    if not said:
        said = [language.sentence("Replayed month by month, no month would have been flagged.")]
    return bullets(said)


def revision(review: BaselineReview, language: Language) -> Fragment:
    """Return the accepted baselines against the present levels, and the history of revisions."""
    if review.accepted is None:
        return element("p", language.sentence("No baseline has been accepted yet: there is nothing to revise."))
    return joined([_against(review, language), _history(review, language)])


def _against(review: BaselineReview, language: Language) -> Fragment:
    rows: list[list[Child]] = []
    for row in records(review.revision):
        unit = review.kpis[row["kpi"]].unit
        moved = language.sentence("! outside the present interval") if row["moved"] else language.sentence("✓ holds")
        rows.append(
            [
                language.pick(review.kpis[row["kpi"]].name),
                f"{row['first']} – {row['last']}",
                shown(row["before"], unit, language),
                shown(row["after"], unit, language),
                shown_interval(row["lo"], row["hi"], unit, language),
                shown_change(row["change"], unit, language),
                moved,
            ]
        )
    headings = [
        language.sentence("Indicator"), language.sentence("Window"), language.sentence("In force"),
        language.sentence("Present level"), language.sentence("Interval"), language.sentence("Difference"),
        language.sentence("Verdict"),
    ]  # fmt: skip
    caption = language.sentence(
        "Accepted baselines against the level since their first month. Nothing is replaced until a person accepts it."
    )
    return table(headings, rows, caption=caption, text_columns=(0, 1, 6))


def _history(review: BaselineReview, language: Language) -> Fragment:
    rows: list[list[Child]] = []
    for file in reversed(review.history):
        changed = {str(row["kpi"]): row for row in file.changes if row.get("branch") == review.branch}
        for entry in file.baselines:
            if entry.branch != review.branch or entry.kpi not in review.kpis:
                continue
            unit, change = review.kpis[entry.kpi].unit, changed.get(entry.kpi)
            before = None if change is None else change.get("before")
            rows.append(
                [
                    period_words(file.period, language),
                    MISSING if file.accepted_on is None else language.date(file.accepted_on),
                    file.author or MISSING,
                    language.pick(review.kpis[entry.kpi].name),
                    CHART_NAMES[entry.chart],
                    MISSING if before is None else shown(float(before), unit, language),
                    shown(entry.level, unit, language),
                    entry.grade,
                ]
            )
    headings = [
        language.sentence("Baselines of"), language.sentence("Accepted on"), language.sentence("By"),
        language.sentence("Indicator"), language.sentence("Chart"), language.sentence("Before the revision"),
        language.sentence("Level"), language.sentence("Grade"),
    ]  # fmt: skip
    caption = language.sentence("Every acceptance is kept: what was in force when, and what it replaced.")
    return table(headings, rows, caption=caption, text_columns=(0, 1, 2, 3, 4, 7))
