"""The command line. Exit status: 0 all succeeded, 1 some report failed, 2 bad input."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from kpi_lib.commands import baseline, reports, sample
from kpi_lib.errors import InputError, KpiError

# The commands import what they need: loading the engines takes seconds, which --help and completion should not.
if TYPE_CHECKING:
    from kpi_lib.batch.outcome import RunResult
    from kpi_lib.batch.plan import RunSpec
    from kpi_lib.data.store import Store
    from kpi_lib.params import Project

app = typer.Typer(
    name="kpi",
    help="From raw service exports to a scorecard report for every branch.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(sample.app)
app.add_typer(baseline.app)
app.add_typer(reports.app)
out = Console(soft_wrap=True)
err = Console(stderr=True, soft_wrap=True)

ProjectOption = Annotated[Path, typer.Option("--project", help="Project folder, with params/ and data/.")]
HERE = Path()
_COLUMNS = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())


def main() -> None:
    """Run the command line; bad input is told as a list of everything that is wrong."""
    try:
        app()
    except KpiError as error:
        for issue in error.issues:
            err.print(str(issue), markup=False, highlight=False, style="red")
        sys.exit(2 if isinstance(error, InputError) else 1)


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="New folder.")]) -> None:
    """Make a new project folder to fill in."""
    from kpi_lib.batch.new_project import create_project

    files = create_project(folder)
    _write_columns(folder)
    out.print(f"{folder}: {len(files) + 1} files. Next: put exports into data/raw/ and fill in params/sources.yml,")
    out.print(f"then: kpi check --project {folder}")


@app.command()
def check(project: ProjectOption = HERE) -> None:
    """Check everything in params/ and that the exports are there."""
    from kpi_lib.data.declared import declaration_issues
    from kpi_lib.data.freshness import source_files

    loaded = _load(project)
    issues = list(declaration_issues(loaded.sources))
    for source in loaded.sources.sources:
        if source.path is not None:
            try:
                source_files(source, loaded.root)
            except InputError as error:
                issues += error.issues
    if issues:
        raise InputError(issues)
    out.print(f"{loaded.root}: all parameters are in order")
    out.print(f"{len(loaded.branches.branches)} branches, {len(loaded.sources.sources)} sources")


@app.command()
def prepare(
    project: ProjectOption = HERE,
    force: Annotated[bool, typer.Option("--force", help="Read everything again even if nothing changed.")] = False,
) -> None:
    """Read and check the exports and write them once in a form made for computing."""
    store = _prepared(_load(project), force=force)
    table = Table("Export", "Rows", "SHA-256")
    for source in store.sources:
        table.add_row(source.name, f"{source.rows:,}", source.sha256[:12])
    out.print(table)
    found = store.checks[store.checks["n_failed"] > 0]
    for row in found.to_dict("records"):
        where = f"{row['severity']:<6}  {row['table']}.{row['columns']}"
        told = f"{where}: {row['check']} in {row['n_failed']} of {row['n_rows']} rows, {row['examples']}"
        out.print(f"{told} ({row['hint']})" if row["hint"] else told, markup=False, highlight=False)
    out.print(f"Data as of {store.as_of}")


@app.command()
def run(
    project: ProjectOption = HERE,
    period: Annotated[str | None, typer.Option(help="2025-11, 2025-W45, 2025-Q4, 2025, ... or latest.")] = None,
    branches: Annotated[str | None, typer.Option(help="all, or keys with commas between.")] = None,
    notebooks: Annotated[str | None, typer.Option(help="all, or names with commas between.")] = None,
    lang: Annotated[str | None, typer.Option(help="en, zh or both with a comma between.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Reports made at the same time.")] = None,
    out_folder: Annotated[Path | None, typer.Option("--out", help="Folder of the reports.")] = None,
    cell_timeout: Annotated[int, typer.Option(min=1, help="Seconds after which a step counts as hanging.")] = 900,
) -> None:
    """Make the reports: every branch, notebook and language; what is not said comes from params/run.yml."""
    from kpi_lib.batch import Inputs, plan_batch, run_batch
    from kpi_lib.data.fingerprint import fingerprint_to_json
    from kpi_lib.params import latest_complete, parse_period

    loaded = _load(project)
    asked = period or loaded.run.period
    parsed = None if asked == "latest" else parse_period(asked)
    target = out_folder or loaded.root / loaded.run.out

    def plan(label: str) -> tuple[RunSpec, ...]:
        return plan_batch(
            loaded,
            period=label,
            branches=_names(branches) or loaded.run.branches,
            notebooks=_names(notebooks) or loaded.run.notebooks,
            languages=_listed(lang) or loaded.run.languages,
            out=target,
            cell_timeout=cell_timeout,
        )

    plan(asked)  # a misspelt branch is told before the data is read
    store = _prepared(loaded)
    specs = plan((parsed or latest_complete("month", store.as_of)).label)
    inputs = Inputs(tuple(fingerprint_to_json(source) for source in store.sources), store.as_of)
    with _progress(len(specs)) as on_done:
        manifest = run_batch(loaded, specs, inputs, jobs=jobs or loaded.run.jobs, on_done=on_done)
    made = len(manifest.runs) - len(manifest.failures)
    out.print(f"{made} of {len(manifest.runs)} reports: {specs[0].out / 'index.html'}")
    if manifest.failures:
        raise typer.Exit(1)


@app.command()
def catalog(
    lang: Annotated[Literal["en", "zh"], typer.Option(help="Language.")] = "en",
    output: Annotated[Literal["table", "csv"], typer.Option("--format", help="How to show it.")] = "table",
) -> None:
    """Show the KPI dictionary."""
    from kpi_lib.kpi.catalog import CATALOG

    header = ("key", "name", "dimension", "definition", "formula", "unit", "better", "table", "dated_by", "owner")
    rows = [
        (kpi.key, kpi.name.in_lang(lang), kpi.dimension.in_lang(lang), kpi.definition.in_lang(lang),
         kpi.formula.in_lang(lang), kpi.unit, kpi.better, kpi.table, kpi.dated_by, kpi.owner.in_lang(lang))
        for kpi in CATALOG.values()
    ]  # fmt: skip
    if output == "csv":
        csv.writer(sys.stdout, lineterminator="\n").writerows([header, *rows])
        return
    table = Table(*(header[place] for place in (0, 1, 4, 5, 6)))
    for row in rows:
        table.add_row(*(row[place] for place in (0, 1, 4, 5, 6)))
    out.print(table)


@app.command()
def simulate(
    project: ProjectOption = HERE,
    seed: Annotated[int | None, typer.Option(help="Seed of every random number.")] = None,
    branches: Annotated[int | None, typer.Option(min=1, help="How many branches.")] = None,
    tickets: Annotated[int | None, typer.Option(min=1, help="How many tickets in all, about.")] = None,
    months: Annotated[int | None, typer.Option(min=1, help="How many months.")] = None,
    start: Annotated[datetime | None, typer.Option(formats=["%Y-%m"], help="First month.")] = None,
    file_format: Annotated[Literal["csv", "parquet"], typer.Option("--format", help="Of the large exports.")] = "csv",
    replace: Annotated[bool, typer.Option("--replace", help="Overwrite the exports that are there.")] = False,
) -> None:
    """Write the exports of a simulated company, with what was planted in them beside."""
    from kpi_lib.data.simulate import simulate as simulate_company

    asked = {"seed": seed, "branches": branches, "tickets": tickets, "months": months, "start": start and start.date()}
    given: dict[str, int | date] = {name: value for name, value in asked.items() if value is not None}
    with err.status("Simulating"):
        made = simulate_company(project, format=file_format, replace=replace, **given)  # type: ignore[arg-type]
    for source, rows in made.rows.items():
        out.print(f"{source}: {rows:,} rows")


@app.command()
def docs(project: ProjectOption = HERE) -> None:
    """Write data/README.md: every canonical table and column."""
    _write_columns(project)
    out.print(str(project / "data" / "README.md"))


def _load(project: Path) -> Project:
    from kpi_lib.kpi.catalog import CATALOG
    from kpi_lib.params import load_project

    return load_project(project.resolve(), {key: kpi.better for key, kpi in CATALOG.items()})


def _prepared(project: Project, *, force: bool = False) -> Store:
    from kpi_lib.data.store import prepare as prepare_store

    with Progress(*_COLUMNS, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("Preparing the data", total=1.0)
        return prepare_store(
            project, force=force, on_progress=lambda step, share: bar.update(task, description=step, completed=share)
        )


@contextmanager
def _progress(total: int) -> Iterator[Callable[[RunResult], None]]:
    """Show a bar, and every failure at once; without a terminal a line for every report."""
    failed = 0

    with Progress(*_COLUMNS, MofNCompleteColumn(), console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task("Reports", total=total)

        def done(result: RunResult) -> None:
            nonlocal failed
            failed += not result.ok
            bar.update(task, advance=1, description=f"Reports, {failed} failed" if failed else "Reports")
            if result.failure:
                told = f"failed  {result.spec.name}: {result.failure.name}: {result.failure.message}"
                bar.console.print(told, markup=False, highlight=False, style="red")
            elif not err.is_terminal:
                err.print(f"made    {result.spec.name} ({result.seconds:.1f} s)", markup=False, highlight=False)

        yield done


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(one.strip() for one in (text or "").split(",") if one.strip())


def _names(text: str | None) -> Literal["all"] | tuple[str, ...]:
    names = _listed(text)
    return "all" if names == ("all",) else names


def _write_columns(project: Path) -> None:
    from kpi_lib.data.docs import data_readme

    (project / "data").mkdir(parents=True, exist_ok=True)
    (project / "data" / "README.md").write_text(data_readme(), encoding="utf-8")
