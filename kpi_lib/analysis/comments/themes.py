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
from kpi_lib.analysis.comments.mentions import Comments, read_comments
from kpi_lib.analysis.comments.quotes import typical
from kpi_lib.analysis.comments.read import read
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
