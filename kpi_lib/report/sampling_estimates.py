"""What the survey's answers say, four ways and by group."""

from __future__ import annotations

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.sampling.survey import SurveyRound
from kpi_lib.data.schema import PRODUCTS
from kpi_lib.plot.sampling import ShareBar, share_bars
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Child, Fragment, element
from kpi_lib.report.sampling_words import (
    domain_words,
    flag_words,
    kind_words,
    level_of,
    method_words,
    missing_words,
    stratum_words,
    yes_no_complained,
)
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import Language


def estimates(made: SurveyRound, language: Language) -> Fragment:
    """Return the satisfied share four ways and by domain."""
    found = made.wave.estimate
    if found is None:
        return element("p", missing_words(made.wave.reason, language))
    parts: list[Child] = [element("p", _matched(made, language)), _methods(made, language)]
    if len(found.collapsed):
        joined = [
            language.sentence(
                "{stratum} counted with {into}",
                stratum=stratum_words(row["stratum"], language),
                into=stratum_words(row["into"], language),
            )
            for row in records(found.collapsed)
        ]
        parts.append(
            element("p", language.sentence("Strata with fewer than two answers: {list}.", list=language.list(joined)))
        )
    parts.append(_by_domain(made, language))
    return element("section", *parts)


def _matched(made: SurveyRound, language: Language) -> str:
    found = made.wave.estimate
    assert found is not None
    return language.sentence(
        "{asked} of {served} customers served were asked, {answered} answered. {again} further answers of the same "
        "people and {off} of people not asked are left out. The survey has no signed sheet: those asked are taken as "
        "drawn at random within their stratum, which the checks below put to the test.",
        asked=language.number(len(found.matched.table)),
        served=language.number(len(made.wave.frame)),
        answered=language.number(len(found.answers)),
        again=language.number(len(found.matched.duplicates)),
        off=language.number(len(found.matched.off_sheet)),
    )


def _methods(made: SurveyRound, language: Language) -> Fragment:
    found = made.wave.estimate
    assert found is not None
    rows = records(found.methods)
    bars = [
        ShareBar(method_words(row["method"], language), row["value"], row["lo"], row["hi"])
        for row in rows
        if row["value"] == row["value"]
    ]
    values = [bar.value for bar in bars]
    title = language.sentence(
        "Weighting moves the satisfied share between {lo} and {hi}",
        lo=language.percent(min(values)),
        hi=language.percent(max(values)),
    )
    picture = share_bars(
        bars, target=made.target, target_name=language.sentence("target"), language=language, name="methods", alt=title
    )
    return figure(
        [picture],
        title=title,
        caption=language.sentence(
            "Satisfied share of everybody served, {n} answers, with 95 % intervals (Wilson, effective size). Weighting "
            "repairs only what the frame knows; it does not show what the silent think.",
            n=language.number(len(found.answers)),
        ),
        data=_method_table(rows, language),
        language=language,
    )


def _method_table(rows: list[dict[str, object]], language: Language) -> Fragment:
    cells: list[list[Child]] = [
        [
            method_words(str(row["method"]), language),
            *(language.percent(row[key]) for key in ("value", "lo", "hi")),  # type: ignore[arg-type]
            language.points(row["se"]),  # type: ignore[arg-type]
            language.number(row["deff"], 2),  # type: ignore[arg-type]
            language.number(row["ess"], 0),  # type: ignore[arg-type]
            language.number(row["weight_ratio"], 1),  # type: ignore[arg-type]
            language.number(row["trimmed"]),  # type: ignore[arg-type]
        ]
        for row in rows
    ]
    columns = [
        language.sentence("Method"),
        language.sentence("Satisfied"),
        language.sentence("from"),
        language.sentence("to"),
        language.sentence("Standard error"),
        language.sentence("Loss by weights (Kish)"),
        language.sentence("Effective answers"),
        language.sentence("Largest to smallest weight"),
        language.sentence("Weights cut"),
    ]
    return table(columns, cells, caption=language.sentence("The satisfied share by way of weighting"))


def level_words(row: Row, language: Language) -> str:
    """Return the level of a domain."""
    match row["domain"]:
        case "kind" | "all":
            return kind_words(row["level"], language)
        case "complained":
            return yes_no_complained(row["level"], language)
        case "product":
            return language.name(PRODUCTS, row["level"])
        case _:
            return str(row["level"])


def _by_domain(made: SurveyRound, language: Language) -> Fragment:
    found = made.wave.estimate
    assert found is not None
    shares = found.table[found.table["statistic"] == "satisfied_rate"]
    shown = [row for row in records(shares) if row["flag"] != "suppress"]
    hidden = len(shares) - len(shown)
    bars = [
        ShareBar(
            level_of(domain_words(row["domain"], language), level_words(row, language), language)
            if row["domain"] != "all"
            else domain_words("all", language),
            row["value"],
            row["lo"],
            row["hi"],
            row["flag"] == "care",
        )
        for row in shown
    ]
    note = language.sentence(
        "{n} groups have too few answers to be shown (fewer than 10, or an interval wider than 30 points).",
        n=language.number(hidden),
    )
    if not bars:
        return element("p", note)
    title = language.sentence("Satisfied share by group; hollow marks rest on few answers")
    picture = share_bars(
        bars, target=made.target, target_name=language.sentence("target"), language=language, name="domains", alt=title
    )
    cells: list[list[Child]] = [
        [
            domain_words(row["domain"], language),
            level_words(row, language),
            language.percent(row["value"])
            if row["statistic"] == "satisfied_rate"
            else language.number(row["value"], 2),
            _bound(row, "lo", language),
            _bound(row, "hi", language),
            language.number(row["n"]),
            flag_words(row["flag"], language),
        ]
        for row in records(found.table)
        if row["flag"] != "suppress"
    ]
    columns = [
        language.sentence("Group"),
        language.sentence("Level"),
        language.sentence("Satisfied or mean score"),
        language.sentence("from"),
        language.sentence("to"),
        language.sentence("Answers"),
        language.sentence("Note"),
    ]
    data = table(columns, cells, caption=language.sentence("Estimates by group"), text_columns=(0, 1, 6))
    caption = paragraph([language.sentence("95 % intervals."), note], language)
    return element(
        "div",
        figure(
            [picture],
            title=title,
            caption=caption,
            data=data,
            language=language,
        ),
    )


def _bound(row: Row, key: str, language: Language) -> str:
    return language.percent(row[key]) if row["statistic"] == "satisfied_rate" else language.number(row[key], 2)
