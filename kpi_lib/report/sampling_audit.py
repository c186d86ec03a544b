"""The audit: how many tickets, what their errors say of all, and whether the inspectors agree."""

from __future__ import annotations

from kpi_lib.analysis.records import records
from kpi_lib.analysis.sampling.survey import SurveyRound
from kpi_lib.report.html import Child, Fragment, element
from kpi_lib.report.sampling_words import question_words
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import Language


def audit(made: SurveyRound, language: Language) -> Fragment:
    """Return the audit plan and the evaluation of the audits at hand."""
    return element(
        "section",
        element("p", plan_sentence(made, language)),
        element("p", _signed(made, language)),
        _table(made, language),
    )


def plan_sentence(made: SurveyRound, language: Language) -> str:
    """Return how many tickets to audit and what that can show."""
    plan = made.audit_plan
    if plan.tickets == 0:
        return language.sentence("No ticket was resolved in the period: there is nothing to audit.")
    words = [
        language.sentence(
            "Audit {n} of {tickets} tickets (10 to 20 %: {least} to {most}).",
            n=language.number(plan.n),
            tickets=language.number(plan.tickets),
            least=language.number(plan.least),
            most=language.number(plan.most),
        )
    ]
    if plan.empty_band:
        words.append(language.sentence("With fewer than 5 tickets no whole number lies in the band."))
    if plan.needed is not None and plan.needed <= plan.n:
        shown = language.sentence(
            "With no more errors than expected ({expected}) it shows that fewer than {tolerable} are wrong.",
            expected=language.percent(plan.expected, 0),
            tolerable=language.percent(plan.tolerable, 0),
        )
    else:
        shown = language.sentence(
            "To show fewer than {tolerable} wrong would take {needed}; this many can show at best {supported}.",
            tolerable=language.percent(plan.tolerable, 0),
            needed=language.number(plan.needed),
            supported=language.percent(plan.supported),
        )
    return paragraph([*words, shown], language)


def _signed(made: SurveyRound, language: Language) -> str:
    return language.sentence(
        "{alone} audited tickets carry one inspector only, {same} the same name twice: they are not signed by two.",
        alone=language.number(made.audits.alone),
        same=language.number(made.audits.same),
    )


def _table(made: SurveyRound, language: Language) -> Fragment:
    rows: list[list[Child]] = [
        [
            question_words(row["question"], language),
            language.number(row["n"]),
            language.number(row["errors"]),
            language.number(row["disputed"]),
            language.percent(row["rate"]),
            language.percent(row["upper"]),
            language.percent(row["agreement"], 0),
            language.number(row["kappa"], 2),
            language.number(row["ac1"], 2),
            language.number(row["next_n"]),
        ]
        for row in records(made.audits.table)
    ]
    columns = [
        language.sentence("Question"),
        language.sentence("Audited"),
        language.sentence("Errors"),
        language.sentence("of them disputed"),
        language.sentence("Error rate"),
        language.sentence("At most (95 %)"),
        language.sentence("Inspectors agree"),
        "kappa",
        "AC1",
        language.sentence("Audit next"),
    ]
    caption = language.sentence(
        "Audited tickets of the period; the upper limit holds for all tickets (hypergeometric). Kappa falls when "
        "errors are rare, AC1 does not."
    )
    return table(columns, rows, caption=caption)
