"""The rows of the index: one per branch, in several orders."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from markupsafe import Markup

from kpi_lib.batch.manifest import RunRecord
from kpi_lib.batch.verdicts import Verdict
from kpi_lib.params import Project
from kpi_lib.plot.sparkline import sparkline
from kpi_lib.text import Language

Order = Callable[["BranchReports"], tuple[float, str]]


@dataclass(frozen=True)
class BranchReports:
    """A branch with its reports and what its scorecard says.

    ``newest`` is the day of its newest data, ``behind`` how many days that lies behind the company's.
    """

    branch: str
    runs: tuple[RunRecord, ...]
    verdict: Verdict
    newest: date | None = None
    behind: int = 0

    @property
    def failed(self) -> int:
        """How many of its reports could not be made."""
        return sum(run.status != "ok" for run in self.runs)


VIEWS: Mapping[str, Order] = {
    "best": lambda one: (_last(one.verdict.composite, -1), one.branch),
    "weakest": lambda one: (_last(one.verdict.composite, 1), one.branch),
    "fallen": lambda one: (_last(one.verdict.change, 1), one.branch),
    "name": lambda one: (0.0, one.branch),
}
"""Orders of the branches; in each, those with a report that failed come first. The first is the index page itself."""


def _last(value: float | None, sign: int) -> float:
    return math.inf if value is None else sign * value


def ordered(branches: Sequence[BranchReports], view: str) -> list[BranchReports]:
    """Return the branches in the order of a view."""
    return sorted(branches, key=lambda one: (not one.failed, VIEWS[view](one)))


@dataclass(frozen=True)
class Cell:
    """One report in the table: where it is and whether it was made."""

    href: str
    ok: bool
    label: str


@dataclass(frozen=True)
class Row:
    """One branch as the page shows it."""

    branch: str
    composite: str
    interval: str
    grade: str
    change: str
    change_interval: str
    change_kind: str
    spark: Markup
    status: str
    failed: bool
    newest: str
    late: str
    made_at: str
    cells: tuple[Cell, ...]


def row(own: BranchReports, notebooks: Sequence[str], project: Project, say: Language) -> Row:
    """Return a branch in the words of a language."""
    verdict = own.verdict
    good, every = len(own.runs) - own.failed, len(own.runs)
    grades = {one.key: say.pick(one.name) for one in project.policy.grades}
    return Row(
        branch=branch_name(own.branch, project, say),
        composite=say.number(verdict.composite, 1),
        interval=""
        if verdict.lo is verdict.hi is None
        else f"{say.number(verdict.lo, 1)} – {say.number(verdict.hi, 1)}",
        grade=grades.get(verdict.grade, ""),
        change=_signed(verdict.change, say),
        change_interval=_change_interval(verdict, say),
        change_kind=_change_kind(verdict),
        spark=Markup(sparkline([value for _, value in verdict.history], alt=_course(verdict, say))),
        status=(
            say.sentence("all {all} made", all=say.number(every))
            if good == every
            else "✗ " + say.sentence("{failed} of {all} failed", failed=say.number(every - good), all=say.number(every))
        ),
        failed=bool(own.failed),
        newest=say.date(own.newest),
        late=_late(own, project, say),
        made_at=_made_at(own.runs, say),
        cells=tuple(_cell(notebook, own.runs, say) for notebook in notebooks),
    )


def branch_name(key: str, project: Project, say: Language) -> str:
    """Return what a branch is called."""
    branch = project.branches.branches.get(key)
    return say.pick(branch.name) if branch else key


def change_words(verdict: Verdict, say: Language) -> str:
    """Return the change on the period before, its interval, and whether chance can explain it."""
    if verdict.change is None:
        return say.number(None)
    interval = _change_interval(verdict, say)
    beyond = say.sentence("more than chance") if verdict.change_clear else say.sentence("within chance")
    return f"{_signed(verdict.change, say)}{f' ({interval})' if interval else ''} {beyond}"


def _change_interval(verdict: Verdict, say: Language) -> str:
    if verdict.change_lo is None or verdict.change_hi is None:
        return ""
    return f"{_signed(verdict.change_lo, say)} – {_signed(verdict.change_hi, say)}"


def _signed(value: float | None, say: Language) -> str:
    return ("+" if value is not None and value > 0 else "") + say.number(value, 1)


def _change_kind(verdict: Verdict) -> str:
    if not verdict.change or not verdict.change_clear:
        return "unclear"
    return "better" if verdict.change > 0 else "worse"


def _course(verdict: Verdict, say: Language) -> str:
    """Return in words what the small line of a branch shows."""
    known = [(period, value) for period, value in verdict.history if value is not None]
    if not known:
        return ""
    values = [value for _, value in known]
    return say.sentence(
        "Composite from {first_value} in {first} to {last_value} in {last}; lowest {low}, highest {high}",
        first=known[0][0],
        first_value=say.number(values[0], 1),
        last=known[-1][0],
        last_value=say.number(values[-1], 1),
        low=say.number(min(values), 1),
        high=say.number(max(values), 1),
    )


def _late(own: BranchReports, project: Project, say: Language) -> str:
    """Return that a branch's data end earlier than the company's, where they do by more than a few days."""
    if own.behind <= project.run.late_days:
        return ""
    return say.plural("⚠ {n} day behind", "⚠ {n} days behind", own.behind)


def _made_at(runs: Sequence[RunRecord], say: Language) -> str:
    """Return the day of the oldest of a branch's reports: all of them are at least as young."""
    days = [datetime.fromisoformat(run.finished_at) for run in runs if run.status == "ok"]
    return say.date(min(days).date()) if days else say.date(None)


def _cell(notebook: str, runs: Sequence[RunRecord], say: Language) -> Cell:
    own = {run.lang: run for run in runs if run.notebook == notebook}
    run = own.get(say.lang) or next(iter(own.values()), None)
    if run is None:
        return Cell("", True, "–")
    ok = run.status == "ok"
    return Cell(run.page, ok, say.sentence("report") if ok else "✗ " + say.sentence("failed"))
