"""Surveys without a draw sheet, taken as draws: those asked at random within strata, or with weights of their own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.identity import Fingerprint, identities, named
from kpi_lib.analysis.sampling.strata import strata_of
from kpi_lib.errors import InputError, Issue

AS_ASKED = "as_asked"
AS_WEIGHTED = "as_weighted"
"""Methods of draws that never were ones."""


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
    ids = identities(frame, id_column)
    ids.check_once()
    strata = strata_of(frame, by)
    taken = np.flatnonzero(asked.to_numpy(bool))
    n = np.bincount(strata.codes[taken], minlength=len(strata.names))
    own = strata.codes[taken]
    table = pd.DataFrame(
        {
            "id": ids.series(taken),
            "stratum": named(strata.names, own),
            "role": "drawn",
            "population": strata.population[own],
            "drawn": n[own],
        }
    )
    table["probability"] = table["drawn"] / table["population"]
    table["weight"] = 1 / table["probability"]
    table["order"] = table.groupby("stratum").cumcount() + 1
    table["prn"] = np.nan
    for name in frame.columns:
        if name not in {id_column, *table.columns}:
            table[name] = frame[name].take(taken).array
    counts = pd.DataFrame({"stratum": strata.names, "population": strata.population, "n": n})
    return Draw(
        table, counts, {"method": AS_ASKED, "by": by}, "", Fingerprint(ids, list(strata.names), strata.codes), ""
    )


def as_weighted(answers: pd.DataFrame, *, weight: str, by: Sequence[str] = (), id_column: str = "survey_id") -> Draw:
    """Return everybody in a survey that brings its own weights as if drawn with those chances.

    Nothing is known of who did not answer and of the population but what the weights add up to, so that there is no
    finite population correction.

    Parameters
    ----------
    answers
        One row per person.
    weight
        Column of the weights.
    by
        Columns that make the strata.

    Raises
    ------
    InputError
        A weight that is missing or not above 0.
    """
    weights = answers[weight].to_numpy(float)
    if not (weights > 0).all():
        wrong = int((~(weights > 0)).sum())
        raise InputError(Issue(weight, f"{wrong} weights are missing or not above 0", "leave these rows out"))
    ids = identities(answers, id_column)
    ids.check_once()
    strata = strata_of(answers, by)
    population = np.bincount(strata.codes, weights=weights, minlength=len(strata.names))
    n = strata.population
    rows = np.arange(len(answers))
    table = pd.DataFrame(
        {
            "id": ids.series(rows),
            "stratum": named(strata.names, strata.codes),
            "role": "drawn",
            "population": population[strata.codes],
            "drawn": n[strata.codes],
            "probability": 1 / weights,
            "weight": weights,
            "order": rows + 1,
            "prn": np.nan,
        }
    )
    counts = pd.DataFrame({"stratum": strata.names, "population": population, "n": n})
    rule = {"method": AS_WEIGHTED, "by": list(by), "size": weight}
    return Draw(table, counts, rule, "", Fingerprint(ids, list(strata.names), strata.codes, weights), "")
