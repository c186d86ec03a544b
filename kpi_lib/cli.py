"""The command line. Exit status: 0 all succeeded, 1 some report failed, 2 bad input."""

from __future__ import annotations

import csv
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.table import Table

from kpi_lib.commands import baseline, reports, sample
from kpi_lib.commands import run as runs
from kpi_lib.commands.opened import HERE, ProjectOption, err, opened, out, prepared
from kpi_lib.errors import InputError, KpiError

app = typer.Typer(
    name="kpi",
    help="From raw service exports to a scorecard report for every branch.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(runs.app)
app.add_typer(reports.app)
app.add_typer(sample.app)
app.add_typer(baseline.app)


def main() -> None:
    """Run the command line; bad input is told as a list of everything that is wrong."""
    # jsonschema, which checks notebooks, would build grammars with it for a second, for formats no notebook has.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
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

    loaded = opened(project)
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
    store = prepared(opened(project), force=force)
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


def _write_columns(project: Path) -> None:
    from kpi_lib.data.docs import data_readme

    (project / "data").mkdir(parents=True, exist_ok=True)
    (project / "data" / "README.md").write_text(data_readme(), encoding="utf-8")
