"""Comments as they come: any type, any length, any character; made into one line of text that can be read."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 2_000
"""Characters of a comment that are read; nobody writes more by hand, and a pasted log would outweigh everybody."""

_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f​-‏‪-‮⁠-⁯﻿\ud800-\udfff�]+")


_WRITTEN = re.compile(r"[^，。！？；：（）、…]+")
"""Everything but Chinese punctuation, which a quote keeps."""


@dataclass(frozen=True)
class Clean:
    """A comment ready to be read, and whether more of it was there; empty where nothing can be read."""

    text: str
    cut: bool


def cleaned(comment: object, *, longest: int = LONGEST) -> Clean:
    """Return a comment as one line of text.

    Bytes are read as UTF-8, else as GB 18030. Wide and narrow forms become one (Unicode NFKC), control characters,
    marks of direction and broken halves of characters become blanks. What is missing or no text is empty.

    Parameters
    ----------
    comment
        Anything.
    longest
        Characters that are kept.
    """
    if isinstance(comment, bytes):
        comment = _decoded(comment[: 4 * longest])
    if not isinstance(comment, str):
        return Clean("", cut=False)
    # Cut first: what follows must not depend on how much somebody pasted.
    text = _WRITTEN.sub(_narrow, _UNSEEN.sub(" ", comment[:longest]))[:longest]
    return Clean(" ".join(text.split()), cut=len(comment) > longest)


def _narrow(found: re.Match[str]) -> str:
    return unicodedata.normalize("NFKC", found[0])


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", errors="replace")
