"""``kpi collect``, ``kpi digest`` and ``kpi pdf``: what is made of reports that are there."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from kpi_lib.errors import InputError, Issue

if TYPE_CHECKING:
    from kpi_lib.batch.manifest import Manifest
    from kpi_lib.params import Project

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None)
out = Console(soft_wrap=True)

ProjectOption = Annotated[Path, typer.Option("--project", help="Project folder, with params/ and data/.")]
ReportsOption = Annotated[Path | None, typer.Option("--out", help="Folder of the reports.")]
HERE = Path()


@app.command()
def collect(project: ProjectOption = HERE, reports: ReportsOption = None) -> None:
    """Put the results of all branches side by side in all/: a CSV file per table and one JSON of every verdict."""
    from kpi_lib.batch.collect import RESULTS
    from kpi_lib.batch.collect import collect as collect_results

    _, folder, manifest = _batch(project, reports)
    for one in collect_results(manifest, folder):
        out.print(f"{folder / one.address}: {one.n_rows:,} rows of {len(one.branches)} branches")
    out.print(str(folder / RESULTS))


@app.command()
def digest(
    project: ProjectOption = HERE,
    reports: ReportsOption = None,
    to: Annotated[str, typer.Option(help="Receivers, with commas between.")] = "",
    sender: Annotated[str, typer.Option("--from", help="Sender.")] = "",
    lang: Annotated[str, typer.Option(help="en, zh or both with a comma between; empty: those of the reports.")] = "",
    link: Annotated[str, typer.Option(help="Address of the folder of the reports as the receivers reach it.")] = "",
    send: Annotated[bool, typer.Option("--send", help="Send it; how, say KPI_SMTP_HOST and its kin.")] = False,
) -> None:
    """Write the batch as a mail, failures first; nothing is sent unless asked for."""
    from kpi_lib.batch.digest import digest as batch_digest
    from kpi_lib.batch.digest import send as send_mail
    from kpi_lib.batch.plan import file_stem
    from kpi_lib.batch.publish import write_whole
    from kpi_lib.batch.verdicts import read_verdicts
    from kpi_lib.text import language

    loaded, folder, manifest = _batch(project, reports)
    verdicts = read_verdicts(manifest, folder)
    receivers = [one.strip() for one in to.split(",") if one.strip()]
    asked = [language(one.strip()).lang for one in lang.split(",") if one.strip()] or manifest.languages
    mails = {
        one: batch_digest(manifest, verdicts, loaded, one, sender=sender, to=receivers, link=link) for one in asked
    }
    for one, mail in mails.items():
        path = folder / f"{file_stem('digest', one)}.eml"
        write_whole(path, mail.as_bytes().decode("ascii"))
        out.print(str(path))
    if not send:
        out.print("Not sent: this was a dry run; add --send to send.")
        return
    for mail in mails.values():
        send_mail(mail, os.environ)
    out.print(f"Sent to {', '.join(receivers)}")


@app.command()
def pdf(
    report: Annotated[Path, typer.Argument(help="Page of a report, such as reports/chengdu/2_scorecard.html.")],
    target: Annotated[Path | None, typer.Option("--to", help="File to write; beside the page by default.")] = None,
    engine: Annotated[
        Literal["auto", "chromium", "weasyprint"], typer.Option(help="What prints it; auto: what is there.")
    ] = "auto",
) -> None:
    """Write a report as PDF, A4."""
    from kpi_lib.batch.pdf import to_pdf

    path = target or report.with_suffix(".pdf")
    made_by = to_pdf(report, path, engine=engine)
    out.print(f"{path} ({made_by})")


def _batch(project: Path, reports: Path | None) -> tuple[Project, Path, Manifest]:
    from kpi_lib.batch.manifest import NAME, read_manifest
    from kpi_lib.params import load_project

    loaded = load_project(project.resolve())
    folder = reports or loaded.root / loaded.run.out
    manifest = read_manifest(folder)
    if manifest is None:
        raise InputError(Issue(str(folder / NAME), "there are no reports of this version here", "make them: kpi run"))
    return loaded, folder, manifest
