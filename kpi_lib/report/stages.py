"""Where the tickets' time went, for people."""

from __future__ import annotations

import math

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.kpi.shown import shown_change, shown_interval
from kpi_lib.kpi.stages import STAGE_NAMES, UNTOLD
from kpi_lib.report.html import Child, Fragment, element, joined
from kpi_lib.report.root_cause_words import change_interval
from kpi_lib.report.table import table
from kpi_lib.text.language import MISSING, Language


def stages(result: RootCauses, language: Language) -> Fragment:
    """Return where the tickets' time went, against the reference."""
    found = result.beside.stages
    if found.missing:
        lacking = "; ".join(found.missing)
        return element("p", language.sentence("Stages are not available: needs {columns}.", columns=lacking))
    rows = records(found.table)
    if not rows or rows[-1]["n"] == 0:
        return element("p", language.sentence("No ticket ended in the period."))
    told = [row for row in rows if row["stage"] != UNTOLD or row["mean"] > 0.005 or row["before"] > 0.005]
    columns = [
        language.sentence("Stage"),
        language.sentence("Hours per ticket"),
        language.sentence("Interval"),
        language.sentence("Share of the time"),
        language.sentence("Before"),
        language.sentence("Change"),
    ]
    visited = "visit" in set(found.table["stage"])
    cells: list[list[Child]] = [
        [
            _stage_name(row["stage"], visited, language),
            language.hours(row["mean"]),
            shown_interval(row["lo"], row["hi"], "hours", language),
            language.percent(row["share"], 0),
            language.hours(row["before"]),
            MISSING
            if math.isnan(row["change"])
            else f"{shown_change(row['change'], 'hours', language)} "
            f"({change_interval(row['change_lo'], row['change_hi'], 'hours', language)})",
        ]
        for row in told
    ]
    caption = language.sentence(
        "Mean hours of the {n} tickets that ended in the period, beside the {before} of the twelve periods before; the "
        "stages add up to the whole. Waiting for parts is what is recorded as such. The intervals of the changes hold "
        "for all stages together.",
        n=language.number(rows[-1]["n"]),
        before=language.number(rows[-1]["n_before"]),
    )
    return joined(
        [element("p", _stage_sentence(found.slower, visited, language)), table(columns, cells, caption=caption)]
    )


def _stage_name(stage: str, visited: bool, language: Language) -> str:
    if stage == "repair" and not visited:
        return language.sentence("To the resolution")
    return language.pick(STAGE_NAMES[stage])


def _stage_sentence(slower: Row | None, visited: bool, language: Language) -> str:
    if slower is None:
        return language.sentence("No stage takes clearly longer than before.")
    return language.sentence(
        "Most time was lost in the stage “{stage}”: {now} a ticket instead of {before} ({change}, interval "
        "{interval}).",
        stage=_stage_name(slower["stage"], visited, language),
        now=language.hours(slower["mean"]),
        before=language.hours(slower["before"]),
        change=shown_change(slower["change"], "hours", language),
        interval=change_interval(slower["change_lo"], slower["change_hi"], "hours", language),
    )
