"""Words of a fishbone: what stands on its head, bones, causes and tail."""

from __future__ import annotations

import math
from collections.abc import Sequence

from kpi_lib.analysis.fishbone import Bone, Cause, Evidence, Fishbone, Standing, State
from kpi_lib.kpi.shown import shown, shown_change, signed
from kpi_lib.report.words import paragraph
from kpi_lib.text import Text
from kpi_lib.text.language import Language

SHOWN_PER_CAUSE = 2
"""Pieces of evidence written on a cause; the table has all."""


def label_words(label: Text | str, language: Language) -> str:
    """Return a label in the reader's language."""
    return label if isinstance(label, str) else language.pick(label)


def standing_words(standing: Standing | None, language: Language) -> str:
    """Return how sure something is; empty where there is nothing to be sure of."""
    match standing:
        case Standing.SIGNIFICANT:
            return language.sentence("significant")
        case Standing.SUGGESTIVE:
            return language.sentence("suggestive")
        case Standing.HYPOTHESIS:
            return language.sentence("hypothesis")
        case None:
            return ""


def head_words(fishbone: Fishbone, language: Language) -> list[tuple[str, bool]]:
    """Return the paragraphs of the head, each with whether it is bold: the problem, the gap, its interval and n."""
    said = [(language.pick(fishbone.head), True)]
    gap, unit = fishbone.gap, fishbone.unit
    if gap is None:
        return said
    said.append((unbroken(shown_change(gap.difference, unit, language)), True))
    if math.isfinite(gap.lo) and math.isfinite(gap.hi):
        ends = (shown_change(gap.lo, unit, language), shown_change(gap.hi, unit, language))
        said.append((language.sentence("interval {lo} to {hi}", lo=unbroken(ends[0]), hi=unbroken(ends[1])), False))
    levels = {"now": shown(gap.current, unit, language), "before": shown(gap.reference, unit, language)}
    said.append((language.sentence("{now}, reference {before}", **levels), False))
    said.append((f"n {language.number(gap.n_current, 0)}", False))
    return said


def tail_words(fishbone: Fishbone, language: Language) -> list[str]:
    """Return what the bones leave: the unexplained, and what goes against the gap; nothing without a gap."""
    if fishbone.gap is None or fishbone.unexplained is None:
        return []
    rest = unbroken(shown_change(fishbone.unexplained, fishbone.unit, language))
    said = [language.sentence("Unexplained: {points}", points=rest)]
    if fishbone.offsetting:
        offsetting = unbroken(shown_change(fishbone.offsetting, fishbone.unit, language))
        said.append(language.sentence("Offsetting: {points}", points=offsetting))
    return said


def total_words(bone: Bone, fishbone: Fishbone, language: Language) -> str:
    """Return what a bone stands for: points of the gap, or how far it was looked at."""
    unit = fishbone.unit
    if bone.contribution is not None or bone.offsetting is not None:
        said = [] if bone.contribution is None else [shown_change(bone.contribution, unit, language)]
        if bone.offsetting is not None:
            offsetting = shown_change(bone.offsetting, unit, language)
            said.append(language.sentence("offsetting {points}", points=offsetting))
        return enumerated([unbroken(points) for points in said] + [standing_words(bone.standing, language)], language)
    if bone.standing is not None:
        return standing_words(bone.standing, language)
    states = {cause.state for cause in bone.causes}
    if states == {State.NOT_MEASURED}:
        return language.sentence("not measured")
    if State.NOT_MEASURED in states:
        return language.sentence("nothing found, partly not measured")
    return language.sentence("nothing found")


def cause_words(cause: Cause, fishbone: Fishbone, language: Language) -> tuple[str, ...]:
    """Return the lines under a cause: its evidence, or why there is none."""
    match cause.state:
        case State.NOT_MEASURED if cause.needs is not None:
            return (language.sentence("not measured: needs {what}", what=language.pick(cause.needs)),)
        case State.NOT_MEASURED:
            return (language.sentence("not measured"),)
        case State.NOTHING_FOUND:
            return (language.sentence("nothing found"),)
        case State.HYPOTHESIS:
            return () if fishbone.gap is None else (language.sentence("hypothesis"),)
        case State.FOUND:
            pieces = cause.evidence[:SHOWN_PER_CAUSE]
            said = [line for piece in pieces for line in piece_words(piece, cause, fishbone, language)]
            more = len(cause.evidence) - len(pieces)
            more_words = [language.plural("{n} more in the table", "{n} more in the table", more)] if more else []
            return (*said, *more_words)


def piece_words(piece: Evidence, cause: Cause, fishbone: Fishbone, language: Language) -> list[str]:
    """Return the lines of one piece of evidence: where; how much with its interval, n, and how sure it is.

    The place is left out where it says no more than the cause's name.
    """
    label = label_words(piece.label, language)
    figures = [*points_words(piece, fishbone, language)]
    if piece.n is not None:
        figures.append(f"n {language.number(piece.n)}")
    if piece.standing is not Standing.SIGNIFICANT:
        figures.append(standing_words(piece.standing, language))
    said = enumerated([unbroken(figure) for figure in figures], language)
    return [text for text in ("" if label == language.pick(cause.name) else label, said) if text]


def unbroken(text: str) -> str:
    """Return a figure whose number and unit stay on one line."""
    return text.replace(" ", "\u00a0")


def enumerated(parts: Sequence[str], language: Language) -> str:
    """Return parts one after the other, with a comma as the language writes it."""
    return ("，" if language.lang == "zh" else ", ").join(parts)


def points_words(piece: Evidence, fishbone: Fishbone, language: Language) -> list[str]:
    """Return points of the gap with their interval, or the piece's own figure where it has none."""
    if piece.contribution is not None:
        points = shown_change(piece.contribution, fishbone.unit, language)
        if piece.lo is None or piece.hi is None:
            return [points]
        ends = [_bare_change(end, fishbone, language) for end in (piece.lo, piece.hi)]
        return [points, f"[{ends[0]}, {ends[1]}]"]
    if piece.figure is None:
        return []
    now = shown(piece.figure, piece.unit, language)
    if piece.before is None:
        return [now]
    return [language.sentence("{now} (before {before})", now=now, before=shown(piece.before, piece.unit, language))]


def compared_words(piece: Evidence, language: Language) -> str:
    """Return the interval of the change of a piece's own figure; empty where it is not compared."""
    if piece.change is None:
        return ""
    lo, hi = (shown_change(end, piece.unit, language) for end in piece.change)
    return language.sentence("change {lo} to {hi}", lo=unbroken(lo), hi=unbroken(hi))


def sum_words(piece: Evidence, fishbone: Fishbone, language: Language) -> str:
    """Return the points a piece adds to the sum, or that it is evidence and has none."""
    if piece.counted is not None:
        return shown_change(piece.counted, fishbone.unit, language)
    evidence_only = piece.contribution is None and piece.standing is not Standing.HYPOTHESIS
    return language.sentence("evidence only") if evidence_only else ""


def _bare_change(value: float, fishbone: Fishbone, language: Language) -> str:
    """Return a change without its unit, which stands beside it already."""
    if fishbone.unit == "share":
        return signed(language.number(100 * value, 1), value)
    return shown_change(value, fishbone.unit, language)


def alt_words(fishbone: Fishbone, language: Language) -> str:
    """Return the diagram in sentences: gap, each bone with its total, and what is left."""
    said = [enumerated([text for text, _ in head_words(fishbone, language)], language)]
    said += [f"{language.pick(bone.name)}: {total_words(bone, fishbone, language)}" for bone in fishbone.bones]
    said += tail_words(fishbone, language)
    stop = "。" if language.lang == "zh" else "."
    return paragraph([f"{text}{stop}" for text in said], language)
