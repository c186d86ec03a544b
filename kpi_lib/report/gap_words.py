"""The distance of an indicator to its lines, and what closing it takes, in words."""

from __future__ import annotations

import numpy as np

from kpi_lib.analysis.records import Row
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Mean, Quantile, Ratio
from kpi_lib.kpi.shown import shown
from kpi_lib.report.words import things_counted
from kpi_lib.text.language import Language


def distances(row: Row, language: Language) -> str:
    """Return how far the value is from target, baseline and industry, such as ``0.40 h better than the target``.

    Lines the policy does not set are left out.
    """
    said = []
    if not np.isnan(row["target"]):
        said.append(_to_target(row, language))
    if not np.isnan(row["baseline"]):
        said.append(_to_baseline(row, language))
    if not np.isnan(row["industry"]):
        said.append(_to_industry(row, language))
    return language.list(said)


def _to_target(row: Row, language: Language) -> str:
    values = _distance(row, "target", language)
    match _side(row, "target"):
        case 0:
            return language.sentence("just at the target of {level}", **values)
        case 1:
            return language.sentence("{distance} better than the target of {level}", **values)
        case _:
            return language.sentence("{distance} worse than the target of {level}", **values)


def _to_baseline(row: Row, language: Language) -> str:
    values = _distance(row, "baseline", language)
    match _side(row, "baseline"):
        case 0:
            return language.sentence("just at the baseline of {level}", **values)
        case 1:
            return language.sentence("{distance} better than the baseline of {level}", **values)
        case _:
            return language.sentence("{distance} worse than the baseline of {level}", **values)


def _to_industry(row: Row, language: Language) -> str:
    values = _distance(row, "industry", language)
    match _side(row, "industry"):
        case 0:
            return language.sentence("just at the industry's {level}", **values)
        case 1:
            return language.sentence("{distance} better than the industry's {level}", **values)
        case _:
            return language.sentence("{distance} worse than the industry's {level}", **values)


def _side(row: Row, line: str) -> int:
    """Return 1 where the value is better than the line, -1 where it is worse, 0 where nobody could see a difference."""
    distance = row["value"] - row[line]
    if np.isclose(distance, 0.0, atol=1e-9):
        return 0
    return 1 if (distance > 0) == (row["better"] == "higher") else -1


def _distance(row: Row, line: str, language: Language) -> dict[str, str]:
    distance = abs(row["value"] - row[line])
    unit = row["unit"]
    return {
        "distance": language.points(distance) if unit in {"share", "share_change"} else shown(distance, unit, language),
        "level": shown(row[line], unit, language),
    }


def gap_words(row: Row, kpi: Kpi, language: Language) -> str:
    """Return what reaching the target takes, in things one can count; empty where it is reached or not countable."""
    lacking = row["to_reach"]
    if np.isnan(lacking) or lacking == 0:
        return ""
    count = language.number(lacking, 0)
    target = shown(row["target"], row["unit"], language)
    match kpi.measure:
        case Quantile():
            of = things_counted(kpi.table, row["to_reach_of"], language)
            return language.sentence("{count} more of {of} within {target}", count=count, of=of, target=target)
        case Mean():
            return _mean_words(row, kpi, count, language)
        case Count():
            if row["better"] == "higher":
                return language.sentence("{count} more than the {now} counted", count=count, now=_now(row, language))
            return language.sentence("{count} fewer than the {now} counted", count=count, now=_now(row, language))
        case Ratio(denominator=denominator):
            of = things_counted(denominator.table, row["to_reach_of"], language)
        case _:
            of = things_counted(kpi.table, row["to_reach_of"], language)
    if row["better"] == "higher":
        return language.sentence("{count} more of {of}", count=count, of=of)
    return language.sentence(
        "{count} fewer than the {now} counted on {of}", count=count, now=_now(row, language), of=of
    )


def _mean_words(row: Row, kpi: Kpi, count: str, language: Language) -> str:
    of = things_counted(kpi.table, row["to_reach_of"], language)
    match row["unit"], row["better"]:
        case "points", "higher" if row["to_reach"] <= row["to_reach_of"]:
            return language.sentence("one point more on {count} of {of}", count=count, of=of)
        case "points", _:
            return language.sentence("{count} points more in total over {of}", count=count, of=of)
        case "hours" | "seconds" as unit, "lower":
            total = shown(row["to_reach"], unit, language)
            return language.sentence("{total} less in total over {of}", total=total, of=of)
        case _, "lower":
            return language.sentence("{count} fewer in total over {of}", count=count, of=of)
        case _:
            return language.sentence("{count} more in total over {of}", count=count, of=of)


def _now(row: Row, language: Language) -> str:
    return language.number(row["numerator"], 0)
