"""The tidy results of a survey round, as they lie beside the page."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from kpi_lib.analysis.sampling.signs import CHECK_COLUMNS
from kpi_lib.analysis.sampling.statistics import COLUMNS
from kpi_lib.analysis.sampling.survey import SurveyRound


@dataclass(frozen=True, eq=False)
class Results:
    """The round's tidy results, as they lie beside the page.

    Parameters
    ----------
    plan, draw, estimates, nonresponse, audit
        Frames of ``plan.csv``, ``draw.csv`` (without phone numbers), ``estimates.csv``, ``nonresponse.csv``,
        ``audit.csv``.
    sheet
        Text of ``sheet.json``.
    summary
        Of ``summary.json``.
    """

    plan: pd.DataFrame
    draw: pd.DataFrame
    estimates: pd.DataFrame
    nonresponse: pd.DataFrame
    audit: pd.DataFrame
    sheet: str
    summary: dict[str, object]


def results(made: SurveyRound) -> Results:
    """Return what the notebook writes."""
    wave = made.wave
    overall = made.overall
    return Results(
        plan=made.plan.table,
        draw=made.draw.table.drop(columns="phone"),
        estimates=wave.estimate.table if wave.estimate else pd.DataFrame(columns=list(COLUMNS)),
        nonresponse=wave.check.checks if wave.check else pd.DataFrame(columns=list(CHECK_COLUMNS)),
        audit=made.audits.table,
        sheet=made.draw.to_json(),
        summary={
            "branch": made.branch,
            "period": made.period,
            "satisfied_rate": overall.get("value"),
            "lo": overall.get("lo"),
            "hi": overall.get("hi"),
            "n": int(overall["n"]) if overall else 0,
            "flag": overall.get("flag"),
            "light": str(wave.check.light) if wave.check else None,
            "signs": [str(sign) for sign in wave.check.signs] if wave.check else [],
            "reason": wave.reason,
            "change": made.change.value if made.change else None,
            "change_clear": made.change.clear if made.change else None,
            "invited": made.plan.invited,
            "margin": made.plan.whole["margin"],
        },
    )
