"""A classifier learnt from labelled comments, adopted only for the themes in which it beats the lexicon.

Character n-grams need no segmenter and no downloaded model: tf-idf of one to three characters and a logistic
regression per theme (one against the rest), judged by cross-validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpi_lib.errors import InputError, Issue

Flags = npt.NDArray[np.bool_]
FOLDS = 5
FEWEST = 20
"""Labelled comments with a theme, and without it, below which nothing is learnt."""


@dataclass(frozen=True, eq=False)
class Classifier:
    """What was learnt.

    Parameters
    ----------
    scores
        One row per theme: ``theme, n, n_with, precision, recall, f1`` of the classifier in cross-validation,
        ``lexicon_precision, lexicon_recall, lexicon_f1`` of the lexicon on the same comments, and ``adopted``. The
        classifier's are missing where there were too few labels to learn from.
    features, models
        What turns comments into n-grams, and the adopted models by theme, fitted to all labelled comments.
    """

    scores: pd.DataFrame
    features: Any
    models: dict[str, Any]

    def predict(self, texts: Sequence[str]) -> dict[str, Flags]:
        """Return for each adopted theme which comments have it."""
        if not self.models or not len(texts):
            return {}
        grams = self.features.transform(list(texts))
        return {theme: np.asarray(model.predict(grams), dtype=bool) for theme, model in self.models.items()}


def learn(texts: Sequence[str], labels: pd.DataFrame, *, by_lexicon: pd.DataFrame, seed: int = 0) -> Classifier:
    """Learn the themes of labelled comments.

    Parameters
    ----------
    texts
        Cleaned comments.
    labels
        One column per theme, true where a person found a complaint in it; a missing label is left out.
    by_lexicon
        The same from the lexicon.
    seed
        Of the folds.

    Returns
    -------
    Classifier
        Adopted are the themes whose F1 in cross-validation is above the lexicon's. Comments with the same text stay in
        one fold, so that none is judged by its own copy.
    """
    written = np.asarray(texts, dtype=object)
    judged = _cross_validated(written, labels, seed=seed)
    features = _features()
    grams = features.fit_transform(written) if judged else None
    rows, models = [], {}
    for theme in labels.columns:
        known, truth = _known(labels, theme)
        lexicon = agreement(by_lexicon.loc[known, theme].to_numpy(dtype=bool), truth)
        row = {"theme": theme, "n": len(truth), "n_with": int(truth.sum())}
        row |= {f"lexicon_{name}": value for name, value in lexicon.items()}
        learnt = agreement(judged[theme][known], truth) if theme in judged else dict.fromkeys(lexicon, np.nan)
        adopted = bool(learnt["f1"] > np.nan_to_num(lexicon["f1"]))
        if adopted and grams is not None:
            models[theme] = _model().fit(grams[known], truth)
        rows.append(row | learnt | {"adopted": adopted})
    columns = ["theme", "n", "n_with", "precision", "recall", "f1"]
    columns += ["lexicon_precision", "lexicon_recall", "lexicon_f1", "adopted"]
    return Classifier(pd.DataFrame(rows, columns=columns), features, models)


def agreement(found: Flags, truth: Flags) -> dict[str, float]:
    """Return precision, recall and F1 of what was found against the truth; nan where nothing can be said."""
    hits, n_found, n_true = int((found & truth).sum()), int(found.sum()), int(truth.sum())
    precision = hits / n_found if n_found else np.nan
    recall = hits / n_true if n_true else np.nan
    total = n_found + n_true
    return {"precision": precision, "recall": recall, "f1": 2 * hits / total if total else np.nan}


def label_columns(labelled: pd.DataFrame, themes: Sequence[str]) -> pd.DataFrame:
    """Return the label columns of a frame of labelled comments.

    Raises
    ------
    InputError
        It has none, or a value that is neither true, false, 1, 0 nor missing.
    """
    named = [theme for theme in themes if theme in labelled.columns]
    if not named:
        raise InputError(Issue("labelled", "has no column named as a theme", f"themes: {', '.join(themes)}"))
    frame = pd.DataFrame({theme: pd.to_numeric(labelled[theme], errors="coerce") for theme in named})
    wrong = [theme for theme in named if not (labelled[theme].isna() | frame[theme].isin([0, 1])).all()]
    if wrong:
        raise InputError(Issue("labelled", f"has labels other than 1, 0 or empty in {', '.join(wrong)}"))
    return frame.reset_index(drop=True)


def _known(labels: pd.DataFrame, theme: str) -> tuple[npt.NDArray[np.int64], Flags]:
    """Return the rows that are labelled in a theme, and their labels."""
    known = np.flatnonzero(labels[theme].notna().to_numpy())
    return known, labels[theme].to_numpy(dtype=float)[known] > 0


def _cross_validated(texts: npt.NDArray[np.object_], labels: pd.DataFrame, *, seed: int) -> dict[str, Flags]:
    """Return by theme each comment's label as told by a model that has not seen it; too few labels, no theme."""
    themes = []
    for theme in labels.columns:
        _, truth = _known(labels, theme)
        if len(truth) and min(truth.sum(), (~truth).sum()) >= FEWEST:
            themes.append(theme)
    found = {theme: np.zeros(len(texts), dtype=bool) for theme in themes}
    groups, unique = pd.factorize(pd.Series(texts))
    fold = (np.random.default_rng(seed).permutation(len(unique)) % FOLDS)[groups]
    for number in range(FOLDS) if themes else ():
        judged = np.flatnonzero(fold == number)
        learning = np.flatnonzero(fold != number)
        features = _features().fit(texts[learning])
        seen, unseen = features.transform(texts), features.transform(texts[judged])
        for theme in themes:
            known, truth = _known(labels, theme)
            within = fold[known] != number
            if len(np.unique(truth[within])) == 2:
                found[theme][judged] = _model().fit(seen[known[within]], truth[within]).predict(unseen)
    return found


def _features() -> Any:
    # Loaded here: it takes a second, and is needed only where there are labelled comments.
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)


def _model() -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=10.0, class_weight="balanced", solver="liblinear", random_state=0)
