"""From the staging folder to the reports: whole files only, and nothing old left where a run failed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from kpi_lib.batch.failed_page import failed_page
from kpi_lib.batch.outcome import RunResult


def publish(result: RunResult, out: Path, *, with_results: bool) -> tuple[str, ...]:
    """Put a run's page, notebook and results in their places; return the results' addresses below ``out``.

    Parameters
    ----------
    result
        How the run ended. A failed run's page says so, at the same address; its results folder is emptied, because
        figures of another day beside it would be taken for this run's.
    out
        Folder of the reports.
    with_results
        Whether this run's results are the ones to keep; runs of other languages bring the same figures.
    """
    spec = result.spec
    if result.page.exists():
        replace(result.page, out / spec.page)
    elif result.failure:
        write_whole(out / spec.page, failed_page(spec, result.failure))
    if result.executed.exists():
        replace(result.executed, out / spec.executed)
    else:
        (out / spec.executed).unlink(missing_ok=True)
    if not with_results:
        return ()
    made = _files(result.results) if result.ok else []
    for relative in made:
        replace(result.results / relative, out / spec.results / relative)
    for relative in set(_files(out / spec.results)) - set(made):
        (out / spec.results / relative).unlink()
    return tuple((spec.results / relative).as_posix() for relative in made)


def write_whole(target: Path, text: str) -> None:
    """Write a text file so that a reader finds the old one or the new one, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    temporary.write_text(text, encoding="utf-8")
    replace(temporary, target)


def replace(source: Path, target: Path) -> None:
    """Move a finished file over ``target``, its content on the disk before its name."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with source.open("rb+") as opened:
        os.fsync(opened.fileno())
    try:
        source.replace(target)
    except OSError:
        # Another file system: copy beside the target first, then rename.
        temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
        shutil.copyfile(source, temporary)
        temporary.replace(target)


def _files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
