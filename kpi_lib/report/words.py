"""Words for verdicts, periods and reasons, in both languages."""

from __future__ import annotations

from collections.abc import Iterable

from kpi_lib.analysis.status import Status
from kpi_lib.kpi.values import Reason
from kpi_lib.text.language import Language


def status_words(status: str, language: Language, *, reached: bool) -> str:
    """Return a verdict in a few words, led by a mark that reads in grey."""
    match Status(status):
        case Status.MET:
            return language.sentence("✓ target met")
        case Status.CANNOT_TELL if reached:
            return language.sentence("≈ cannot tell (at target)")
        case Status.CANNOT_TELL:
            return language.sentence("≈ cannot tell (short of target)")
        case Status.BELOW_TARGET:
            return language.sentence("▽ worse than target")
        case Status.BELOW_BASELINE:
            return language.sentence("▼ worse than baseline")
        case Status.TOO_FEW:
            return language.sentence("○ too few cases to judge")
        case Status.NO_TARGET:
            return language.sentence("○ no target set")
        case Status.NO_VALUE:
            return language.sentence("○ no value")


def reason_words(reason: str, language: Language) -> str:
    """Return why a value is missing."""
    match Reason(reason):
        case Reason.NONE:
            return ""
        case Reason.NO_ROWS:
            return language.sentence("nothing to count in the period")
        case Reason.NOT_COVERED:
            return language.sentence("the data do not cover the period")
        case Reason.NOT_YET_COUNTABLE:
            return language.sentence("every time limit is still running")
        case Reason.ZERO_DENOMINATOR:
            return language.sentence("there is nothing to divide by")
        case Reason.NOT_REACHED:
            return language.sentence("too many are still open to say")
        case Reason.NO_EARLIER_PERIOD:
            return language.sentence("there is no earlier period to compare with")
        case Reason.NUMERATOR_EXCEEDS_DENOMINATOR:
            return language.sentence("the part is larger than the whole: check the data")


def paragraph(sentences: Iterable[str], language: Language) -> str:
    """Return sentences one after the other; Chinese ones need no space between them."""
    return ("" if language.lang == "zh" else " ").join(sentences)


def period_words(label: str, language: Language) -> str:
    """Return a period as people write it: months by name, all else as labelled."""
    year, _, month = label.partition("-")
    if len(label) == 7 and year.isdigit() and month.isdigit():
        return language.month(int(year), int(month))
    return label


def things_counted(table: str, n: float, language: Language) -> str:
    """Return ``n`` of what a table's rows are, such as ``410 tickets``."""
    count = int(n)
    match table:
        case "tickets":
            return language.plural("{n} ticket", "{n} tickets", count)
        case "calls":
            return language.plural("{n} call", "{n} calls", count)
        case "surveys":
            return language.plural("{n} answer", "{n} answers", count)
        case "complaints":
            return language.plural("{n} complaint", "{n} complaints", count)
        case "audits":
            return language.plural("{n} audited ticket", "{n} audited tickets", count)
        case "customers":
            return language.plural("{n} customer", "{n} customers", count)
        case _:
            return language.plural("{n} unit", "{n} units", count)


def stale_words(age: int, language: Language) -> str:
    """Return that the accepted baselines are due for revision."""
    return language.sentence("They are {n} months old: a revision is due every quarter.", n=age)
