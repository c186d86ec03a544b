"""Reading one comment, clause by clause: which themes it speaks of, praise or complaint, and by which words.

A negation turns round the next word of praise or complaint within its reach, a degree strengthens it. A topic without
a verdict of its own takes its clause's, else the next clause's when that names no theme.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from kpi_lib.analysis.comments.lexicon import Kind, Lexicon, Term, Token

REACH = 10
"""Characters between a negation or degree and the word it bears on; a Latin word counts as one."""
_SENTENCE_END = re.compile(r"[。！？!?.\n]")
_TURNED = 0.8
"""Weight of a word that is turned round: "not bad" is less than "good"."""


@dataclass(frozen=True)
class Mention:
    """What a comment says in one theme.

    Parameters
    ----------
    theme
        Key.
    score
        Above 0 praise, below 0 complaint, 0 where it is only named.
    words
        The words that told it, as they were found.
    clause
        Where the first of them stands: start and end in the cleaned text.
    """

    theme: str
    score: float
    words: tuple[str, ...]
    clause: tuple[int, int]


@dataclass(frozen=True)
class Reading:
    """What one comment says: mentions by theme, and its praise and complaint over all."""

    mentions: tuple[Mention, ...]
    praise: float
    complaint: float


@dataclass
class _Clause:
    """One clause while it is read."""

    start: int
    end: int
    scores: dict[str, float] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)
    general: float = 0.0
    general_words: list[str] = field(default_factory=list)

    @property
    def open_topics(self) -> list[str]:
        return [theme for theme, score in self.scores.items() if score == 0]


def read(text: str, lexicon: Lexicon) -> Reading:
    """Return what a cleaned comment says."""
    clauses = [_read_clause(*clause) for clause in _clauses(text, lexicon)]
    for clause in clauses:
        _settle(clause, clause)
    for clause, following in pairwise(clauses):
        if not following.scores and clause.open_topics:
            _settle(clause, following)
            # Said once, it counts once.
            following.general = 0.0
    scores: dict[str, float] = {}
    words: dict[str, list[str]] = {}
    places: dict[str, tuple[int, int]] = {}
    praise = complaint = 0.0
    for clause in clauses:
        for theme, score in clause.scores.items():
            scores[theme] = scores.get(theme, 0.0) + score
            words.setdefault(theme, []).extend(clause.words[theme])
            places.setdefault(theme, (clause.start, clause.end))
        own = [score for score in clause.scores.values() if score]
        for score in own or [clause.general]:
            praise, complaint = praise + max(score, 0.0), complaint - min(score, 0.0)
    mentions = tuple(
        Mention(theme, score, tuple(dict.fromkeys(words[theme])), places[theme]) for theme, score in scores.items()
    )
    return Reading(mentions, praise, complaint)


def _clauses(text: str, lexicon: Lexicon) -> Iterator[tuple[list[Token], int, int, float]]:
    """Yield the terms of each clause that has any, with its start, end and weight."""
    start, weight = 0, 1.0
    held: list[Token] = []
    for token in lexicon.tokens(text):
        breaks = bool(token.terms) and token.terms[0].kind is Kind.BREAK
        if token.terms and not breaks:
            held.append(token)
            continue
        if held:
            yield held, start, token.start, weight
        # What follows "but" counts more, over commas, to the end of the sentence.
        weight = token.terms[0].weight if breaks else 1.0 if _SENTENCE_END.search(token.word) else weight
        start, held = token.end, []
    if held:
        yield held, start, len(text), weight


def _read_clause(tokens: Sequence[Token], start: int, end: int, weight: float) -> _Clause:
    clause = _Clause(start, end)
    before: list[Token] = []
    for token in tokens:
        kind = token.terms[0].kind
        if kind in (Kind.NEGATION, Kind.DEGREE):
            before.append(token)
            continue
        factor, shown = _factor(_reaching(before, token), token)
        for term in token.terms:
            _take(clause, term, weight * factor, shown)
        if kind is not Kind.TOPIC:
            before = []
    return clause


def _reaching(before: Sequence[Token], token: Token) -> list[Token]:
    """Return the negations and degrees near enough before a term to bear on it."""
    return [each for each in before if token.start - each.end <= REACH * (4 if each.word.isascii() else 1)]


def _factor(before: Sequence[Token], token: Token) -> tuple[float, str]:
    """Return what a term's weight is multiplied by, and the words as found."""
    factor = 1.0
    for each in before:
        term = each.terms[0]
        factor *= -_TURNED if term.kind is Kind.NEGATION else term.weight
    return factor, "".join(each.word if not each.word.isascii() else f"{each.word} " for each in before) + token.word


def _take(clause: _Clause, term: Term, factor: float, shown: str) -> None:
    sign = {Kind.TOPIC: 0.0, Kind.PRAISE: 1.0, Kind.COMPLAINT: -1.0}[term.kind]
    score = sign * term.weight * factor
    if term.theme:
        clause.scores[term.theme] = clause.scores.get(term.theme, 0.0) + score
        clause.words.setdefault(term.theme, []).append(shown)
    else:
        clause.general += score
        clause.general_words.append(shown)


def _settle(clause: _Clause, verdict: _Clause) -> None:
    """Give the topics of a clause that have no verdict the general one of another, or of itself."""
    if not verdict.general:
        return
    for theme in clause.open_topics:
        clause.scores[theme] = verdict.general
        clause.words[theme] += verdict.general_words
