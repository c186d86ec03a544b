"""Sentences on a missed indicator: what is missed, where the change lies, what a repair gives back."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kpi_lib.analysis.records import Row
from kpi_lib.analysis.rootcause.cases import Cause, NotExplained
from kpi_lib.analysis.rootcause.reference import Reference, ReferenceKind, ReferenceReason
from kpi_lib.analysis.rootcause.result import Explanation, Segment, Standing, Verdict
from kpi_lib.analysis.rootcause.what_if import ALL
from kpi_lib.analysis.status import Status
from kpi_lib.kpi.definition import Unit
from kpi_lib.kpi.dimensions import DIMENSIONS, segment_text
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.report.words import paragraph, period_words, things_counted
from kpi_lib.text.language import Language


def reference_words(reference: Reference, language: Language) -> str:
    """Return what the period is compared with, as it stands after "against"."""
    first, last = (period_words(one.label, language) for one in (reference.first, reference.last))
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


def missed_words(cause: Cause, language: Language) -> str:
    """Return what is missed, and by how much."""
    row, kpi = cause.case.row, cause.kpi
    better = 1.0 if kpi.better == "higher" else -1.0
    values = {
        "value": shown(row["value"], kpi.unit, language),
        "interval": shown_interval(row["lo"], row["hi"], kpi.unit, language),
        "n": things_counted(kpi.table, row["n"], language),
        "target": shown(row["target"], kpi.unit, language),
        "short": shown_change(-abs(row["value"] - row["target"]) * better, kpi.unit, language),
    }
    if not cause.missed:
        return _not_missed(Status(row["status"]), values, language)
    if row["status"] == Status.CANNOT_TELL:
        return language.sentence(
            "{value} (interval {interval}, {n}) against a target of {target}, {short}; chance is not ruled out.",
            **values,
        )
    if row["status"] == Status.BELOW_BASELINE:
        return language.sentence(
            "{value} (interval {interval}, {n}) against a target of {target}, {short}, and worse than the "
            "baseline of {baseline}.",
            **values,
            baseline=shown(row["baseline"], kpi.unit, language),
        )
    return language.sentence("{value} (interval {interval}, {n}) against a target of {target}, {short}.", **values)


def _not_missed(status: Status, values: dict[str, str], language: Language) -> str:
    match status:
        case Status.TOO_FEW:
            return language.sentence("{value} (interval {interval}, {n}), too few cases to judge.", **values)
        case Status.NO_TARGET:
            return language.sentence("{value} (interval {interval}, {n}); it has no target.", **values)
        case _:
            return language.sentence(
                "{value} (interval {interval}, {n}) is on the target of {target}, but ground was lost.", **values
            )


def where_words(cause: Cause, language: Language) -> str:
    """Return where the change lies, in one sentence or two."""
    found, reference = cause.explanation, cause.case.reference
    if found is None or reference is None:
        return _why_not(cause, language)
    unit = cause.counted.unit
    against = language.sentence(
        "Against {reference}, {counted} moved from {before} to {now} ({difference}, interval {interval}).",
        reference=reference_words(reference, language),
        counted=_counted(cause, language),
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
            said.append(
                language.sentence(
                    "Too little data: a change of less than {detectable} could not have been seen.",
                    detectable=_size(found.detectable, unit, language),
                )
            )
    said += [
        language.sentence(
            "Careful: within every {dimension} it moved one way and in total the other (Simpson); the total misleads.",
            dimension=language.pick(DIMENSIONS[key].name) if key in DIMENSIONS else key,
        )
        for key in found.mix.simpson
    ]
    return said


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


def gain_words(cause: Cause, gains: Sequence[Row], language: Language) -> str:
    """Return what a repair gives back.

    Parameters
    ----------
    gains
        Rows of the what-if table for this indicator.
    """
    found = cause.explanation
    if found is None:
        return language.sentence("What a repair would give back cannot be said.")
    if gains:
        return _regained(cause, next((row for row in gains if row["segment"] == ALL), gains[0]), language)
    if found.broad.found and found.gap.worse:
        return language.sentence(
            "Were the common change undone, {counted} would be back at {value}: look for what changed for everybody.",
            counted=_counted(cause, language),
            value=shown(found.gap.current - found.broad.contribution, cause.counted.unit, language),
        )
    if found.verdict is Verdict.MIX:
        return language.sentence(
            "There is nothing to repair in the work itself; capacity, skills and the target must follow the new mix."
        )
    return language.sentence(
        "No repair of a part would give it back; reaching the target takes a better level everywhere."
    )


def _regained(cause: Cause, row: Row, language: Language) -> str:
    found = cause.explanation
    assert found is not None
    if math.isnan(row["value_if"]):
        back = sum(segment.regained for segment in found.found if segment.regained > 0)
        return language.sentence(
            "Back at the level to be expected it would give back {back} of {counted}.",
            back=_size(back, cause.counted.unit, language),
            counted=_counted(cause, language),
        )
    values = {
        "value": shown(row["value_if"], cause.kpi.unit, language),
        "gain": shown_change(row["value_if"] - row["value"], cause.kpi.unit, language),
    }
    said = (
        language.sentence(
            "Back at the level to be expected, the indicator would be {value} ({gain}), on target.", **values
        )
        if row["reaches_target"]
        else language.sentence(
            "Back at the level to be expected, the indicator would be {value} ({gain}), still short of the target.",
            **values,
        )
    )
    if math.isnan(row["composite_if"]) or row["composite_if"] == row["composite"]:
        return said
    return paragraph(
        [
            said,
            language.sentence(
                "The composite would go from {before} to {after}.",
                before=language.number(row["composite"], 1),
                after=language.number(row["composite_if"], 1),
            ),
        ],
        language,
    )


def change_interval(lo: float, hi: float, unit: Unit, language: Language) -> str:
    """Return the interval of a change."""
    return language.sentence("{lo} to {hi}", lo=shown_change(lo, unit, language), hi=shown_change(hi, unit, language))


def _size(change: float, unit: Unit, language: Language) -> str:
    return language.points(abs(change)) if unit == "share" else shown(abs(change), unit, language)


def _counted(cause: Cause, language: Language) -> str:
    return language.sentence("it") if cause.counted is cause.kpi else f"“{language.pick(cause.counted.name)}”"


def _why_not(cause: Cause, language: Language) -> str:
    match cause.why_not:
        case NotExplained.NO_REFERENCE:
            return language.sentence("There is no earlier period and no other branch to compare it with.")
        case NotExplained.NO_CASES:
            return language.sentence("The period has no cases to look into.")
        case _:
            return language.sentence("It has no cases that could be sorted by product, provider or channel.")
