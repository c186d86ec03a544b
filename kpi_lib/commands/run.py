"""``kpi run, plan, params, verify`` and ``sign-off``: reports made, explained and checked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from kpi_lib.commands.opened import HERE, ProjectOption, err, listed, names, opened, out, prepared
from kpi_lib.errors import InputError, Issue

# The commands import what they need: loading the engines takes seconds, which --help and completion should not.
if TYPE_CHECKING:
    import pandas as pd

    from kpi_lib.batch.execute import Attempt
    from kpi_lib.batch.executors import Workers
    from kpi_lib.batch.jobs import RunKey
    from kpi_lib.batch.keys import Key
    from kpi_lib.batch.plan import Given, RunSpec
    from kpi_lib.data.store import Store
    from kpi_lib.params import Period, Project
    from kpi_lib.session import Session

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)

PeriodOption = Annotated[str | None, typer.Option(help="2025-11, 2025-W45, 2025-Q4, 2025, ... or latest.")]
BranchesOption = Annotated[str | None, typer.Option(help="all, or keys with commas between.")]
NotebooksOption = Annotated[str | None, typer.Option(help="all, or names with commas between.")]
LangOption = Annotated[str | None, typer.Option(help="en, zh or both with a comma between.")]
OutOption = Annotated[Path | None, typer.Option("--out", help="Folder of the reports.")]
GivenOption = Annotated[
    list[str] | None,
    typer.Option("--param", "-P", help="NAME=VALUE of a notebook's own parameter, or NOTEBOOK:NAME=VALUE; repeat it."),
]
ShardOption = Annotated[str, typer.Option(help="Which part of the reports, such as 3/8: the third of eight.")]


@app.command()
def run(
    project: ProjectOption = HERE,
    period: PeriodOption = None,
    branches: BranchesOption = None,
    notebooks: NotebooksOption = None,
    lang: LangOption = None,
    given: GivenOption = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Reports made at the same time.")] = None,
    out_folder: OutOption = None,
    cell_timeout: Annotated[float, typer.Option(min=0.1, help="Seconds after which a step counts as hanging.")] = 900,
    run_timeout: Annotated[float, typer.Option(min=0.1, help="Seconds after which a report does.")] = 3600,
    memory: Annotated[float | None, typer.Option(min=0.5, help="GiB a report may take; its share by default.")] = None,
    engine: Annotated[
        str, typer.Option(help="fork, nbclient (stock papermill), or auto: fork where it is safe.")
    ] = "auto",
    dask: Annotated[str, typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786.")] = "",
    shard: ShardOption = "1/1",
    force: Annotated[bool, typer.Option("--force", help="Make every report, also those that are up to date.")] = False,
) -> None:
    """Make the reports that are not up to date; what is not said comes from params/run.yml."""
    from kpi_lib.batch import Inputs, Making, run_batch
    from kpi_lib.batch.limits import Limits, memory_share
    from kpi_lib.data.fingerprint import fingerprint_to_json

    part = _shard(shard)
    workers = _workers(engine, dask)
    planned = _planned(project, period, branches, notebooks, lang, given, out_folder, cell_timeout)
    at_a_time = jobs or planned.project.run.jobs
    share = memory_share(at_a_time) if memory is None else int(memory * 2**30)
    keys = _keys(planned)
    _keep_figures(planned)
    store = planned.store
    inputs = Inputs(tuple(fingerprint_to_json(one) for one in store.sources), store.as_of, store.newest)
    with _progress(planned, keys, part, force) as on_done:
        making = Making(
            jobs=at_a_time, workers=workers, limits=Limits(cell_timeout, run_timeout, share), keys=keys, force=force,
            shard=part, on_done=on_done,
        )  # fmt: skip
        manifest = run_batch(planned.project, planned.specs, inputs, making)
    made = len(manifest.runs) - len(manifest.failures)
    out.print(f"{made} of {len(manifest.runs)} reports: {planned.specs[0].out / 'index.html'}")
    if manifest.failures:
        raise typer.Exit(1)


@app.command()
def plan(
    project: ProjectOption = HERE,
    period: PeriodOption = None,
    branches: BranchesOption = None,
    notebooks: NotebooksOption = None,
    lang: LangOption = None,
    given: GivenOption = None,
    out_folder: OutOption = None,
) -> None:
    """Say which reports `kpi run` would make, and why each."""
    from kpi_lib.batch.manifest import last_records, read_records
    from kpi_lib.batch.stale import staleness

    planned = _planned(project, period, branches, notebooks, lang, given, out_folder, 900)
    folder = planned.specs[0].out
    found = staleness(planned.specs, _keys(planned), last_records(read_records(folder)), folder)
    for one in found:
        if one.is_stale:
            out.print(f"{one.spec.name}: {', '.join(one.reasons)}", markup=False, highlight=False)
    stale = sum(one.is_stale for one in found)
    out.print(f"{stale} of {len(found)} reports to make, {len(found) - stale} up to date")


@app.command()
def params(
    notebook: Annotated[str, typer.Argument(help="Name of a notebook, such as 2_scorecard, or its file.")],
    project: ProjectOption = HERE,
) -> None:
    """Show the parameters a notebook takes."""
    from kpi_lib.batch.notebooks import find_notebooks
    from kpi_lib.batch.parameters import read_parameters
    from kpi_lib.batch.plan import COMMON
    from kpi_lib.errors import did_you_mean

    path = Path(notebook)
    if path.suffix != ".ipynb":
        known = find_notebooks(project.resolve())
        if notebook not in known:
            raise InputError(
                Issue("notebook", f"there is no notebook {notebook!r}", did_you_mean(notebook, list(known)))
            )
        path = known[notebook]
    found = read_parameters(path)
    if found.problems:
        raise InputError(found.problems)
    table = Table("Parameter", "Type", "Default", "What it is", "Set by")
    defaults = found.defaults or {}
    for name, kind in found.types.items():
        by = "the batch" if name in COMMON else f"-P {name}=..."
        table.add_row(name, kind or "any", defaults.get(name, "(required)"), found.comments.get(name, ""), by)
    out.print(table)


@app.command()
def verify(
    report: Annotated[Path, typer.Argument(help="Page of a report, such as reports/chengdu/2_scorecard.html.")],
    project: ProjectOption = HERE,
    out_folder: OutOption = None,
) -> None:
    """Say whether a report is what the project gives today; exit status 1 where it is not."""
    from kpi_lib.batch.stamp import Stamp
    from kpi_lib.batch.verify import verify as verify_report

    def derive(stamp: Stamp) -> Key:
        own = [f"{stamp.notebook}:{name}={value}" for name, value in stamp.own.items()]
        asked = (stamp.period, stamp.branch, stamp.notebook, ",".join(stamp.languages), own)
        planned = _planned(project, *asked, out_folder, 900, exactly=True)
        return _keys(planned)[stamp.branch, stamp.notebook, stamp.lang]

    loaded = opened(project)
    verdict = verify_report(report, derive, out_folder or loaded.root / loaded.run.out)
    stamp = verdict.stamp
    out.print(f"{stamp.branch}/{stamp.notebook} ({stamp.lang}) of {stamp.period}, key {stamp.key[:16]}")
    if verdict.untouched is False:
        out.print("The file is not the one that was made: it was changed afterwards.")
    if stamp.key == verdict.key:
        out.print("The same key comes out now: the report is what the project gives today.")
    else:
        told = ", ".join(verdict.changed) if verdict.changed else "no manifest here says what"
        out.print(f"Another key comes out now, {verdict.key[:16]}. Changed since: {told}")
    if not verdict.holds:
        raise typer.Exit(1)


@app.command(name="sign-off")
def sign_off(
    project: ProjectOption = HERE,
    period: Annotated[str, typer.Option(help="Month to sign off; that of the reports by default.")] = "",
    out_folder: OutOption = None,
) -> None:
    """Keep the figures of a period as published; later reports say where they come out differently."""
    from kpi_lib.batch.back_test import sign_off as sign
    from kpi_lib.batch.manifest import NAME, read_manifest

    loaded = opened(project)
    folder = out_folder or loaded.root / loaded.run.out
    manifest = read_manifest(folder)
    if manifest is None:
        raise InputError(Issue(str(folder / NAME), "there are no reports of this version here", "make them: kpi run"))
    if manifest.failures:
        raise InputError(Issue(str(folder), f"{len(manifest.failures)} reports failed", "mend them before signing off"))
    reports = {(one.branch, folder / one.branch / one.notebook): None for one in manifest.runs}
    path, n = sign(loaded.root, period or manifest.period, reports)
    out.print(f"{path}: {n} figures signed off")


@dataclass(frozen=True)
class _Planned:
    project: Project
    store: Store
    period: Period
    specs: tuple[RunSpec, ...]


def _planned(
    project: Path,
    period: str | None,
    branches: str | None,
    notebooks: str | None,
    lang: str | None,
    given: Sequence[str] | None,
    out_folder: Path | None,
    cell_timeout: float,
    *,
    exactly: bool = False,
) -> _Planned:
    """Check everything that was asked for, before the data is read; then prepare it and return every run."""
    from kpi_lib.batch import plan_batch
    from kpi_lib.params import latest_complete, parse_period

    loaded = opened(project)
    asked = period or loaded.run.period
    parsed = None
    values, issues = _given(loaded, given)

    def plan(label: str) -> tuple[RunSpec, ...]:
        return plan_batch(
            loaded,
            period=label,
            branches=(branches,) if exactly and branches else names(branches) or loaded.run.branches,
            notebooks=(notebooks,) if exactly and notebooks else names(notebooks) or loaded.run.notebooks,
            languages=listed(lang) or loaded.run.languages,
            out=out_folder or loaded.root / loaded.run.out,
            cell_timeout=cell_timeout,
            given=values,
        )

    # Before the data is read, and all at once.
    with _told(issues):
        parsed = None if asked == "latest" else parse_period(asked)
    with _told(issues):
        plan(asked)
    if issues:
        raise InputError(dict.fromkeys(issues))
    store = prepared(loaded)
    resolved = parsed or latest_complete("month", store.as_of)
    return _Planned(loaded, store, resolved, plan(resolved.label))


@contextmanager
def _told(issues: list[Issue]) -> Iterator[None]:
    """Add what is wrong with the input to ``issues``."""
    try:
        yield
    except InputError as error:
        issues.extend(error.issues)


def _given(project: Project, texts: Sequence[str] | None) -> tuple[Given, list[Issue]]:
    """Return the notebooks' own parameters from params/run.yml and, over these, from the command line."""
    found: dict[str, dict[str, str | None]] = {name: dict(own) for name, own in project.run.parameters.items()}
    issues = []
    for text in texts or ():
        name, sign, value = text.partition("=")
        notebook, _, parameter = name.rpartition(":")
        if not sign or not parameter.strip():
            issues.append(Issue("-P", f"expected NAME=VALUE, got {text!r}"))
            continue
        found.setdefault(notebook.strip(), {})[parameter.strip()] = value
    return found, issues


def _keys(planned: _Planned) -> dict[RunKey, Key]:
    from kpi_lib.analysis.rootcause.reference import AUTO
    from kpi_lib.batch.keys import run_keys
    from kpi_lib.batch.parameters import read_parameters

    def company_figures(branch: str) -> Sequence[pd.DataFrame]:
        return _session(planned, branch).company_figures()

    def others_read(spec: RunSpec) -> bool:
        defaults = read_parameters(spec.source).defaults or {}
        reference = dict(spec.own).get("reference", defaults.get("reference", AUTO))
        return _session(planned, spec.branch).reads_others(str(reference))

    return run_keys(
        planned.project,
        planned.store,
        planned.specs,
        company_figures=company_figures,
        others_read=others_read,
    )


def _keep_figures(planned: _Planned) -> None:
    """Compute the figures of all branches once, where more than one report will read them."""
    branches = dict.fromkeys(spec.branch for spec in planned.specs)
    if len(planned.specs) > len(planned.specs[0].languages):
        for branch in branches:
            _session(planned, branch).keep_figures()


def _session(planned: _Planned, branch: str) -> Session:
    from kpi_lib.session import Session
    from kpi_lib.text import language

    return Session(planned.project, planned.store, branch, planned.period, language("en"), Path())


def _workers(engine: str, dask: str) -> Workers:
    from kpi_lib.batch.executors import Engine, default_engine, local

    try:
        found = default_engine() if engine == "auto" else Engine(engine)
    except ValueError as error:
        raise InputError(Issue("--engine", f"there is no engine {engine!r}", "known: auto, fork, nbclient")) from error
    if dask:
        from kpi_lib.batch.dask import cluster

        return cluster(dask, found)
    return local(found)


def _shard(text: str) -> tuple[int, int]:
    number, _, of = text.partition("/")
    if not (number.isdigit() and of.isdigit() and 1 <= int(number) <= int(of)):
        raise InputError(Issue("--shard", f"expected something like 3/8, got {text!r}"))
    return int(number), int(of)


@contextmanager
def _progress(
    planned: _Planned, keys: dict[RunKey, Key], shard: tuple[int, int], force: bool
) -> Iterator[Callable[[Attempt], None]]:
    """Show a bar with the time left, and every failure at once; without a terminal a line for every report."""
    from kpi_lib.batch.batch import sharded
    from kpi_lib.batch.jobs import expected_seconds, jobs_of
    from kpi_lib.batch.limits import Limits
    from kpi_lib.batch.manifest import last_records, read_records
    from kpi_lib.batch.stale import staleness

    folder = planned.specs[0].out
    last = last_records(read_records(folder))
    found = staleness(planned.specs, keys, last, folder)
    stale = [one.spec for one in found if one.is_stale or force]
    before = {name: record.seconds for name, record in last.items() if record.status == "ok"}
    jobs = jobs_of(sharded(stale, shard, of_all=planned.specs), Limits())
    guesses = {job.specs[0].key[:2]: expected_seconds(job, before) / len(job.specs) for job in jobs}
    usual = {key: 1.0 if math.isinf(guess) else guess for key, guess in guesses.items()}
    total = sum(usual[job.specs[0].key[:2]] * len(job.specs) for job in jobs)
    if len(stale) < len(found):
        err.print(f"{len(found) - len(stale)} of {len(found)} reports are up to date", highlight=False)
    failed = 0
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task("Reports", total=total)

        def done(attempt: Attempt) -> None:
            nonlocal failed
            result, spec = attempt.result, attempt.result.spec
            if attempt.last:
                failed += not result.ok
                bar.update(task, advance=usual.get(spec.key[:2], 1.0))
                bar.update(task, description=f"Reports, {failed} failed" if failed else "Reports")
            if result.failure:
                word = "failed " if attempt.last else "again  "
                told = f"{word} {spec.name}: {result.failure.name}: {result.failure.message}"
                bar.console.print(told, markup=False, highlight=False, style="red")
            elif not err.is_terminal:
                err.print(f"made    {spec.name} ({result.seconds:.1f} s)", markup=False, highlight=False)

        yield done
