"""A fishbone as Mermaid text, for wikis that draw it: diagram type ``ishikawa-beta``, Mermaid 11.13 or newer."""

from __future__ import annotations

import re

from kpi_lib.analysis.fishbone import Fishbone
from kpi_lib.report.fishbone_words import cause_words, enumerated, head_words, tail_words, total_words
from kpi_lib.text.language import Language

_NOT_TEXT = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def mermaid(result: Fishbone, language: Language) -> str:
    """Return the diagram as Mermaid text; the type is marked beta there, so its syntax may still change.

    Indentation is the structure, so every name is brought onto one line; what begins a comment is taken apart.
    """
    head = enumerated([text for text, _ in head_words(result, language)], language)
    lines = ["ishikawa-beta", f"    {_line(head)}"]
    for bone in result.bones:
        total = "" if result.gap is None else f" ({total_words(bone, result, language)})"
        lines.append(f"    {_line(language.pick(bone.name) + total)}")
        for cause in bone.causes:
            details = "; ".join(cause_words(cause, result, language))
            lines.append(f"        {_line(language.pick(cause.name) + (f': {details}' if details else ''))}")
    lines += [f"    {_line(text)}" for text in tail_words(result, language)]
    return "\n".join(lines) + "\n"


def _line(text: str) -> str:
    return _NOT_TEXT.sub(" ", text).strip().replace("%%", "% %") or "–"
