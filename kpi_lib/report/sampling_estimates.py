"""What the survey's answers say, four ways and by domain, and how far to trust them."""

from __future__ import annotations

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.sampling.survey import SurveyRound
from kpi_lib.data.schema import PRODUCTS
from kpi_lib.plot.sampling import ShareBar, share_bars, silent_range
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Child, Fragment, element, folded
from kpi_lib.report.sampling_words import (
    check_words,
    domain_words,
    flag_words,
    kind_words,
    level_of,
    light_words,
    method_words,
    missing_words,
    sign_words,
    stratum_words,
    variable_words,
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
        case "product" if row["level"] in PRODUCTS:
            return language.pick(PRODUCTS[row["level"]])
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


def distrust(made: SurveyRound, language: Language) -> Fragment:
    """Return the light, its reasons, the range the silent leave open and every check."""
    check = made.wave.check
    if check is None:
        return element("p", missing_words(made.wave.reason, language))
    sentences = [sign_words(sign, language) for sign in check.signs]
    words = paragraph([light_words(check.light, language), *sentences], language)
    return element("section", element("p", words), _range(made, language), _checks(made, language))


def _range(made: SurveyRound, language: Language) -> Fragment:
    check = made.wave.check
    assert check is not None
    title = tipping_sentence(made, language)
    picture = silent_range(
        check.share,
        check.response,
        target=check.target,
        labels=(
            language.sentence("Satisfied share of the silent"),
            language.sentence("Overall"),
            language.sentence("target"),
        ),
        language=language,
        name="silent",
        alt=title,
    )
    rows: list[list[Child]] = [
        [language.sentence("nobody silent is satisfied"), language.percent(check.worst)],
        *_mixtures(made, language),
        [language.sentence("the silent are like those who answered"), language.percent(check.share)],
        [language.sentence("everybody silent is satisfied"), language.percent(check.best)],
    ]
    data = table(
        [language.sentence("If"), language.sentence("then overall")],
        rows,
        caption=language.sentence("What the silent could change"),
    )
    caption = language.sentence(
        "Dot: the silent think like those who answered. Cross: where the verdict turns. {n} people asked.",
        n=language.number(made.wave.draw.strata["n"].sum() if made.wave.draw else None),
    )
    return figure([picture], title=title, caption=caption, data=data, language=language)


def _mixtures(made: SurveyRound, language: Language) -> list[list[Child]]:
    rows = records(made.wave.check.mixtures) if made.wave.check else []
    return [
        [
            language.sentence("the silent lie {delta} lower", delta=language.points(row["delta"], 0)),
            language.percent(row["value"]),
        ]
        for row in rows
    ]


def tipping_sentence(made: SurveyRound, language: Language) -> str:
    """Return at which satisfaction of the silent the verdict turns."""
    check = made.wave.check
    assert check is not None
    target = language.percent(check.target, 0)
    if not 0 <= check.tipping <= 1:
        if check.share >= check.target:
            return language.sentence("Whatever the silent think, the target of {target} is met", target=target)
        return language.sentence("Whatever the silent think, the target of {target} is missed", target=target)
    return language.sentence(
        "The target of {target} is met if at least {tipping} of the silent are satisfied",
        target=target,
        tipping=language.percent(check.tipping),
    )


def _checks(made: SurveyRound, language: Language) -> Fragment:
    check = made.wave.check
    assert check is not None
    cells: list[list[Child]] = [
        [
            check_words(row["check"], language),
            variable_words(row["variable"], language),
            *(_compared(row, key, language) for key in ("value", "reference")),
            language.number(row["smd"], 2),
            language.number(row["p"], 4),
            language.sentence("sign") if row["sign"] else "",
        ]
        for row in records(check.checks)
    ]
    columns = [
        language.sentence("Check"),
        language.sentence("What is compared"),
        language.sentence("Here"),
        language.sentence("Reference"),
        language.sentence("Standardised difference"),
        "p",
        language.sentence("Found"),
    ]
    numbers = language.sentence(
        "R-indicator {r} (1: everyone as likely to answer), AUC {auc}; response {rr1} (AAPOR RR1).",
        r=language.number(check.r_indicator, 2),
        auc=language.number(check.auc, 2),
        rr1=language.percent(check.rates.rr1),
    )
    shown = table(columns, cells, caption=language.sentence("All checks"), text_columns=(0, 1, 6))
    return folded(language.sentence("All checks"), element("p", numbers), shown)


def _compared(row: Row, key: str, language: Language) -> str:
    """Return a compared share; the joint index has no unit of its own and is told by its difference."""
    return "" if str(row["check"]).startswith("reasons_") else language.percent(row[key])
