"""How far to trust the survey's answers: the light, what the silent could change, and every check."""

from __future__ import annotations

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.sampling.survey import SurveyRound
from kpi_lib.plot.sampling import silent_range
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Child, Fragment, element, folded
from kpi_lib.report.sampling_words import (
    check_words,
    light_words,
    missing_words,
    sign_words,
    variable_words,
)
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import Language


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
