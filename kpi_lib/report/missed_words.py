"""What is missed, and by how much, in one sentence."""

from __future__ import annotations

from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.analysis.status import Status
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.report.words import things_counted
from kpi_lib.text.language import Language


def missed_words(cause: Cause, language: Language) -> str:
    """Return what is missed, and by how much."""
    row, kpi = cause.case.row, cause.kpi
    better = 1.0 if kpi.better == "higher" else -1.0
    values = {
        "value": shown(row["value"], kpi.unit, language),
        "interval": shown_interval(row["lo"], row["hi"], kpi.unit, language),
        "n": things_counted(kpi.table, row["n"], language),
        "target": shown(row["target"], kpi.unit, language),
        "short": shown_change(-abs(row["value"] - row["target"]) * better, kpi.unit, language),
    }
    if not cause.missed:
        return _not_missed(Status(row["status"]), values, language)
    if row["status"] == Status.CANNOT_TELL:
        return language.sentence(
            "{value} (interval {interval}, {n}) against a target of {target}, {short}; chance is not ruled out.",
            **values,
        )
    if row["status"] == Status.BELOW_BASELINE:
        return language.sentence(
            "{value} (interval {interval}, {n}) against a target of {target}, {short}, and worse than the "
            "baseline of {baseline}.",
            **values,
            baseline=shown(row["baseline"], kpi.unit, language),
        )
    return language.sentence("{value} (interval {interval}, {n}) against a target of {target}, {short}.", **values)


def _not_missed(status: Status, values: dict[str, str], language: Language) -> str:
    match status:
        case Status.TOO_FEW:
            return language.sentence("{value} (interval {interval}, {n}), too few cases to judge.", **values)
        case Status.NO_TARGET:
            return language.sentence("{value} (interval {interval}, {n}); it has no target.", **values)
        case _:
            return language.sentence(
                "{value} (interval {interval}, {n}) is on the target of {target}, but ground was lost.", **values
            )
