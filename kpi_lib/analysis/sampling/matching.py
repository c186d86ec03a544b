"""Answers matched to the draw: every answer is used once or named as left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.identity import canonical_texts, places, text_series
from kpi_lib.analysis.strict_json import strict_json
from kpi_lib.errors import InputError, Issue

SATISFIED_SCORE = 4
"""Lowest score that counts as satisfied, of 1 to 5."""
SATISFIED_GRADES = ("A", "B")


@dataclass(frozen=True, eq=False)
class Matched:
    """The drawn units with their answers.

    Parameters
    ----------
    table
        One row per unit drawn: the draw's columns, ``answered`` and the answers' columns.
    off_sheet
        Answers of people who were not drawn, or that name nobody.
    duplicates
        Answers beyond a person's first.
    late
        Answers after the deadline.
    """

    table: pd.DataFrame
    off_sheet: pd.DataFrame
    duplicates: pd.DataFrame
    late: pd.DataFrame

    @property
    def counts(self) -> dict[str, int]:
        """People drawn and answered, and answers left out by reason."""
        return {
            "drawn": len(self.table),
            "answered": int(self.table["answered"].sum()),
            "off_sheet": len(self.off_sheet),
            "duplicates": len(self.duplicates),
            "late": len(self.late),
        }

    def to_json(self) -> str:
        """Return the drawn units with their answers, and the answers left out."""
        return strict_json(self)


def match(
    answers: pd.DataFrame,
    draw: Draw,
    *,
    id_column: str = "customer_id",
    answered_at: str | None = None,
    deadline: pd.Timestamp | None = None,
) -> Matched:
    """Match answers to those drawn (the reserve counts once it was called: an answer shows that it was).

    Parameters
    ----------
    answers
        One row per answer.
    answered_at, deadline
        Column of the time, by which the first answer of a person is told, and the last moment that counts.

    Raises
    ------
    InputError
        A column that is missing.
    """
    needed = [id_column, *([answered_at] if answered_at else [])]
    if missing := [name for name in needed if name not in answers]:
        raise InputError([Issue("answers", f"column {name!r} is missing") for name in missing])
    texts = canonical_texts(answers[id_column])
    place, rows, late = places(texts, draw.table["id"]), answers, answers.iloc[0:0]
    if answered_at is not None:
        timed = pd.DataFrame({"at": answers[answered_at].to_numpy(), "id": text_series(texts)})
        order = timed.sort_values(["at", "id"], kind="stable").index.to_numpy()
        place, rows = place[order], answers.take(order)
        if deadline is not None:
            after = (rows[answered_at] > deadline).to_numpy(bool)
            late, rows, place = rows[after], rows[~after], place[~after]
    again = (place >= 0) & pd.Series(place).duplicated().to_numpy()
    kept = (place >= 0) & ~again
    source = np.full(len(draw.table), -1)
    source[place[kept]] = np.arange(kept.sum())
    used = np.flatnonzero((draw.table["role"] == "drawn").to_numpy(bool) | (source >= 0))
    extra = [name for name in rows.columns if name not in {*draw.table.columns, id_column}]
    own = rows.loc[kept, extra].reset_index(drop=True)
    beside = own.reindex(pd.Index(source[used])) if (source[used] < 0).any() else own.take(source[used])
    table = draw.table.take(used).reset_index(drop=True)
    table["answered"] = source[used] >= 0
    table = pd.concat([table, beside.reset_index(drop=True)], axis=1)
    return Matched(table, rows[place < 0], rows[again], late)


def satisfaction(answers: pd.DataFrame, *, score: str = "score", grade: str = "grade") -> pd.DataFrame:
    """Return ``satisfied`` (1, 0 or missing) and ``score`` of every answer, from scores of 1 to 5 or letters A to D.

    Letters give no score: the two scales share what is satisfied, not a mean.
    """
    unknown = pd.Series(np.nan, index=answers.index)
    scores = pd.to_numeric(answers[score], errors="coerce").astype(float) if score in answers else unknown
    satisfied = np.where(scores.notna(), (scores >= SATISFIED_SCORE).astype(float), np.nan)
    if grade in answers:
        letters = answers[grade].astype(object).where(answers[grade].notna(), "").astype(str).str.strip().str.upper()
        lettered = np.where(letters.isin(["A", "B", "C", "D"]), letters.isin(SATISFIED_GRADES).astype(float), np.nan)
        satisfied = np.where(np.isnan(satisfied), lettered, satisfied)
    return pd.DataFrame({"satisfied": satisfied, "score": scores}, index=answers.index)
