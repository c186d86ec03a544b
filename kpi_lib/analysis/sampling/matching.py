"""Answers matched to the draw: every answer is used once or named as left out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.drawing import Draw, frame_hash, stratum_names
from kpi_lib.analysis.sampling.frame import canonical_ids
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.sampling.draw import canonical_id

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
        Answers of people who were not drawn.
    duplicates
        Answers beyond a person's first.
    late
        Answers after the deadline.
    """

    table: pd.DataFrame
    off_sheet: pd.DataFrame
    duplicates: pd.DataFrame
    late: pd.DataFrame


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
    """
    if id_column not in answers:
        raise InputError(Issue("answers", f"column {id_column!r} is missing"))
    rows = answers.assign(_id=[canonical_id(value) for value in answers[id_column]])
    late = rows.iloc[0:0]
    if answered_at is not None:
        rows = rows.sort_values([answered_at, "_id"], kind="stable")
        if deadline is not None:
            after = rows[answered_at] > deadline
            late, rows = rows[after], rows[~after]
    known = rows["_id"].isin(set(draw.table["id"]))
    off_sheet, rows = rows[~known], rows[known]
    again = rows["_id"].duplicated()
    duplicates, rows = rows[again], rows[~again]
    used = draw.table[(draw.table["role"] == "drawn") | draw.table["id"].isin(set(rows["_id"]))]
    extra = [name for name in rows.columns if name not in {*used.columns, id_column}]
    table = used.merge(rows[extra].assign(answered=True), left_on="id", right_on="_id", how="left")
    table["answered"] = table["answered"].fillna(False).astype(bool)
    left_out = [frame.drop(columns="_id") for frame in (off_sheet, duplicates, late)]
    return Matched(table.drop(columns="_id"), *left_out)


def satisfaction(answers: pd.DataFrame, *, score: str = "score", grade: str = "grade") -> pd.DataFrame:
    """Return ``satisfied`` (1, 0 or missing) and ``score`` of every answer, from scores of 1 to 5 or letters A to D.

    Letters give no score: the two scales share what is satisfied, not a mean.
    """
    scores = _column(answers, score, float)
    letters = _column(answers, grade, str).str.strip().str.upper()
    satisfied = np.where(scores.notna(), (scores >= SATISFIED_SCORE).astype(float), np.nan)
    lettered = np.where(letters.isin(["A", "B", "C", "D"]), letters.isin(SATISFIED_GRADES).astype(float), np.nan)
    return pd.DataFrame(
        {"satisfied": np.where(np.isnan(satisfied), lettered, satisfied), "score": scores}, index=answers.index
    )


def _column(answers: pd.DataFrame, name: str, kind: type) -> pd.Series:
    if name not in answers:
        return pd.Series(np.nan if kind is float else "", index=answers.index, dtype=float if kind is float else str)
    if kind is float:
        return pd.to_numeric(answers[name], errors="coerce")
    return answers[name].astype(object).where(answers[name].notna(), "").astype(str)


def as_asked(frame: pd.DataFrame, asked: pd.Series, *, by: list[str], id_column: str = "customer_id") -> Draw:
    """Return those who were asked as if they had been drawn at random within strata: for surveys without a sheet.

    The estimate then rests on that belief, which :func:`nonresponse_check` puts to the test.

    Parameters
    ----------
    frame
        One row per customer who could have been asked.
    asked
        Whether each was.
    by
        Columns that make the strata.
    """
    ids = canonical_ids(frame, id_column)
    strata = stratum_names(frame, by)
    taken = asked.to_numpy(bool)
    counts = pd.DataFrame({"stratum": strata, "n": taken}).groupby("stratum", sort=True)["n"].agg(["size", "sum"])
    counts.columns = pd.Index(["population", "n"])
    own = counts.loc[strata[taken.tolist()].to_numpy()]
    table = pd.DataFrame(
        {
            "id": ids[taken].to_numpy(str),
            "stratum": strata[taken].to_numpy(str),
            "role": "drawn",
            "population": own["population"].to_numpy(),
            "drawn": own["n"].to_numpy(),
        }
    )
    table["probability"] = table["drawn"] / table["population"]
    table["weight"] = 1 / table["probability"]
    table["order"] = table.groupby("stratum").cumcount() + 1
    table["prn"] = np.nan
    for name in frame.columns:
        if name not in {id_column, *table.columns}:
            table[name] = frame.loc[taken, name].to_numpy()
    strata_table = counts.rename_axis("stratum").reset_index()
    return Draw(table, strata_table, {"method": "as asked"}, "", frame_hash(ids, strata, None), len(frame), "")
