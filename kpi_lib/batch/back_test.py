"""The back test: figures that were signed off, against what the same periods come out at now."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpi_lib.errors import InputError, Issue
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.shown import shown_beside
from kpi_lib.text import Language

FOLDER = Path("params") / "signed_off"
"""Folder of a project with a file per signed-off period."""
COLUMNS = ("branch", "kpi", "period", "value")
HISTORY = "history.csv"
"""Results a figure is compared in: one row per KPI and period."""
TOLERANCE = 0.005
"""Relative difference from which on a figure counts as moved: half a percent, what rounding on a page can hide."""


@dataclass(frozen=True)
class Figure:
    """One published figure; a missing value is None."""

    branch: str
    kpi: str
    period: str
    value: float | None


@dataclass(frozen=True)
class Moved:
    """A published figure that comes out differently now."""

    figure: Figure
    now: float | None


def signed_off(project: Path, branch: str | None = None) -> tuple[Figure, ...]:
    """Return the signed-off figures of a project, of one branch or all.

    Raises
    ------
    InputError
        A file of them cannot be read.
    """
    found: list[Figure] = []
    for path in sorted((project / FOLDER).glob("*.csv")):
        found += _read(path, path.relative_to(project).as_posix())
    return tuple(figure for figure in found if branch is None or figure.branch == branch)


def back_test(figures: Sequence[Figure], results: Path, *, tolerance: float = TOLERANCE) -> tuple[Moved, ...]:
    """Return which of a branch's signed-off figures its fresh results contradict.

    A figure the results do not speak of any more (an older month, a KPI no longer shown) is not judged.

    Parameters
    ----------
    figures
        The branch's signed-off figures.
    results
        Folder of the run's tidy results.
    tolerance
        Relative difference that is still the same figure.
    """
    path = results / HISTORY
    if not figures or not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        now = {(row["kpi"], row["period"]): _number(row["value"]) for row in csv.DictReader(file)}
    known = [(figure, now[figure.kpi, figure.period]) for figure in figures if (figure.kpi, figure.period) in now]
    return tuple(Moved(figure, value) for figure, value in known if not _same(figure.value, value, tolerance))


def sign_off(project: Path, period: str, results: Iterable[tuple[str, Path]]) -> tuple[Path, int]:
    """Write the figures of a period as signed off; return the file and how many there are.

    Parameters
    ----------
    project, period
        Project folder and label of the period.
    results
        Branch and folder of tidy results of each report.

    Raises
    ------
    InputError
        The period is signed off already, or there is nothing to sign.
    """
    target = project / FOLDER / f"{period}.csv"
    if target.exists():
        raise InputError(Issue(str(target), "this period is signed off already", "remove the file to sign again"))
    rows = []
    for branch, folder in results:
        if (folder / HISTORY).exists():
            with (folder / HISTORY).open(encoding="utf-8", newline="") as file:
                shown = [row for row in csv.DictReader(file) if row["period"] == period]
            rows += [(branch, row["kpi"], period, row["value"]) for row in shown]
    if not rows:
        raise InputError(Issue(period, "no report of this period has figures", "kpi run makes them"))
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("x", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    return target, len(rows)


def moved_words(moved: Sequence[Moved], kpis: Mapping[str, Kpi], say: Language) -> str:
    """Return what the banner says: which published figures moved, from what to what.

    Parameters
    ----------
    moved
        Those that did.
    kpis
        For names and units; a figure of a KPI that is no more is written as it stands in the file.
    say
        Language of the reader.
    """
    told = [_told(one, kpis.get(one.figure.kpi), say) for one in moved]
    return say.sentence("Published figures have moved since they were signed off: {figures}.", figures=say.list(told))


def _told(one: Moved, kpi: Kpi | None, say: Language) -> str:
    signed, now = one.figure.value, one.now
    if kpi is None:
        before, after = say.number(signed, 4), say.number(now, 4)
    else:
        before, after = shown_beside(signed, now, kpi.unit, say), shown_beside(now, signed, kpi.unit, say)
    return say.sentence(
        "{name} {period}: {before} → {after}",
        name=say.pick(kpi.name) if kpi else one.figure.kpi,
        period=one.figure.period,
        before=before,
        after=after,
    )


def _same(before: float | None, now: float | None, tolerance: float) -> bool:
    if before is None or now is None:
        return before is now
    return math.isclose(before, now, rel_tol=tolerance, abs_tol=1e-12)


def _read(path: Path, name: str) -> list[Figure]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    try:
        return [Figure(row["branch"], row["kpi"], row["period"], _number(row["value"])) for row in rows]
    except (KeyError, ValueError, TypeError) as error:
        raise InputError(Issue(name, f"cannot be read: {error}", f"columns: {', '.join(COLUMNS)}")) from error


def _number(text: str) -> float | None:
    return float(text) if text else None
