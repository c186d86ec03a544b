"""Many comments read: what each says, row by row; equal ones are read once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from kpi_lib.analysis.comments.classify import Classifier
from kpi_lib.analysis.comments.lexicon import Lexicon
from kpi_lib.analysis.comments.read import Reading, read
from kpi_lib.analysis.comments.text import cleaned


class Sentiment(StrEnum):
    """Of a whole comment."""

    PRAISE = "praise"
    COMPLAINT = "complaint"
    MIXED = "mixed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, eq=False)
class Comments:
    """Comments that were read.

    Parameters
    ----------
    table
        One row per comment with text: ``comment`` (cleaned), ``sentiment``, ``unclear`` (no theme told).
    mentions
        One row per comment and theme: ``row`` (of ``table``), ``theme``, ``polarity`` (1, 0, -1), ``score``, ``words``
        (separated by blanks), ``start``, ``end`` (of the clause), ``by`` (``lexicon`` or ``classifier``).
    n_empty, n_cut
        Comments without text, and those longer than what is read of one.
    """

    table: pd.DataFrame
    mentions: pd.DataFrame
    n_empty: int
    n_cut: int

    def complaining(self, theme: str) -> pd.DataFrame:
        """Return the mentions that complain in a theme."""
        return self.mentions[(self.mentions["theme"] == theme) & (self.mentions["polarity"] < 0)]


def read_comments(comments: Iterable[object], lexicon: Lexicon, classifier: Classifier | None = None) -> Comments:
    """Read comments; equal ones are read once."""
    raw = [cleaned(comment) for comment in comments]
    texts = pd.Series([each.text for each in raw if each.text], dtype=object)
    codes, unique = pd.factorize(texts)
    readings = [read(each, lexicon) for each in unique]
    mentions = _mentions(readings)
    if classifier is not None:
        mentions = _taken_over(mentions, classifier, list(unique))
    each_row = pd.DataFrame({"row": np.arange(len(texts)), "text": codes})
    spread = each_row.merge(mentions, on="text").drop(columns="text").sort_values(["row", "theme"], ignore_index=True)
    sentiments = np.array([str(sentiment_of(reading)) for reading in readings], dtype=object)
    table = pd.DataFrame(
        {
            "comment": texts,
            "sentiment": sentiments[codes] if len(codes) else [],
            "unclear": ~np.isin(np.arange(len(texts)), spread["row"].to_numpy()),
        }
    )
    return Comments(table, spread, sum(not each.text for each in raw), sum(each.cut for each in raw))


def sentiment_of(reading: Reading) -> Sentiment:
    """Return whether a comment praises or complains: mixed where the lesser side is at least half of the other."""
    more, less = max(reading.praise, reading.complaint), min(reading.praise, reading.complaint)
    if more == 0:
        return Sentiment.UNCLEAR
    if 2 * less >= more:
        return Sentiment.MIXED
    return Sentiment.PRAISE if reading.praise > reading.complaint else Sentiment.COMPLAINT


_MENTIONS = ["text", "theme", "polarity", "score", "words", "start", "end", "by"]


def _mentions(readings: Iterable[Reading]) -> pd.DataFrame:
    rows = [
        (place, each.theme, int(np.sign(each.score)), each.score, " ".join(each.words), *each.clause, "lexicon")
        for place, reading in enumerate(readings)
        for each in reading.mentions
    ]
    return pd.DataFrame(rows, columns=_MENTIONS)


def _taken_over(mentions: pd.DataFrame, classifier: Classifier, texts: list[str]) -> pd.DataFrame:
    """Return the mentions with the complaints of the adopted themes as the classifier tells them.

    Where it tells one, the lexicon's words and clause are kept as evidence if it had found the theme as well; a
    complaint of the lexicon that the classifier does not tell is dropped.
    """
    for theme, found in classifier.predict(texts).items() if texts else ():
        own = mentions["theme"] == theme
        places = np.flatnonzero(found)
        words = mentions[own].set_index("text").reindex(places)
        told = pd.DataFrame({"text": places, "theme": theme, "polarity": -1, "score": -1.0})
        told["words"] = words["words"].fillna("").to_numpy()
        told["start"], told["end"] = (words[end].fillna(0).astype(int).to_numpy() for end in ("start", "end"))
        told["by"] = "classifier"
        kept = mentions[~(own & ((mentions["polarity"] < 0) | mentions["text"].isin(places)))]
        mentions = pd.concat([kept, told[_MENTIONS]], ignore_index=True) if len(kept) else told[_MENTIONS]
    return mentions
