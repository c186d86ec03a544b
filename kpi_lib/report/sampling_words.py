"""Words of survey sampling: kinds, methods, signs and conflicts, in both languages."""

from __future__ import annotations

from typing import Final

from kpi_lib.analysis.sampling.signs import Light, Sign
from kpi_lib.analysis.sampling.strata import JOINT
from kpi_lib.data.schema import CUSTOMER_SEGMENTS
from kpi_lib.stats.sampling.allocate import Conflict
from kpi_lib.text import Text
from kpi_lib.text.language import Language

KINDS: Final = {
    **CUSTOMER_SEGMENTS,
    "unknown": Text("kind unknown", "类型不明"),
    "all": Text("all", "全部"),
}
"""Kinds of customer."""

DOMAINS: Final = {
    "all": Text("everybody", "全部客户"),
    "kind": Text("kind of customer", "客户类型"),
    "complained": Text("complaint", "投诉"),
    "product": Text("product", "产品"),
    "provider": Text("service provider", "服务商"),
    "engineer": Text("engineer", "工程师"),
}
"""What answers are grouped by; any other name is shown as it is."""

VARIABLES: Final = {
    "complained": Text("complained", "有投诉"),
    "overdue": Text("ticket overdue", "工单超期"),
    "reopened": Text("ticket reopened", "工单重开"),
    "dissatisfied_at_closure": Text("not satisfied at closure", "关单时不满意"),
    "resolved_at_once / reopened": Text("said resolved at once, ticket reopened", "答称一次解决而工单重开"),
    "score": Text("score", "评分"),
    "attempts": Text("contact attempts", "联系次数"),
    "place": Text("order of the list", "名单顺序"),
}
"""Variables of the frame and of the answers, beside :data:`DOMAINS`."""

METHODS: Final = {
    "unweighted": Text("plain mean of the answers", "答复的简单平均"),
    "base": Text("weighted to the strata", "按层加权"),
    "class": Text("weighted by response class", "按应答类别加权"),
    "raked": Text("raked to the frame", "按抽样框边际加权"),
}
"""Ways of weighting."""

CHECKS: Final = {
    "reasons_reached": Text(
        "all reasons to complain together: answered, against all who could be asked",
        "各项不满理由合并：答复者与全部可访客户相比",
    ),
    "reasons_asked": Text(
        "all reasons to complain together: asked, against all who could be asked",
        "各项不满理由合并：被访者与全部可访客户相比",
    ),
    "reasons_answered": Text(
        "all reasons to complain together: answered, against all asked", "各项不满理由合并：答复者与全部被访者相比"
    ),
    "asked_against_frame": Text("asked, against all who could be asked", "被访者与可访者相比"),
    "answered_against_drawn": Text("answered, against all asked", "答复者与被访者相比"),
    "rao_scott": Text("answering depends on it (Rao-Scott)", "应答与其有关（Rao-Scott）"),
    "wave_trend": Text("last contact wave, against the first", "最后一轮与第一轮相比"),
    "off_sheet": Text("called without being drawn", "未抽中而被拨打"),
    "skipped": Text("passed over on the list", "名单上被跳过"),
    "contact_rate": Text("contacted, against the others", "联系率与其他人相比"),
    "ceiling": Text("answers with the highest score", "最高分答复"),
    "straight_line": Text("answered every item alike", "每题答案相同"),
    "contradiction": Text("contradicts the ticket", "与工单不符"),
}
"""What is compared."""

QUESTIONS: Final = {
    "record_true": Text("record true", "记录属实"),
    "classification_right": Text("classified right at first", "首次分类正确"),
    "process_compliant": Text("done by the standard", "服务规范"),
}
"""What inspectors judge."""


def kind_words(kind: str, language: Language) -> str:
    """Return a kind of customer."""
    return language.name(KINDS, kind)


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
    return language.name(DOMAINS, domain)


def variable_words(variable: str, language: Language) -> str:
    """Return a variable of the frame."""
    if variable in VARIABLES:
        return language.name(VARIABLES, variable)
    reason, slash, who = variable.partition(" / ")
    return f"{variable_words(reason, language)} / {who}" if slash else domain_words(variable, language)


def method_words(method: str, language: Language) -> str:
    """Return a way of weighting."""
    return language.name(METHODS, method)


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
    return language.name(CHECKS, check)


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
    return language.name(QUESTIONS, question)


def missing_words(reason: str, language: Language) -> str:
    """Return why there is no estimate, a sentence."""
    match reason:
        case "nobody_asked":
            return language.sentence("Nobody served in the period was asked.")
        case "nobody_answered":
            return language.sentence("Nobody asked has answered.")
        case _:
            return language.sentence("Too few answered for an estimate.")
