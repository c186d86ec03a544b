"""A fishbone as a figure: the drawing, what it says in a sentence, and the same as a table."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from kpi_lib.analysis.fishbone import Bone, Cause, Evidence, Fishbone, Standing, State
from kpi_lib.analysis.fishbone.model import UNASSIGNED
from kpi_lib.kpi.shown import shown_change
from kpi_lib.plot.fishbone import Arrow, fishbone_picture
from kpi_lib.plot.fishbone_parts import Rib, Section, Tone, Twig
from kpi_lib.plot.theme import Picture
from kpi_lib.report.figure import figure
from kpi_lib.report.fishbone_words import (
    alt_words,
    cause_words,
    compared_words,
    enumerated,
    head_words,
    label_words,
    points_words,
    standing_words,
    sum_words,
    tail_words,
    total_words,
)
from kpi_lib.report.html import Fragment
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import Language

LEAST_PIXELS = 900
"""Width in CSS pixels below which the words of the diagram could not be read."""

CAUSES_AT_MOST = 6
"""Causes drawn on the bone of evidence that no cause asked for."""


def fishbone(result: Fishbone, language: Language, *, name: str = "fishbone") -> Fragment:
    """Return the diagram with its finding as title, how to read it, and its data as a table.

    Parameters
    ----------
    result
        The fishbone.
    language
        Of the reader.
    name
        Id of the picture, unique on the page.
    """
    picture = replace(drawing(result, language, name=name), least_pixels=LEAST_PIXELS)
    return figure(
        [picture],
        title=finding(result, language),
        caption=_caption(result, language),
        data=fishbone_table(result, language),
        language=language,
    )


@lru_cache(maxsize=32)
def drawing(result: Fishbone, language: Language, *, name: str = "fishbone") -> Picture:
    """Return the picture alone; of one diagram it is drawn once, for the page and for ``fishbone.svg``."""
    parts = {True: language.sentence("Caused by staff"), False: language.sentence("Not caused by staff"), None: ""}
    largest = max((abs(bone.contribution or 0.0) for bone in result.bones), default=0.0)
    sections = [
        Section(parts[staff], tuple(_rib(bone, largest, result, language) for bone in _by_weight(result, staff)))
        for staff in (None, True, False)
    ]
    known = {(bone.key, cause.key): cause.state for bone in result.bones for cause in bone.causes}
    arrows = [
        Arrow(each.cause, each.effect, each.found)
        for each in result.relations
        if known.get(each.cause) is known.get(each.effect) is State.FOUND
    ]
    return fishbone_picture(
        sections,
        head=head_words(result, language),
        tail=tail_words(result, language),
        arrows=arrows,
        name=name,
        title=language.pick(result.head),
        alt=alt_words(result, language),
    )


def finding(result: Fishbone, language: Language) -> str:
    """Return what the diagram shows: the largest bones, and how much of the gap nothing accounts for."""
    measured = [bone for bone in result.bones if bone.contribution]
    if result.gap is None:
        return language.pick(result.head)
    gap = shown_change(result.gap.difference, result.unit, language)
    rest = shown_change(result.unexplained or 0.0, result.unit, language)
    if not measured:
        return language.sentence("No bone has a measured share of the gap of {gap}.", gap=gap)
    sizes = {bone.key: abs(bone.contribution or 0.0) for bone in measured}
    ordered = sorted(measured, key=lambda bone: -sizes[bone.key])
    # A bone a fifth as large as the first is worth no mention beside it.
    largest = [bone for bone in ordered[:2] if sizes[bone.key] >= sizes[ordered[0].key] / 5]
    named = [
        f"{language.pick(bone.name)} ({shown_change(bone.contribution or 0.0, result.unit, language)})"
        for bone in largest
    ]
    return language.sentence(
        "Of the gap of {gap}, the largest measured parts lie with {bones}; {rest} is unexplained.",
        gap=gap,
        bones=language.list(named),
        rest=rest,
    )


def fishbone_table(result: Fishbone, language: Language) -> Fragment:
    """Return every cause with its evidence, one row per piece, and the sum."""
    rows = [
        [language.pick(bone.name), language.pick(cause.name), *cells]
        for bone in result.bones
        for cause in bone.causes
        for cells in _cells(cause, result, language)
    ]
    if result.gap is not None:
        for words, points in (
            (language.sentence("unexplained"), result.unexplained or 0.0),
            (language.sentence("gap"), result.gap.difference),
        ):
            rows.append([words, "", "", "", shown_change(points, result.unit, language), "", ""])
    columns = [
        language.sentence("Bone"),
        language.sentence("Cause"),
        language.sentence("Where, or what it is associated with"),
        language.sentence("Measured"),
        language.sentence("In the sum"),
        "n",
        language.sentence("Finding"),
    ]
    return table(columns, rows, caption=language.pick(result.head), text_columns=(0, 1, 2, 3, 6))


def _cells(cause: Cause, result: Fishbone, language: Language) -> list[list[str]]:
    if not cause.evidence:
        words = cause_words(cause, result, language)
        return [["", "", "", "", words[0] if words else standing_words(cause.standing, language)]]
    return [
        [
            label_words(piece.label, language),
            enumerated([*points_words(piece, result, language), *_change(piece, language)], language),
            sum_words(piece, result, language),
            "" if piece.n is None else language.number(piece.n),
            standing_words(piece.standing, language),
        ]
        for piece in cause.evidence
    ]


def _change(piece: Evidence, language: Language) -> list[str]:
    return [words] if (words := compared_words(piece, language)) else []


def _caption(result: Fishbone, language: Language) -> str:
    if result.gap is None:
        return language.sentence("Every cause is a hypothesis: dashed, and without a number.")
    return paragraph(
        [
            language.sentence(
                "Head: the gap with its interval. Thick bones: a larger part of the gap; orange: explains it, "
                "blue-green: goes against it, dark grey: measured, but not in points of the gap; light grey: nothing "
                "found or not measured; dashed: a hypothesis. Blue arrows: relations, solid where found in the data."
            ),
            language.sentence(
                "Bones, offsetting and unexplained add up to the gap; tickets of several causes count once. Evidence "
                "only: it rose beside the indicator and has no points of the gap."
            ),
            language.sentence("The diagram says where the gap lies and what it is associated with, not why."),
        ],
        language,
    )


def _by_weight(result: Fishbone, staff: bool | None) -> list[Bone]:
    """Return the bones of one side of responsibility: the largest first, then what is surest, then as declared."""
    order = {standing: place for place, standing in enumerate((*Standing, None))}
    chosen = [bone for bone in result.bones if bone.staff is staff]
    return sorted(chosen, key=lambda bone: (-abs(bone.contribution or 0.0), order[bone.standing]))


def _rib(bone: Bone, largest: float, result: Fishbone, language: Language) -> Rib:
    causes = bone.causes[:CAUSES_AT_MOST] if bone.key == UNASSIGNED else bone.causes
    twigs = tuple((cause.key, _twig(cause, result, language)) for cause in causes)
    weight = abs(bone.contribution or 0.0) / largest if largest else 0.0
    return Rib(
        key=bone.key,
        name=language.pick(bone.name),
        total="" if result.gap is None else total_words(bone, result, language),
        tone=_bone_tone(bone),
        weight=weight,
        dashed=bone.standing is Standing.HYPOTHESIS,
        twigs=twigs,
    )


def _bone_tone(bone: Bone) -> Tone:
    if bone.contribution:
        return "worse"
    if bone.offsetting:
        return "better"
    return "missing" if bone.standing is None else "unclear"


def _twig(cause: Cause, result: Fishbone, language: Language) -> Twig:
    details = cause_words(cause, result, language)
    return Twig(language.pick(cause.name), details, _cause_tone(cause, result), cause.state is State.HYPOTHESIS)


def _cause_tone(cause: Cause, result: Fishbone) -> Tone:
    if cause.state in (State.NOT_MEASURED, State.NOTHING_FOUND):
        return "missing"
    counted = [piece.counted for piece in cause.evidence if piece.counted]
    if not counted or result.gap is None:
        return "unclear"
    return "worse" if sum(counted) * result.gap.difference >= 0 else "better"
