"""What customers say: the share of the comments that complain in each theme, against a limit and a reference."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_lib.analysis.comments.classify import Classifier, label_columns, learn
from kpi_lib.analysis.comments.lexicon import Lexicon
from kpi_lib.analysis.comments.quotes import typical
from kpi_lib.analysis.comments.read import Reading, read
from kpi_lib.analysis.comments.text import cleaned
from kpi_lib.params.themes import ThemesFile
from kpi_lib.stats.differences import share_difference
from kpi_lib.stats.intervals import wilson
from kpi_lib.text import Text


class Flag(StrEnum):
    """A theme's share of complaints against the limit."""

    OVER = "over"
    """Its whole interval lies above."""
    MAY_EXCEED = "may_exceed"
    """Its share lies above, its interval does not."""
    CANNOT_TELL = "cannot_tell"
    """Its share lies at or below, its interval reaches above."""
    BELOW = "below"
    """Its whole interval lies at or below."""
    NO_COMMENTS = "no_comments"


class Change(StrEnum):
    """A theme's share of complaints against the reference."""

    MORE = "more"
    LESS = "less"
    CANNOT_TELL = "cannot_tell"
    NO_REFERENCE = "no_reference"


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


@dataclass(frozen=True, eq=False)
class CommentThemes:
    """What customers say.

    Parameters
    ----------
    shares
        One row per theme, most complaints first: ``theme, staff, n_comments, n_mentions, n_praise, n_complaints, share,
        lo, hi, flag, reference_n, reference_share, change, change_lo, change_hi, verdict``.
    names
        Of the themes.
    comments, reference
        What was read; None without a reference.
    quotes
        Typical complaints by theme, masked.
    classifier
        What was learnt from labelled comments; None without.
    flag_above, level, change_level
        Limit, level of the shares' intervals, and that of the changes', which allows for looking at every theme.
    """

    shares: pd.DataFrame
    names: dict[str, Text]
    comments: Comments
    reference: Comments | None
    quotes: dict[str, tuple[str, ...]]
    classifier: Classifier | None
    flag_above: float
    level: float
    change_level: float

    @property
    def n(self) -> int:
        """Return how many comments have text."""
        return len(self.comments.table)

    @property
    def n_unclear(self) -> int:
        """Return how many of them no theme was told for."""
        return int(self.comments.table["unclear"].sum())


def comment_themes(
    comments: Iterable[object],
    *,
    spec: ThemesFile,
    reference: Iterable[object] | None = None,
    labelled: pd.DataFrame | None = None,
    text: str = "comment",
    quotes: int = 2,
    level: float = 0.95,
    seed: int = 0,
) -> CommentThemes:
    """Sort comments into themes.

    Parameters
    ----------
    comments
        As they come; what is missing, no text or empty is counted and left out. Of each the first 2,000 characters are
        read.
    spec
        ``params/themes.yml``.
    reference
        Comments of the period or the branches compared with.
    labelled
        Comments with a person's labels: a column ``text``, and one per theme, 1 where it is complained of, else 0. A
        classifier learns from them and takes over the themes in which it does better than the lexicon.
    text
        Name of the column of comments in ``labelled``.
    quotes
        Quotes per theme.
    level
        Of the intervals. That of the changes is widened to hold for all themes at once (Bonferroni).
    seed
        Of the cross-validation.
    """
    lexicon = Lexicon(spec)
    classifier = None if labelled is None else _learnt(labelled, text, lexicon, seed)
    now = read_comments(comments, lexicon, classifier)
    before = None if reference is None else read_comments(reference, lexicon, classifier)
    change_level = 1 - (1 - level) / len(lexicon.themes)
    shares = _shares(now, before, lexicon, level, change_level)
    told = {theme: _quotes(now, theme, quotes) for theme in shares["theme"]}
    return CommentThemes(shares, lexicon.names, now, before, told, classifier, spec.flag_above, level, change_level)


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


def _learnt(labelled: pd.DataFrame, text: str, lexicon: Lexicon, seed: int) -> Classifier:
    labels = label_columns(labelled, lexicon.themes)
    texts = [cleaned(comment).text for comment in labelled[text]]
    complained = [{m.theme for m in read(each, lexicon).mentions if m.score < 0} for each in texts]
    by_lexicon = pd.DataFrame({theme: [theme in found for found in complained] for theme in labels.columns})
    return learn(texts, labels, by_lexicon=by_lexicon, seed=seed)


def _shares(
    now: Comments, before: Comments | None, lexicon: Lexicon, level: float, change_level: float
) -> pd.DataFrame:
    themes = list(lexicon.themes)
    n, frame = len(now.table), pd.DataFrame({"theme": themes, "staff": [lexicon.staff[theme] for theme in themes]})
    frame["n_comments"] = n
    frame["n_mentions"] = _counts(now, themes, (-1, 0, 1))
    frame["n_praise"] = _counts(now, themes, (1,))
    frame["n_complaints"] = k = _counts(now, themes, (-1,))
    frame["share"] = k / n if n else np.nan
    frame["lo"], frame["hi"] = wilson(k, n, level=level)
    frame["flag"] = [
        _flag(share, lo, hi, lexicon.flag_above)
        for share, lo, hi in zip(frame["share"], frame["lo"], frame["hi"], strict=True)
    ]
    m = 0 if before is None else len(before.table)
    k0 = np.zeros(len(themes)) if before is None else _counts(before, themes, (-1,))
    difference = share_difference(k, n, k0, m, level=change_level)
    frame["reference_n"] = m
    frame["reference_share"] = k0 / m if m else np.nan
    frame["change"], frame["change_lo"], frame["change_hi"] = difference.value, difference.lo, difference.hi
    frame["verdict"] = [_verdict(lo, hi) for lo, hi in zip(difference.lo, difference.hi, strict=True)]
    return frame.sort_values("n_complaints", ascending=False, kind="stable", ignore_index=True)


def _counts(comments: Comments, themes: list[str], polarities: tuple[int, ...]) -> npt.NDArray[np.int64]:
    chosen = comments.mentions.loc[comments.mentions["polarity"].isin(polarities), "theme"]
    return np.asarray(chosen.value_counts().reindex(themes, fill_value=0), dtype=np.int64)


def _flag(share: float, lo: float, hi: float, limit: float) -> str:
    if np.isnan(share):
        return Flag.NO_COMMENTS
    if lo > limit:
        return Flag.OVER
    if share > limit:
        return Flag.MAY_EXCEED
    return Flag.CANNOT_TELL if hi > limit else Flag.BELOW


def _verdict(lo: float, hi: float) -> str:
    if np.isnan(lo):
        return Change.NO_REFERENCE
    return Change.MORE if lo > 0 else Change.LESS if hi < 0 else Change.CANNOT_TELL


def _quotes(comments: Comments, theme: str, n: int) -> tuple[str, ...]:
    found = comments.complaining(theme)
    texts = comments.table["comment"].to_numpy()[found["row"].to_numpy()]
    places = list(zip(found["start"].astype(int), found["end"].astype(int), strict=True))
    return tuple(typical(list(texts), places=places, n=n))
