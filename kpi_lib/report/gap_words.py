"""The distance of an indicator to its lines, and what closing it takes, in words."""

from __future__ import annotations

import numpy as np

from kpi_lib.analysis.records import Row
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Mean, Quantile, Ratio
from kpi_lib.kpi.shown import shown, shown_change
from kpi_lib.report.words import things_counted
from kpi_lib.text.language import Language


def distances(row: Row, language: Language) -> str:
    """Return the distances to target, baseline and industry, such as ``+5.0 pp to target``; the lines set only."""
    said = []
    if not np.isnan(row["target"]):
        said.append(language.sentence("{distance} to the target of {level}", **_distance(row, "target", language)))
    if not np.isnan(row["baseline"]):
        said.append(language.sentence("{distance} to the baseline of {level}", **_distance(row, "baseline", language)))
    if not np.isnan(row["industry"]):
        said.append(language.sentence("{distance} to the industry's {level}", **_distance(row, "industry", language)))
    return language.list(said)


def _distance(row: Row, line: str, language: Language) -> dict[str, str]:
    return {
        "distance": shown_change(row["value"] - row[line], row["unit"], language),
        "level": shown(row[line], row["unit"], language),
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
