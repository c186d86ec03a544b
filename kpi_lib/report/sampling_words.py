"""Words of survey sampling: kinds, methods, signs and conflicts, in both languages."""

from __future__ import annotations

from kpi_lib.analysis.sampling.signs import Light, Sign
from kpi_lib.analysis.sampling.strata import JOINT
from kpi_lib.data.schema import CUSTOMER_SEGMENTS
from kpi_lib.stats.sampling.allocate import Conflict
from kpi_lib.text.language import Language


def kind_words(kind: str, language: Language) -> str:
    """Return a kind of customer."""
    match kind:
        case "unknown":
            return language.sentence("kind unknown")
        case "all":
            return language.sentence("all")
        case _ if kind in CUSTOMER_SEGMENTS:
            return language.pick(CUSTOMER_SEGMENTS[kind])
        case _:
            return kind


def stratum_words(stratum: str, language: Language) -> str:
    """Return a stratum made of kind and complaint."""
    kind, joint, complained = stratum.partition(JOINT)
    words = kind_words(kind, language)
    if not joint:
        return words
    return language.sentence("{kind}, {complaint}", kind=words, complaint=yes_no_complained(complained, language))


def level_of(domain: str, level: str, language: Language) -> str:
    """Return a group of answers: what it is grouped by, and its level."""
    return language.sentence("{domain}: {level}", domain=domain, level=level)


def yes_no_complained(complained: str, language: Language) -> str:
    """Return whether people complained."""
    if complained in ("yes", "1.0", "1"):
        return language.sentence("complained")
    return language.sentence("no complaint")


def domain_words(domain: str, language: Language) -> str:
    """Return what answers are grouped by."""
    match domain:
        case "all":
            return language.sentence("everybody")
        case "kind":
            return language.sentence("kind of customer")
        case "complained":
            return language.sentence("complaint")
        case "product":
            return language.sentence("product")
        case "provider":
            return language.sentence("service provider")
        case "engineer":
            return language.sentence("engineer")
        case _:
            return domain


def variable_words(variable: str, language: Language) -> str:
    """Return a variable of the frame."""
    match variable:
        case "complained":
            return language.sentence("complained")
        case "overdue":
            return language.sentence("ticket overdue")
        case "reopened":
            return language.sentence("ticket reopened")
        case "dissatisfied_at_closure":
            return language.sentence("not satisfied at closure")
        case "resolved_at_once / reopened":
            return language.sentence("said resolved at once, ticket reopened")
        case "score":
            return language.sentence("score")
        case "attempts":
            return language.sentence("contact attempts")
        case "place":
            return language.sentence("order of the list")
        case _:
            reason, slash, who = variable.partition(" / ")
            return f"{variable_words(reason, language)} / {who}" if slash else domain_words(variable, language)


def method_words(method: str, language: Language) -> str:
    """Return a way of weighting."""
    match method:
        case "unweighted":
            return language.sentence("plain mean of the answers")
        case "base":
            return language.sentence("weighted to the strata")
        case "class":
            return language.sentence("weighted by response class")
        case "raked":
            return language.sentence("raked to the frame")
        case _:
            return method


def flag_words(flag: str, language: Language) -> str:
    """Return whether a number may be shown."""
    match flag:
        case "show":
            return ""
        case "care":
            return language.sentence("with care")
        case _:
            return language.sentence("too few to show")


def light_words(light: Light, language: Language) -> str:
    """Return the light with a mark that reads in grey."""
    match light:
        case Light.GREEN:
            return language.sentence("● green: no sign that only the satisfied were reached.")
        case Light.AMBER:
            return language.sentence("◐ amber: read with care.")
        case Light.RED:
            return language.sentence("○ red: the answers do not speak for everybody.")


def sign_words(sign: Sign, language: Language) -> str:
    """Return what a light rests on, a sentence."""
    match sign:
        case Sign.REACH:
            return language.sentence(
                "Customers with a reason to complain are clearly too few among the answers, measured by all served."
            )
        case Sign.FRAME:
            return language.sentence("Customers with a reason to complain answered clearly less often than others.")
        case Sign.SELECTION:
            return language.sentence("Customers with a reason to complain were asked clearly less often than others.")
        case Sign.WAVES:
            return language.sentence(
                "Late answers are clearly less satisfied than early ones; the silent resemble them."
            )
        case Sign.OFF_SHEET:
            return language.sentence("People were called who had not been drawn.")
        case Sign.SKIPPED:
            return language.sentence("People on the list were passed over for later ones.")
        case Sign.CONTACT:
            return language.sentence("Customers with a reason to complain were contacted less often.")
        case Sign.WEAK:
            return language.sentence(
                "Customers with a reason to complain seem under-represented; too few were asked to be sure."
            )
        case Sign.TARGET:
            return language.sentence(
                "The verdict against the target would turn if the silent are a little less satisfied."
            )
        case Sign.CEILING:
            return language.sentence("Nearly all answers are the highest score.")
        case Sign.STRAIGHT:
            return language.sentence("More than half answered every question alike.")
        case Sign.CONTRADICTION:
            return language.sentence("Many answers contradict the ticket.")


def check_words(check: str, language: Language) -> str:
    """Return what was compared."""
    match check:
        case "reasons_reached":
            return language.sentence("all reasons to complain together: answered, against all who could be asked")
        case "reasons_asked":
            return language.sentence("all reasons to complain together: asked, against all who could be asked")
        case "reasons_answered":
            return language.sentence("all reasons to complain together: answered, against all asked")
        case "asked_against_frame":
            return language.sentence("asked, against all who could be asked")
        case "answered_against_drawn":
            return language.sentence("answered, against all asked")
        case "rao_scott":
            return language.sentence("answering depends on it (Rao-Scott)")
        case "wave_trend":
            return language.sentence("last contact wave, against the first")
        case "off_sheet":
            return language.sentence("called without being drawn")
        case "skipped":
            return language.sentence("passed over on the list")
        case "contact_rate":
            return language.sentence("contacted, against the others")
        case "ceiling":
            return language.sentence("answers with the highest score")
        case "straight_line":
            return language.sentence("answered every item alike")
        case "contradiction":
            return language.sentence("contradicts the ticket")
        case _:
            return check


def conflict_words(conflict: Conflict, language: Language) -> str:
    """Return a rule that cannot be kept, a sentence."""
    short = language.number(abs(conflict.wanted - conflict.possible))
    wanted, possible = language.number(conflict.wanted), language.number(conflict.possible)
    match conflict.rule:
        case "total_below_floors":
            return language.sentence(
                "The least numbers by kind need {possible} answers, {short} more than the {wanted} allowed.",
                possible=possible,
                short=short,
                wanted=wanted,
            )
        case "total_above_population":
            return language.sentence(
                "{wanted} answers are wanted and there are only {possible} customers, {short} too few.",
                wanted=wanted,
                possible=possible,
                short=short,
            )
        case "total_below_rule":
            return language.sentence(
                "The coverage rule needs {possible} answers, {short} more than the {wanted} allowed.",
                possible=possible,
                short=short,
                wanted=wanted,
            )
        case _:
            return language.sentence(
                "A stratum is to give {wanted} answers and has {possible} customers.", wanted=wanted, possible=possible
            )


def question_words(question: str, language: Language) -> str:
    """Return what inspectors judge."""
    match question:
        case "record_true":
            return language.sentence("record true")
        case "classification_right":
            return language.sentence("classified right at first")
        case "process_compliant":
            return language.sentence("done by the standard")
        case _:
            return question


def missing_words(reason: str, language: Language) -> str:
    """Return why there is no estimate, a sentence."""
    match reason:
        case "nobody_asked":
            return language.sentence("Nobody served in the period was asked.")
        case "nobody_answered":
            return language.sentence("Nobody asked has answered.")
        case _:
            return language.sentence("Too few answered for an estimate.")
