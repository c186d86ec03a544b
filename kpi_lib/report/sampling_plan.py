"""The plan and the draw of the next survey, in words and tables."""

from __future__ import annotations

import math

from kpi_lib.analysis.records import records
from kpi_lib.analysis.sampling.survey import SurveyRound
from kpi_lib.report.html import Child, Fragment, bullets, element
from kpi_lib.report.sampling_words import conflict_words, kind_words, stratum_words, yes_no_complained
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph
from kpi_lib.stats.sampling.plan import CoverageRule
from kpi_lib.text.language import Language

MASKED = "****"
"""Stands for the middle of a phone number."""


def plan(made: SurveyRound, language: Language) -> Fragment:
    """Return the population, the rules and the answers to get, with what they are worth."""
    return element(
        "section",
        element("p", _population(made, language)),
        bullets([rule_sentence(made, language), _size_sentence(made, language), *_poor(made, language)]),
        bullets([conflict_words(conflict, language) for conflict in made.plan.conflicts]),
        _kinds(made, language),
        _cells(made, language),
    )


def _population(made: SurveyRound, language: Language) -> str:
    overlaps = int(made.overlaps["n"].sum())
    return language.sentence(
        "{n} customers were served or complained in the last three months. {overlaps} fit several kinds and count "
        "once, in the first of high-value, new, old; "
        "{tickets} tickets name no customer and cannot be reached.",
        n=language.number(len(made.frame)),
        overlaps=language.number(overlaps),
        tickets=language.number(made.no_customer),
    )


def rule_sentence(made: SurveyRound, language: Language) -> str:
    """Return the coverage rule and the reading used."""
    coverage = made.plan.coverage
    numbers = {
        "customers": language.number(coverage.of_customers),
        "complainers": language.number(coverage.of_complainers),
    }
    match coverage.rule:
        case CoverageRule.BOTH:
            return language.sentence(
                "Rule, read as both: 5 % of customers ({customers}) and 30 % of recent complainers ({complainers}).",
                **numbers,
            )
        case CoverageRule.EITHER:
            return language.sentence(
                "Rule, read as either: 5 % of customers ({customers}) or 30 % of recent complainers ({complainers}).",
                **numbers,
            )
        case CoverageRule.LARGER:
            return language.sentence(
                "Rule, read as the larger: 5 % of customers ({customers}) or 30 % of recent complainers "
                "({complainers}), whichever is more.",
                **numbers,
            )


def _size_sentence(made: SurveyRound, language: Language) -> str:
    steps = made.plan.steps
    said = language.sentence(
        "For ±{margin} at an expected share of {share}: {simple} answers from an endless population, {answers} from "
        "this one; at a response of {response} that is {wanted} people to ask.",
        margin=language.points(made.plan.margin),
        share=language.percent(made.plan.share, 0),
        simple=language.number(math.ceil(steps.simple)),
        answers=language.number(steps.answers),
        response=language.percent(made.plan.response, 0),
        wanted=language.number(steps.wanted),
    )
    if steps.wanted == steps.invited:
        return said
    only = language.sentence("Only {n} can be asked: the margin cannot be kept.", n=language.number(steps.invited))
    return f"{said} {only}"


def _poor(made: SurveyRound, language: Language) -> list[str]:
    """Say that a kept rule may still teach little."""
    whole = made.plan.whole
    if whole["rule_margin"] <= made.plan.margin:
        return []
    return [
        language.sentence(
            "5 % of {population} customers is {n} people, ±{margin}: the rule is met, little is known.",
            population=language.number(whole["population"]),
            n=language.number(whole["rule_answers"]),
            margin=language.points(whole["rule_margin"]),
        )
    ]


def _kinds(made: SurveyRound, language: Language) -> Fragment:
    rows: list[list[Child]] = [
        [
            kind_words(row["kind"], language),
            language.number(row["population"]),
            language.number(row["required"]),
            language.number(row["answers"]),
            language.number(row["invited"]),
            language.number(row["expected_answers"], 0),
            language.points(row["margin"]),
            language.number(row["rule_answers"]),
            language.points(row["rule_margin"]),
        ]
        for row in records(made.plan.kinds)
    ]
    columns = [
        language.sentence("Kind"),
        language.sentence("Customers"),
        language.sentence("Answers for the margin"),
        language.sentence("Answers planned"),
        language.sentence("To ask"),
        language.sentence("Answers expected"),
        language.sentence("Margin reached ±"),
        language.sentence("5 % rule"),
        language.sentence("Its margin ±"),
    ]
    return table(columns, rows, caption=language.sentence("What the plan gives, by kind of customer"))


def _cells(made: SurveyRound, language: Language) -> Fragment:
    rows: list[list[Child]] = [
        [
            kind_words(row["kind"], language),
            yes_no_complained(row["complained"], language),
            language.number(row["population"]),
            language.number(row["floor"]),
            language.number(row["answers"]),
            language.number(row["invited"]),
        ]
        for row in records(made.plan.table)
    ]
    columns = [
        language.sentence("Kind"),
        language.sentence("Complaint"),
        language.sentence("Customers"),
        language.sentence("Least by rule"),
        language.sentence("Answers planned"),
        language.sentence("To ask"),
    ]
    return table(columns, rows, caption=language.sentence("The plan by stratum"), text_columns=(0, 1))


def draw(made: SurveyRound, language: Language) -> Fragment:
    """Return the draw: strata, seed, fingerprint and the first people of the call list."""
    drawn = made.draw
    listed = drawn.rule["rested"]
    rested = [str(name) for name in listed] if isinstance(listed, list) else []
    again = drawn.overlap(rested) * len(drawn.drawn) if len(drawn.drawn) else 0.0
    words = [
        language.sentence(
            "{n} customers are drawn and {reserve} stand in reserve, in order. {rested} asked in the last three months "
            "go last; {again} of them are drawn again because others do not suffice.",
            n=language.number(len(drawn.drawn)),
            reserve=language.number(len(drawn.table) - len(drawn.drawn)),
            rested=language.number(len(rested)),
            again=language.number(again, 0),
        ),
        language.sentence(
            "Everyone has a fixed random number from the number's own text and the salt, so anybody can repeat the "
            "draw, in any row order; a new customer changes at most one pick per stratum."
        ),
    ]
    sentence = paragraph(words, language)
    rows: list[list[Child]] = [
        [
            stratum_words(row["stratum"], language),
            language.number(row["population"]),
            language.number(row["n"]),
            language.number(row["population"] / row["n"], 2) if row["n"] else language.number(None),
        ]
        for row in records(drawn.strata)
    ]
    columns = [
        language.sentence("Stratum"),
        language.sentence("Customers"),
        language.sentence("Drawn"),
        language.sentence("Each stands for"),
    ]
    facts = element(
        "p",
        language.sentence("Salt"),
        ": ",
        element("code", drawn.salt),
        " · ",
        language.sentence("Frame"),
        ": ",
        element("code", drawn.frame_hash[:16]),
        " · ",
        language.sentence(
            "Not signed yet: kpi sample seal puts the draw on a sheet that two people sign before anyone is called."
        ),
    )
    return element(
        "section",
        element("p", sentence),
        table(columns, rows, caption=language.sentence("The draw by stratum")),
        facts,
        _first_calls(made, language),
    )


def masked(phone: object) -> str:
    """Return a phone number with its middle hidden; empty where there is none."""
    digits = "" if phone is None or phone != phone else str(phone).strip().removesuffix(".0")
    return digits if not digits else f"{digits[:3]}{MASKED}{digits[-2:]}" if len(digits) > 6 else MASKED


def _first_calls(made: SurveyRound, language: Language) -> Fragment:
    rows: list[list[Child]] = [
        [
            row["id"],
            stratum_words(row["stratum"], language),
            language.number(row["order"]),
            masked(row["phone"]),
            "" if row["ticket_id"] != row["ticket_id"] else str(row["ticket_id"]),
        ]
        for row in records(made.draw.drawn.head(8))
    ]
    columns = [
        language.sentence("Customer"),
        language.sentence("Stratum"),
        language.sentence("Order"),
        language.sentence("Phone"),
        language.sentence("Latest ticket"),
    ]
    caption = language.sentence("First of the call list; all are in call_list.xlsx")
    return table(columns, rows, caption=caption, text_columns=(0, 1, 3, 4))
