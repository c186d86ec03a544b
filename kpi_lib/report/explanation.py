"""An explanation of a gap in words and as a waterfall, for any frame and any names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kpi_lib.analysis.rootcause.result import Explanation, Segment, Verdict
from kpi_lib.kpi.definition import Unit
from kpi_lib.kpi.shown import shown, shown_change
from kpi_lib.plot.theme import Picture
from kpi_lib.plot.waterfall import Step, waterfall_panel
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import Language

UNITS: Final[dict[str, Unit]] = {"share": "share", "rate": "rate", "mean": "points"}
"""How a KPI's value is written when nothing but its kind is known."""

LABEL: Final = 44
"""Longest name beside a bar; the table has it whole."""


def explanation_words(found: Explanation, unit: Unit, language: Language) -> str:
    """Return what changed and where, in two or three sentences."""
    gap = found.gap
    said = [
        language.sentence(
            "From {before} to {after}: {change} (interval {lo} to {hi}).",
            before=shown(gap.reference, unit, language),
            after=shown(gap.current, unit, language),
            change=shown_change(gap.difference, unit, language),
            lo=shown_change(gap.lo, unit, language),
            hi=shown_change(gap.hi, unit, language),
        )
    ]
    match found.verdict:
        case Verdict.SEGMENTS:
            said += [_segment_words(segment, unit, language) for segment in found.found]
        case Verdict.BROAD:
            said.append(
                language.sentence(
                    "Everything changed alike, by {change} beyond the mix.",
                    change=shown_change(found.broad.effect, unit, language),
                )
            )
        case Verdict.MIX:
            said.append(
                language.sentence(
                    "The rates held; other cases came in, worth {change}.",
                    change=shown_change(found.mix.total, unit, language),
                )
            )
            said += [_mix_words(segment, language) for segment in found.segments]
        case Verdict.NONE:
            said.append(language.sentence("No cause found among {n} segments looked at.", n=found.searched))
        case Verdict.TOO_LITTLE:
            said.append(
                language.sentence(
                    "Too little data: a change of less than {detectable} could not have been seen.",
                    detectable=shown_change(found.detectable, unit, language).lstrip("+"),
                )
            )
    if found.mix.simpson:
        said.append(
            language.sentence(
                "Careful: within {dimensions} the rates moved against the total, which the mix turned round (Simpson).",
                dimensions=language.list(list(found.mix.simpson)),
            )
        )
    return paragraph(said, language)


def waterfall(
    found: Explanation, unit: Unit, language: Language, *, name: str, title: str, finding: str, alt: str,
    named: Callable[[Segment], str] = lambda segment: segment.name,
) -> Picture:  # fmt: skip
    """Draw the way from the reference to the current value.

    Parameters
    ----------
    found
        The explanation.
    unit, language
        Of the values, and for the labels.
    name, title, finding, alt
        Id, heading, what it shows, and alt text of the picture.
    named
        How a segment is called.
    """
    steps = [
        Step(language.sentence("Mix of the cases"), found.mix.total, any(one.kind == "mix" for one in found.segments))
    ]
    steps += [Step(_short(named(segment)), segment.contribution, True) for segment in found.found]
    if found.broad.found:
        steps.append(Step(language.sentence("All cases alike"), found.broad.contribution, True))
    steps.append(Step(language.sentence("Unexplained"), found.rest, False))
    ends = (
        (language.sentence("Reference"), found.gap.reference),
        (language.sentence("Now"), found.gap.current),
    )
    return waterfall_panel(
        ends, steps, better=found.gap.better, unit=unit, language=language, name=name, title=title, finding=finding,
        alt=alt,
    )  # fmt: skip


def _segment_words(segment: Segment, unit: Unit, language: Language) -> str:
    return language.sentence(
        "{segment}: {after} where {expected} was to be expected (n = {n}), {contribution} of the total.",
        segment=segment.name,
        after=shown(segment.after, unit, language),
        expected=shown(segment.expected, unit, language),
        n=language.number(segment.n, 0),
        contribution=shown_change(segment.contribution, unit, language),
    )


def _mix_words(segment: Segment, language: Language) -> str:
    return language.sentence(
        "{segment}: {before} of the cases before, {after} now.",
        segment=segment.name,
        before=language.percent(segment.before),
        after=language.percent(segment.after),
    )


def _short(name: str) -> str:
    return name if len(name) <= LABEL else f"{name[: LABEL - 1]}…"
