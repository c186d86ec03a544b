"""Words of the baseline review: charts, rules, checks, grades, standings."""

from __future__ import annotations

from kpi_lib.analysis.baseline.chart import ControlChart
from kpi_lib.analysis.baseline.evidence import Why
from kpi_lib.analysis.baseline.peers import Standing
from kpi_lib.analysis.baseline.quality import BaselineQuality, Check, Grade
from kpi_lib.analysis.baseline.targets import Assurance, Origin
from kpi_lib.kpi.definition import Unit
from kpi_lib.kpi.shown import shown, shown_interval
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import Language

CHART_NAMES = {
    "run": "run", "i": "XmR", "i_prime": "i′", "mr": "mR", "c": "c",
    "p": "p", "p_prime": "p′", "u": "u", "u_prime": "u′",
}  # fmt: skip
"""Names of charts in every language."""


def separator(language: Language) -> str:
    """Return what stands between short remarks in one cell."""
    return "；" if language.lang == "zh" else "; "


def signal_mark(chart: ControlChart) -> str:
    """Return a mark for the chart's last phase: of the same signals as its sentence and its table."""
    here = [signal for number, signal in chart.found if number == chart.last.number]
    if not here:
        return "●"
    return {1: "▲", -1: "▼", 0: "◇"}[max(here, key=lambda signal: signal.end).side]


def screen_words(language: Language) -> str:
    """Return why the network's list and a branch's own chart may differ."""
    return language.sentence(
        "A chart's own rules may be silent on a month the network's screen names, or the other way round: the screen "
        "judges the month by the months before it alone and by its chance among all charts, the chart by limits the "
        "month itself is part of."
    )


def stratum_words(name: str, language: Language) -> str:
    """Return what cases are told apart by."""
    match name:
        case "product":
            return language.sentence("product")
        case "channel":
            return language.sentence("channel")
        case _:
            return language.sentence("warranty")


def why_words(why: str, language: Language) -> str:
    """Return one reason for a chart."""
    match Why(why):
        case Why.SHARE:
            return language.sentence("a share of counted cases")
        case Why.RATE:
            return language.sentence("events per case")
        case Why.COUNT:
            return language.sentence("a number of events")
        case Why.MEAN:
            return language.sentence("a mean of differing numbers of cases")
        case Why.VALUE:
            return language.sentence("one value a month")
        case Why.OVERDISPERSED:
            return language.sentence("months vary more than chance, so the limits are widened (Laney)")
        case Why.SMALL:
            return language.sentence("few cases, so the limits are exact where fewer than five are expected")
        case Why.LOG:
            return language.sentence("durations are skewed, so the limits are drawn on the logarithm")
        case Why.SEASON:
            return language.sentence("the season is real, so the limits follow it")
        case Why.AUTOCORRELATED:
            return language.sentence("neighbouring months are alike, so the limits are widened")
        case Why.FEW:
            return language.sentence("fewer than eight months: a line and its median, no limits")
        case Why.ASKED:
            return language.sentence("asked for")


def chart_words(chart: ControlChart, language: Language) -> str:
    """Return which chart it is and why."""
    return language.sentence(
        "{chart} chart: {why}.",
        chart=CHART_NAMES[chart.choice.kind],
        why=separator(language).join(why_words(why.value, language) for why in chart.choice.why),
    )


def rule_words(rule: str, language: Language) -> str:
    """Return what a rule found."""
    name, _, size = rule.rpartition("_")
    match name if size.isdigit() else rule:
        case "beyond_limits":
            return language.sentence("beyond the limits")
        case "unusual_runs":
            return language.sentence("a run too long or too few crossings (Anhøj)")
        case "shift":
            return language.sentence("{n} in a row on one side", n=size)
        case "trend":
            return language.sentence("{n} in a row up or down", n=size)
        case "two_of_three" | "two_of_three_close":
            return language.sentence("two of three near a limit")
        case "four_of_five":
            return language.sentence("four of five far from the centre")
        case "alternating":
            return language.sentence("{n} in a row up and down by turns", n=size)
        case "hugging":
            return language.sentence("{n} in a row close to the centre", n=size)
        case _:
            return language.sentence("{n} in a row far from the centre", n=size)


def finding_words(chart: ControlChart, language: Language) -> str:
    """Return in one sentence what a chart shows; table, picture and sentence come from the same signals."""
    here = [signal for number, signal in chart.found if number == chart.last.number]
    if chart.series.n < 2:
        return language.sentence("One month only: there is nothing to compare it with.")
    if here:
        newest, label = max(here, key=lambda signal: signal.end), chart.series.period
        if newest.start == newest.end:
            rule = rule_words(newest.rule, language)
            return language.sentence("Not stable: {rule}, {start}.", rule=rule, start=label[newest.start])
        return language.sentence(
            "Not stable: {rule}, {start} to {end}.",
            rule=rule_words(newest.rule, language),
            start=label[newest.start],
            end=label[newest.end],
        )
    if chart.choice.kind == "run":
        return language.sentence("Too short for limits; no sign of a shift.")
    return language.sentence("No signal by the chart rules in these {n} months.", n=chart.series.n)


def check_words(check: str, language: Language) -> str:
    """Return the name of a quality check."""
    match Check(check):
        case Check.PERIODS:
            return language.sentence("Months with a value")
        case Check.CASES:
            return language.sentence("Cases behind the centre line")
        case Check.STABLE:
            return language.sentence("Signals in the present phase")
        case Check.AUTOCORRELATION:
            return language.sentence("Likeness of neighbouring months (lag-1 correlation)")
        case Check.SEASON:
            return language.sentence("Variation explained by the season")
        case Check.DISPERSION:
            return language.sentence("Variation over chance (1 = chance alone)")
        case Check.THIN:
            return language.sentence("Months with fewer than five expected hits or misses")
        case Check.GAPS:
            return language.sentence("Months missing from the data")
        case Check.MISSING_NUMERATOR:
            return language.sentence("Months without a numerator")
        case Check.NO_ACTIVITY:
            return language.sentence("Months without activity")
        case Check.EXCESS:
            return language.sentence("Months with a part larger than the whole")
        case Check.CONSTANT:
            return language.sentence("Same value every month")


def remedy_words(check: str, language: Language) -> str:
    """Return what to do about a check that did not pass."""
    match Check(check):
        case Check.PERIODS:
            return language.sentence("treat the limits as trial limits and review them at 12 and at 24 months")
        case Check.CASES:
            return language.sentence("pool quarters, or take the pooled value of the branches")
        case Check.STABLE:
            return language.sentence("find the cause; exclude a named month or accept a new phase before freezing")
        case Check.AUTOCORRELATION:
            return language.sentence("limits are widened; look for work carried over between months")
        case Check.SEASON:
            return language.sentence("limits follow the season; compare with the same month of last year")
        case Check.DISPERSION:
            return language.sentence("limits are widened; look for a mix of cases that changes from month to month")
        case Check.THIN:
            return language.sentence("look at quarters: a single month says next to nothing")
        case Check.GAPS | Check.MISSING_NUMERATOR:
            return language.sentence("bring the missing months, or say why there are none")
        case Check.NO_ACTIVITY:
            return language.sentence("nothing to do: these months count neither way")
        case Check.EXCESS:
            return language.sentence("check the data: these months are left out")
        case Check.CONSTANT:
            return language.sentence("check that the value is measured and not filled in")


def grade_words(grade: Grade, language: Language) -> str:
    """Return what a grade means."""
    match grade:
        case Grade.A:
            return language.sentence("A: can be frozen as it is")
        case Grade.B:
            return language.sentence("B: can be frozen; the chart allows for what was found")
        case Grade.C:
            return language.sentence("C: settle the causes before freezing")
        case Grade.TRIAL:
            return language.sentence("trial: too little to freeze")


def centre_words(quality: BaselineQuality, unit: Unit, language: Language) -> str:
    """Return the centre line with its uncertainty, and that of the limits."""
    said = language.sentence(
        "Centre {centre} ({interval}).",
        centre=shown(quality.centre, unit, language),
        interval=shown_interval(quality.centre_lo, quality.centre_hi, unit, language),
    )
    if quality.sigma_lo == quality.sigma_hi or quality.sigma_hi > 10:
        return said
    limits = language.sentence(
        "The limits' true distance from it may be {lo} to {hi} times the one drawn.",
        lo=language.number(quality.sigma_lo, 2),
        hi=language.number(quality.sigma_hi, 2),
    )
    return paragraph([said, limits], language)


def origin_words(origin: str, language: Language) -> str:
    """Return where a target comes from."""
    match Origin(origin):
        case Origin.CURRENT:
            return language.sentence("present level")
        case Origin.PEERS:
            return language.sentence("best quarter of the branches")
        case Origin.INDUSTRY:
            return language.sentence("industry")
        case Origin.AMBITION:
            return language.sentence("company target")


def assurance_words(assurance: str, language: Language) -> str:
    """Return what a stable process promises."""
    match Assurance(assurance):
        case Assurance.WILL_MEET:
            return language.sentence("✓ will meet it")
        case Assurance.HIT_AND_MISS:
            return language.sentence("~ hit and miss")
        case Assurance.WILL_NOT_MEET:
            return language.sentence("✖ will not meet it unless something changes")
        case Assurance.CANNOT_TELL:
            return language.sentence("? cannot tell")


def standing_words(standing: str, language: Language) -> str:
    """Return what may be said of a branch among its peers."""
    match Standing(standing):
        case Standing.BETTER:
            return language.sentence("▲ better than chance explains")
        case Standing.WORSE:
            return language.sentence("▼ worse than chance explains")
        case Standing.AS_EXPECTED:
            return language.sentence("● as expected")
        case Standing.CANNOT_TELL:
            return language.sentence("◆ cannot tell: too few cases")
        case Standing.NO_DATA:
            return language.sentence("· no data")
