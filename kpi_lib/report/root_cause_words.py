"""Words that several parts of the root-cause page use: references, verdicts, standings and changes."""

from __future__ import annotations

from datetime import timedelta

from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.analysis.rootcause.reference import Reference, ReferenceKind, ReferenceReason
from kpi_lib.analysis.rootcause.result import Standing, Verdict
from kpi_lib.kpi.definition import Unit
from kpi_lib.kpi.shown import shown, shown_change
from kpi_lib.report.words import period_words
from kpi_lib.text.language import Language


def reference_words(reference: Reference, language: Language) -> str:
    """Return what the period is compared with, as it stands after "against"."""
    first, last = _ends(reference, language)
    match reference.kind:
        case ReferenceKind.BASELINE:
            return language.sentence("the accepted baseline, {first} to {last}", first=first, last=last)
        case ReferenceKind.HISTORY:
            return language.sentence("the periods before, {first} to {last}", first=first, last=last)
        case ReferenceKind.PREVIOUS:
            return language.sentence("the period before, {first}", first=first)
        case ReferenceKind.YEAR:
            return language.sentence("the same period of last year, {first}", first=first)
        case ReferenceKind.PEERS:
            return language.sentence("the other branches in {first}", first=first)


def _ends(reference: Reference, language: Language) -> tuple[str, str]:
    """Return the first and last period; of several free ranges the first and last day: a label has two days already."""
    first, last = reference.first, reference.last
    if first.grain == "range" and first != last:
        return language.date(first.start), language.date(last.end - timedelta(days=1))
    return period_words(first.label, language), period_words(last.label, language)


def reason_words(reason: ReferenceReason, language: Language) -> str:
    """Return why that reference was taken."""
    match reason:
        case ReferenceReason.ASKED:
            return language.sentence("asked for")
        case ReferenceReason.ACCEPTED:
            return language.sentence("a baseline is accepted")
        case ReferenceReason.LONGEST:
            return language.sentence("no baseline is accepted, and a year holds every season")
        case ReferenceReason.SHORT:
            return language.sentence("fewer than three earlier periods have cases")
        case ReferenceReason.YOUNG:
            return language.sentence("no earlier period has cases")


def verdict_words(cause: Cause, language: Language) -> str:
    """Return the verdict on a missed indicator in a few words."""
    if cause.explanation is None:
        return language.sentence("not explained")
    match cause.explanation.verdict:
        case Verdict.SEGMENTS:
            return language.sentence("segments")
        case Verdict.BROAD:
            return language.sentence("everything alike")
        case Verdict.MIX:
            return language.sentence("mix of the work")
        case Verdict.NONE:
            return language.sentence("no cause found")
        case Verdict.TOO_LITTLE:
            return language.sentence("too little data")


def standing_words(standing: Standing, language: Language) -> str:
    """Return how sure a segment is."""
    match standing:
        case Standing.SIGNIFICANT:
            return language.sentence("● significant")
        case Standing.SUGGESTIVE:
            return language.sentence("○ suggestive")
        case Standing.PINNED:
            return language.sentence("◇ asked about by name")


def change_interval(lo: float, hi: float, unit: Unit, language: Language) -> str:
    """Return the interval of a change."""
    return language.sentence("{lo} to {hi}", lo=shown_change(lo, unit, language), hi=shown_change(hi, unit, language))


def size_words(change: float, unit: Unit, language: Language) -> str:
    """Return how large a change is, without its sign."""
    return language.points(abs(change)) if unit == "share" else shown(abs(change), unit, language)


def counted_words(cause: Cause, language: Language) -> str:
    """Return what of an indicator is explained, as it stands in a sentence about the indicator."""
    return language.sentence("it") if cause.counted is cause.kpi else f"“{language.pick(cause.counted.name)}”"
