"""A lexicon made ready for reading: every term found in one pass over a text, the longest one first."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from kpi_lib.params.themes import ThemesFile
from kpi_lib.text import Text


class Kind(StrEnum):
    """What a term does in its clause."""

    TOPIC = "topic"
    PRAISE = "praise"
    COMPLAINT = "complaint"
    NEGATION = "negation"
    DEGREE = "degree"
    BREAK = "break"


@dataclass(frozen=True)
class Term:
    """One meaning of a term: what it does, in which theme (empty for none), and its weight."""

    kind: Kind
    theme: str
    weight: float


@dataclass(frozen=True)
class Token:
    """A term found in a text: where, as written, and what it may mean; a mark that ends a clause has no meaning."""

    start: int
    end: int
    word: str
    terms: tuple[Term, ...]


_MARKS = r"[。！？；，、,!?;:：~…()（）【】\[\]\n]+|\.(?!\d)"
_LATIN = re.compile(r"[A-Za-z]")
_REST = r"[a-z]*"
_BETWEEN = r"[^。！？；，、,!?;:~…()\[\]\n]{0,6}?"
"""What ``*`` stands for in a Latin and in a Chinese term."""


class Lexicon:
    """Finds terms.

    Parameters
    ----------
    spec
        ``params/themes.yml``.
    """

    def __init__(self, spec: ThemesFile) -> None:
        self.names: dict[str, Text] = {key: theme.name for key, theme in spec.themes.items()}
        self.staff: dict[str, bool] = {key: theme.staff for key, theme in spec.themes.items()}
        self.flag_above = spec.flag_above
        terms: defaultdict[str, list[Term]] = defaultdict(list)
        for word, term in _entries(spec):
            terms[_folded(word)].append(term)
        self._terms = {word: tuple(found) for word, found in terms.items()}
        wild = sorted((word for word in terms if "*" in word), key=len, reverse=True)
        self._wild = [(re.compile(_alternatives([word]), re.ASCII), self._terms[word]) for word in wild]
        latin = [word for word in self._terms if _LATIN.search(word)]
        other = [word for word in self._terms if not _LATIN.search(word)]
        parts = [rf"\b(?:{_alternatives(latin)})\b"] if latin else []
        parts += [_alternatives(other)] if other else []
        # ASCII only: a Chinese character beside a Latin word ends it.
        self._pattern = re.compile("|".join([*parts, _MARKS]), re.ASCII)

    @property
    def themes(self) -> tuple[str, ...]:
        """Return the keys of the themes."""
        return tuple(self.names)

    def tokens(self, text: str) -> Iterator[Token]:
        """Yield the terms and the marks of a cleaned text in order."""
        for found in self._pattern.finditer(text.lower()):
            word = found[0]
            terms = self._terms.get(word)
            yield Token(found.start(), found.end(), word, self._by_wildcard(word) if terms is None else terms)

    def _by_wildcard(self, word: str) -> tuple[Term, ...]:
        if not word[0].isalnum():
            return ()
        return next((terms for pattern, terms in self._wild if pattern.fullmatch(word)), ())


def _entries(spec: ThemesFile) -> Iterator[tuple[str, Term]]:
    for key, theme in spec.themes.items():
        lists = ((Kind.TOPIC, theme.topic), (Kind.PRAISE, theme.praise), (Kind.COMPLAINT, theme.complaint))
        for kind, terms in lists:
            yield from ((word, Term(kind, key, weight)) for word, weight in terms.items())
    yield from ((word, Term(Kind.PRAISE, "", weight)) for word, weight in spec.sentiment.praise.items())
    yield from ((word, Term(Kind.COMPLAINT, "", weight)) for word, weight in spec.sentiment.complaint.items())
    yield from ((word, Term(Kind.NEGATION, "", 1.0)) for word in spec.negations)
    yield from ((word, Term(Kind.DEGREE, "", weight)) for word, weight in spec.degrees.items())
    yield from ((word, Term(Kind.BREAK, "", weight)) for word, weight in spec.breaks.items())


def _folded(word: str) -> str:
    return unicodedata.normalize("NFKC", word).lower().strip()


def _alternatives(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, longest first, that shares their beginnings: a plain list is slow."""
    tree: dict[str, Any] = {}
    for word in words:
        wildcard = _REST if _LATIN.search(word) else _BETWEEN
        node = tree
        for letter in word:
            node = node.setdefault(wildcard if letter == "*" else re.escape(letter), {})
        node[""] = {}
    return _grouped(tree)


def _grouped(node: dict[str, Any]) -> str:
    ends = "" in node
    # A wildcard comes after every letter it could swallow.
    ordered = sorted((len(letter) > 2, letter) for letter in node if letter)
    branches = [letter + _grouped(node[letter]) for _, letter in ordered]
    if not branches:
        return ""
    group = branches[0] if len(branches) == 1 and not ends else f"(?:{'|'.join(branches)})"
    return f"{group}?" if ends else group
