"""Where a change lies, in one sentence or two."""

from __future__ import annotations

from kpi_lib.analysis.rootcause.cases import Cause, NotExplained
from kpi_lib.analysis.rootcause.longer import longer
from kpi_lib.analysis.rootcause.result import Explanation, Segment, Verdict
from kpi_lib.kpi.dimensions import DIMENSIONS, segment_text
from kpi_lib.kpi.shown import shown, shown_change
from kpi_lib.params.periods import parse_period
from kpi_lib.report.root_cause_words import change_interval, counted_words, reference_words, size_words
from kpi_lib.report.words import paragraph, things_counted
from kpi_lib.text.language import Language


def where_words(cause: Cause, language: Language) -> str:
    """Return where the change lies, in one sentence or two."""
    found, reference = cause.explanation, cause.case.reference
    if found is None or reference is None:
        return _why_not(cause, language)
    unit = cause.counted.unit
    against = language.sentence(
        "Against {reference}, {counted} moved from {before} to {now} ({difference}, interval {interval}).",
        reference=reference_words(reference, language),
        counted=counted_words(cause, language),
        before=shown(found.gap.reference, unit, language),
        now=shown(found.gap.current, unit, language),
        difference=shown_change(found.gap.difference, unit, language),
        interval=change_interval(found.gap.lo, found.gap.hi, unit, language),
    )
    return paragraph([against, *_located(cause, found, language)], language)


def _located(cause: Cause, found: Explanation, language: Language) -> list[str]:
    unit = cause.counted.unit
    said = [_segment_sentence(cause, segment, language) for segment in found.found]
    match found.verdict:
        case Verdict.BROAD:
            said.append(
                language.sentence(
                    "The change shows in all cases together, {effect} beyond what their mix explains; no kind of case "
                    "stands out.",
                    effect=shown_change(found.broad.effect, unit, language),
                )
                if not found.found
                else language.sentence(
                    "Beside it all other cases together moved by {effect}.",
                    effect=shown_change(found.broad.effect, unit, language),
                )
            )
        case Verdict.MIX:
            said.append(_mix_sentence(cause, found, language))
        case Verdict.NONE if found.gap.worse and (found.gap.hi < 0 or found.gap.lo > 0):
            said.append(language.sentence("The change is more than chance, but no part of the work stands out."))
        case Verdict.NONE if found.gap.hi < 0 or found.gap.lo > 0:
            said.append(language.sentence("That is better than before; the level is still short of the target."))
        case Verdict.NONE:
            said.append(
                language.sentence(
                    "That is within chance and no part of the work stands out: the level is short of the target; "
                    "nothing shows that it fell."
                )
            )
        case Verdict.TOO_LITTLE:
            said += _too_little(cause, found, language)
    said += [
        language.sentence(
            "Careful: within every {dimension} it moved one way and in total the other (Simpson); the total misleads.",
            dimension=language.pick(DIMENSIONS[key].name) if key in DIMENSIONS else key,
        )
        for key in found.mix.simpson
    ]
    return said


def _too_little(cause: Cause, found: Explanation, language: Language) -> list[str]:
    unit = cause.counted.unit
    detectable = size_words(found.detectable, unit, language)
    clear = found.gap.hi < 0 or found.gap.lo > 0
    said = (
        language.sentence("The change is more than chance, but the cases are too few to say where it lies.")
        if clear
        else language.sentence(
            "Too little data: a change of less than {detectable} could not have been seen.", detectable=detectable
        )
    )
    more = longer(cause, parse_period(cause.case.row["period"]))
    if more is None:
        return [said]
    return [
        said,
        language.sentence(
            "Take a longer period: {period} (about {n}) would show a change of the whole from about {longer} on, "
            "instead of {detectable}.",
            period=more.period.label,
            n=things_counted(cause.kpi.table, more.n, language),
            longer=size_words(more.detectable, unit, language),
            detectable=detectable,
        ),
    ]


def _segment_sentence(cause: Cause, segment: Segment, language: Language) -> str:
    unit = cause.counted.unit
    values = {
        "segment": language.pick(segment_text(segment.dims)),
        "after": shown(segment.after, unit, language),
        "expected": shown(segment.expected, unit, language),
        "n": things_counted(cause.kpi.table, segment.n, language),
        "contribution": shown_change(segment.contribution, unit, language),
    }
    if segment.regained > 0:
        return language.sentence(
            "Points were lost with “{segment}”: {after} instead of the {expected} to be expected, on {n}; that is "
            "{contribution} of the total.",
            **values,
        )
    return language.sentence(
        "“{segment}” went the other way: {after} instead of the {expected} to be expected, on {n} ({contribution}).",
        **values,
    )


def _mix_sentence(cause: Cause, found: Explanation, language: Language) -> str:
    unit = cause.counted.unit
    grown = [segment for segment in found.segments if segment.kind == "mix"]
    total = shown_change(found.mix.total, unit, language)
    if not grown:
        return language.sentence(
            "The rates held; other work came in, and that alone moved the total by {total}.", total=total
        )
    return language.sentence(
        "The rates held; other work came in (“{segment}”: {before} of the cases before, {after} now), and the mix "
        "alone moved the total by {total}.",
        segment=language.pick(segment_text(grown[0].dims)),
        before=language.percent(grown[0].before),
        after=language.percent(grown[0].after),
        total=total,
    )


def _why_not(cause: Cause, language: Language) -> str:
    match cause.why_not:
        case NotExplained.NO_REFERENCE:
            return language.sentence("There is no earlier period and no other branch to compare it with.")
        case NotExplained.NO_CASES:
            return language.sentence("The period has no cases to look into.")
        case _:
            return language.sentence("It has no cases that could be sorted by product, provider or channel.")
