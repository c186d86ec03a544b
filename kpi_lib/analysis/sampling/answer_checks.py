"""Answers: is there room left on the scale, were items told apart, and does the ticket say otherwise?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pandas as pd

from kpi_lib.analysis.sampling.signs import Sign, check_row

ALL_TOP = 0.90
"""Share of top scores above which the scale has no room left."""
LEAST_SCORES = 30
ALIKE = 0.5
"""Share of answers with every item alike above which items were not told apart."""
LEAST_ITEMS = 3
CONTRADICTED, LEAST_CLAIMS = 0.1, 20
"""Share of claims the ticket contradicts that counts as a sign, of at least so many claims."""


def answer_rows(
    heard: pd.DataFrame, score: str, items: Sequence[str], contradictions: Mapping[str, str]
) -> list[dict[str, object]]:
    """Check the answers themselves."""
    rows = []
    if score in heard and heard[score].notna().sum() >= LEAST_SCORES:
        top = float((heard[score].dropna() == heard[score].max()).mean())
        rows.append(check_row("answers", "ceiling", score, value=top, sign=Sign.CEILING if top > ALL_TOP else ""))
    if len(items) >= LEAST_ITEMS:
        complete = heard[list(items)].dropna()
        same = float((complete.max(axis=1) == complete.min(axis=1)).mean()) if len(complete) else math.nan
        rows.append(check_row("answers", "straight_line", "", value=same, sign=Sign.STRAIGHT if same > ALIKE else ""))
    for answer, fact in contradictions.items():
        if answer in heard and fact in heard:
            rows.append(_contradiction(heard, answer, fact))
    return rows


def _contradiction(heard: pd.DataFrame, answer: str, fact: str) -> dict[str, object]:
    pairs = heard[[answer, fact]].astype(object).dropna().astype(float)
    claimed = pairs[pairs[answer] == 1]
    wrong = float((claimed[fact] == 1).mean()) if len(claimed) else math.nan
    sign = Sign.CONTRADICTION if len(claimed) >= LEAST_CLAIMS and wrong > CONTRADICTED else ""
    return check_row("answers", "contradiction", f"{answer} / {fact}", value=wrong, sign=sign)
