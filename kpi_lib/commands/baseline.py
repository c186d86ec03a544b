"""``kpi baseline propose`` and ``kpi baseline accept``: baselines as files that people review."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from kpi_lib.analysis.baseline.series import Series
    from kpi_lib.params.baselines import AcceptedBaseline, BaselineFile
    from kpi_lib.session import Session

app = typer.Typer(
    name="baseline",
    help="Propose and accept baselines.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
out = Console(soft_wrap=True)

ProjectOption = Annotated[Path, typer.Option("--project", help="Project folder, with params/ and data/.")]
PeriodOption = Annotated[str, typer.Option("--period", help="Last month looked at, such as 2025-11, or latest.")]
HERE = Path()


@app.command()
def propose(
    project: ProjectOption = HERE,
    period: PeriodOption = "latest",
    branches: Annotated[str, typer.Option("--branches", help="Keys separated by commas, or all.")] = "all",
) -> None:
    """Write params/baselines/PERIOD.proposal.json for a person to review."""
    from kpi_lib.analysis.baseline.chart import ChartRequest, control_charts
    from kpi_lib.analysis.baseline.phases import propose_phases
    from kpi_lib.analysis.baseline.quality import baseline_qualities
    from kpi_lib.analysis.baseline.record import recorded

    entries, data, label = [], {}, period
    for session in _sessions(project, period, branches):
        label, data[session.branch] = session.period.label, session.store.slice_hash(session.branch)
        charts = control_charts([ChartRequest(series=series) for series in _series(session).values()])
        for judged in baseline_qualities(charts, level=session.project.policy.confidence):
            found = recorded(judged, branch=session.branch, proposal=propose_phases(judged.chart.series))
            if found is not None:
                entries.append(found)
    path = _folder(project) / f"{label}.proposal.json"
    _write(path, label, entries, data)
    out.print(f"{path}: {len(entries)} baselines proposed")
    out.print("Review it: window, exclusions with reasons, phases accepted or rejected. Then: kpi baseline accept")


@app.command()
def accept(
    author: Annotated[str, typer.Option("--author", help="Who answers for the baselines.")],
    project: ProjectOption = HERE,
    period: PeriodOption = "latest",
    on: Annotated[str, typer.Option("--on", help="Day of the decision, such as 2025-12-03; empty: today.")] = "",
) -> None:
    """Compute the reviewed proposal with its decisions and freeze it in params/baselines/PERIOD.json."""
    from kpi_lib.analysis.baseline.record import changes, decided
    from kpi_lib.analysis.records import records
    from kpi_lib.errors import InputError, Issue
    from kpi_lib.params.baselines import accepted_files, latest_accepted, read_baselines

    path = _proposal(project, period)
    proposal = read_baselines(path)
    target = path.with_name(f"{proposal.period}.json")
    if target in accepted_files(project / "params"):
        raise InputError(Issue(str(target), "baselines of this period are accepted already", "propose a later period"))
    before = latest_accepted(project / "params")
    keys = list(dict.fromkeys(entry.branch for entry in proposal.baselines))
    entries, issues = [], []
    for session in _sessions(project, proposal.period, ",".join(keys)):
        series = _series(session)
        if proposal.data.get(session.branch) != session.store.slice_hash(session.branch):
            issues.append(
                Issue(session.branch, "the data changed after the proposal", "run kpi baseline propose again")
            )
        for entry in proposal.baselines:
            if entry.branch == session.branch:
                try:
                    entries.append(decided(series[entry.kpi], entry, level=session.project.policy.confidence))
                except InputError as error:
                    issues += error.issues
    if issues:
        raise InputError(issues)
    day = date.fromisoformat(on) if on else date.today()
    written = _write(target, proposal.period, entries, proposal.data, author=author, on=day, before=before)
    path.unlink()
    table = Table("Branch", "Indicator", "Before", "After", "Chart")
    for row in records(changes(written, before)):
        was = "–" if isnan(row["before"]) else f"{row['before']:.4g}"
        table.add_row(row["branch"], row["kpi"], was, f"{row['after']:.4g}", row["chart_after"])
    out.print(table)
    out.print(f"{target}: {len(entries)} baselines accepted by {author}")


def _sessions(project: Path, period: str, branches: str) -> list[Session]:
    from kpi_lib.kpi.catalog import CATALOG
    from kpi_lib.params import load_project
    from kpi_lib.session import open_session

    loaded = load_project(project.resolve(), known_kpis={key: kpi.better for key, kpi in CATALOG.items()})
    known = loaded.branches.branches
    wanted = [key for key in known if known[key].reported] if branches == "all" else branches.split(",")
    return [open_session(str(project), branch=key, notebook="3_baseline", period=period) for key in wanted]


def _series(session: Session) -> dict[str, Series]:
    from kpi_lib.analysis.baseline.families import kpi_series
    from kpi_lib.session import BASELINE_MONTHS

    frame = session.indicators(periods=session.period.last(BASELINE_MONTHS))
    weighted = [key for key in session.project.weights(session.branch) if key in set(frame["kpi"])]
    found = {key: kpi_series(frame, session.kpis[key]) for key in weighted}
    return {key: own[session.branch] for key, own in found.items() if session.branch in own}


def _folder(project: Path) -> Path:
    return project / "params" / "baselines"


def _proposal(project: Path, period: str) -> Path:
    from kpi_lib.errors import InputError, Issue

    found = sorted(_folder(project).glob("*.proposal.json" if period == "latest" else f"{period}.proposal.json"))
    if not found:
        raise InputError(Issue(str(_folder(project)), "there is no proposal", "run kpi baseline propose first"))
    return found[-1]


def _write(
    path: Path,
    period: str,
    entries: Sequence[AcceptedBaseline],
    data: dict[str, str],
    *,
    author: str = "",
    on: date | None = None,
    before: BaselineFile | None = None,
) -> BaselineFile:
    from importlib.metadata import version

    from kpi_lib.analysis.baseline.record import changes
    from kpi_lib.analysis.records import records
    from kpi_lib.params.baselines import BaselineFile, write_baselines

    content = BaselineFile(
        period=period,
        author=author,
        accepted_on=on,
        data=data,
        code=version("aftersales-kpi"),
        baselines=tuple(entries),
    )
    moved = changes(content, before)
    rows = tuple(
        {
            "branch": row["branch"],
            "kpi": row["kpi"],
            "before": None if isnan(row["before"]) else row["before"],
            "after": row["after"],
            "against": "" if before is None else before.period,
        }
        for row in records(moved)
    )
    content = content.model_copy(update={"changes": rows if author else ()})
    write_baselines(path, content)
    return content
