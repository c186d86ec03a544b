"""``kpi run, plan, params, verify`` and ``sign-off``: reports made, explained and checked."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from kpi_lib.commands.opened import HERE, ProjectOption, opened, out
from kpi_lib.commands.planned import keep_figures, keys_of, planned_runs
from kpi_lib.commands.progress import progress
from kpi_lib.errors import InputError, Issue

# The commands import what they need: loading the engines takes seconds, which --help and completion should not.
if TYPE_CHECKING:
    from kpi_lib.batch.executors import Workers
    from kpi_lib.batch.keys import Key

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
    planned = planned_runs(project, period, branches, notebooks, lang, given, out_folder, cell_timeout)
    at_a_time = jobs or planned.project.run.jobs
    share = memory_share(at_a_time) if memory is None else int(memory * 2**30)
    keys = keys_of(planned)
    keep_figures(planned)
    store = planned.store
    inputs = Inputs(tuple(fingerprint_to_json(one) for one in store.sources), store.as_of, store.newest)
    with progress(planned, keys, part, force) as on_done:
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

    planned = planned_runs(project, period, branches, notebooks, lang, given, out_folder, 900)
    folder = planned.specs[0].out
    found = staleness(planned.specs, keys_of(planned), last_records(read_records(folder)), folder)
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
        planned = planned_runs(project, *asked, out_folder, 900, exactly=True)
        return keys_of(planned)[stamp.branch, stamp.notebook, stamp.lang]

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
