"""The first screen of survey sampling: what the survey says, whether to believe it, what to do next."""

from __future__ import annotations

import math

from kpi_lib.analysis.sampling.signs import Light
from kpi_lib.analysis.sampling.survey import SurveyRound
from kpi_lib.report.html import Fragment, bullets, element
from kpi_lib.report.sampling_words import light_words, missing_words, sign_words
from kpi_lib.report.words import paragraph, period_words
from kpi_lib.text.language import Language


def verdict(made: SurveyRound, language: Language) -> Fragment:
    """Return the result, the light with its reasons, and what to do."""
    return element(
        "section",
        element("p", headline(made, language), class_="headline", style="font-size:1.35em;font-weight:600;margin:0"),
        element("p", light_sentence(made, language)),
        bullets(_reasons(made, language)),
        element("h3", language.sentence("What changed")),
        element("p", change_sentence(made, language)),
        element("h3", language.sentence("What to do")),
        bullets(tasks(made, language)),
        class_="verdict",
    )


def headline(made: SurveyRound, language: Language) -> str:
    """Return the satisfied share, or the range when the light is red, or why there is none."""
    period = period_words(made.period, language)
    wave = made.wave
    if wave.estimate is None or wave.check is None:
        nothing = language.sentence("No satisfied share for {period}.", period=period)
        return paragraph([nothing, missing_words(wave.reason, language)], language)
    if wave.check.light is Light.RED:
        lo, hi = wave.check.plausible
        return language.sentence(
            "In {period} the satisfied share lies somewhere between {lo} and {hi}; a single number would mislead.",
            period=period,
            lo=language.percent(lo),
            hi=language.percent(hi),
        )
    row = made.overall
    return language.sentence(
        "In {period} {share} of the customers served were satisfied (95 % interval {lo} to {hi}; {n} answers).",
        period=period,
        share=language.percent(row["value"]),
        lo=language.percent(row["lo"]),
        hi=language.percent(row["hi"]),
        n=language.number(row["n"]),
    )


def light_sentence(made: SurveyRound, language: Language) -> str:
    """Return the light, and how few the answers are."""
    check = made.wave.check
    if check is None:
        return ""
    words = [
        light_words(check.light, language),
        language.sentence("{response} of those asked answered, in weight.", response=language.percent(check.response)),
    ]
    flag = made.overall.get("flag")
    if str(flag) == "suppress":
        words.append(language.sentence("There are too few answers to publish or to rank."))
    elif str(flag) == "care":
        words.append(language.sentence("There are few answers: show with care and do not rank."))
    return paragraph(words, language)


def _reasons(made: SurveyRound, language: Language) -> list[str]:
    return [sign_words(sign, language) for sign in made.wave.check.signs] if made.wave.check else []


def change_sentence(made: SurveyRound, language: Language) -> str:
    """Return the change since the wave before."""
    change = made.change
    if change is None:
        return language.sentence("There is no earlier survey to compare with.")
    values = {
        "change": language.points(abs(change.value)),
        "lo": language.points(change.lo),
        "hi": language.points(change.hi),
        "previous": period_words(made.previous.label, language),
    }
    if not change.clear:
        values["change"] = language.points(change.value)
        words = language.sentence("No clear change since {previous}: {change}, interval {lo} to {hi}.", **values)
    elif change.value > 0:
        words = language.sentence("Up {change} since {previous}, interval {lo} to {hi}.", **values)
    else:
        words = language.sentence("Down {change} since {previous}, interval {lo} to {hi}.", **values)
    if change.overlap == 0:
        return words
    both = language.sentence(
        "{n} people answered both times; the interval allows for them.", n=language.number(change.overlap)
    )
    return paragraph([words, both], language)


def tasks(made: SurveyRound, language: Language) -> list[str]:
    """Return what to do: whom to ask next, what to follow up, what to audit."""
    whole = made.plan.whole
    found = [
        language.sentence(
            "Ask {invited} of {population} customers next: the list is drawn, {expected} answers are expected and give "
            "±{margin}.",
            invited=language.number(whole["invited"]),
            population=language.number(whole["population"]),
            expected=language.number(whole["expected_answers"], 0),
            margin=language.points(whole["margin"]),
        )
    ]
    check = made.wave.check
    if check is not None and check.follow_up is not None:
        found.append(
            language.sentence(
                "Ask {n} of those who did not answer again, drawn at random, before publishing.",
                n=language.number(check.follow_up.second),
            )
        )
    audit = made.audit_plan
    if audit.n:
        found.append(
            language.sentence(
                "Audit {n} of {tickets} tickets, two inspectors each.",
                n=language.number(audit.n),
                tickets=language.number(audit.tickets),
            )
        )
    if not math.isnan(made.plan.detectable):
        found.append(
            language.sentence(
                "The next survey can show a change of {change} or more.", change=language.points(made.plan.detectable)
            )
        )
    return found
