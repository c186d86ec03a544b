"""From the staging folder to the reports: whole files only, and nothing old left where a run failed."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import socket
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from kpi_lib.batch.failed_page import failed_page
from kpi_lib.batch.outcome import RunResult
from kpi_lib.batch.plan import RunSpec

_PART = ".part"


@dataclass(frozen=True)
class Published:
    """What a run put in place: the results' addresses below the reports, and the digest of every file by address."""

    results: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)


def publish(result: RunResult, out: Path, *, with_results: bool) -> Published:
    """Put a run's page, notebook and results in their places; return what was put there.

    Parameters
    ----------
    result
        How the run ended. A failed run's page says so, at the same address; its results folder is emptied, because
        figures of another day beside it would be taken for this run's. The report that was there steps aside.
    out
        Folder of the reports.
    with_results
        Whether this run's results are the ones to keep; runs of other languages bring the same figures.
    """
    spec, files = result.spec, dict[str, str]()

    def put(source: Path, address: PurePosixPath) -> None:
        files[address.as_posix()] = sha256_of(source)
        replace(source, out / address)

    made: list[Path] = []
    if with_results:
        made = _files(result.results) if result.ok else []
        for relative in made:
            put(result.results / relative, spec.results / relative.as_posix())
        for relative in set(_files(out / spec.results)) - set(made):
            (out / spec.results / relative).unlink()
    if result.executed.exists():
        put(result.executed, spec.executed)
    else:
        (out / spec.executed).unlink(missing_ok=True)
    if not result.ok and spec.last_good and (out / spec.page).exists() and not (out / last_good_page(spec)).exists():
        replace(out / spec.page, out / last_good_page(spec))
    if result.page.exists():
        put(result.page, spec.page)
    elif result.failure:
        write_whole(out / spec.page, failed_page(spec, result.failure, last_good=spec.last_good))
        files[spec.page.as_posix()] = sha256_of(out / spec.page)
    if result.ok:
        (out / last_good_page(spec)).unlink(missing_ok=True)
    return Published(tuple((spec.results / relative.as_posix()).as_posix() for relative in made), files)


def last_good_page(spec: RunSpec) -> PurePosixPath:
    """Return where the last report goes when the run after it fails, below the folder of the reports."""
    return spec.page.with_name(f"{spec.page.stem}.last-good.html")


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_whole(target: Path, text: str) -> None:
    """Write a text file so that a reader finds the old one or the new one, never a part."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _beside(target)
    temporary.write_text(text, encoding="utf-8")
    replace(temporary, target)


def replace(source: Path, target: Path) -> None:
    """Move a finished file over ``target``, its content on the disk before its name, its name before this returns."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _to_disk(source)
        source.replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        # Another file system: copy beside the target first, then rename.
        temporary = _beside(target)
        shutil.copyfile(source, temporary)
        _to_disk(temporary)
        temporary.replace(target)
    _to_disk(target.parent)


def left_behind(out: Path) -> list[Path]:
    """Return the unfinished files in ``out`` whose writer, a process of this machine, is gone."""
    return [path for path in out.rglob(f".*{_PART}") if _writer_is_gone(path)]


def _beside(target: Path) -> Path:
    return target.with_name(f".{target.name}.{socket.gethostname()}.{os.getpid()}{_PART}")


def _writer_is_gone(path: Path) -> bool:
    machine, _, process = path.name.removesuffix(_PART).rpartition(".")
    if not machine.endswith(f".{socket.gethostname()}") or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return int(process) == os.getpid()


def _to_disk(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return  # a folder cannot be opened there
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _files(folder: Path) -> list[Path]:
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
