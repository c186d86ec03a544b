"""A report as PDF: by a Chromium on the machine, or by WeasyPrint from the extra ``[pdf]``."""

from __future__ import annotations

import importlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Literal

from kpi_lib.batch.publish import replace
from kpi_lib.batch.styles import inline_styles
from kpi_lib.errors import InputError, Issue, RunError

Engine = Literal["auto", "chromium", "weasyprint"]

BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
    "microsoft-edge",
)
"""Programs that print a page to PDF, the ones looked for first."""

TIMEOUT_SECONDS = 120
"""Chromium prints a report in three seconds."""

REMEDY = "install Chromium (apt-get install chromium), or WeasyPrint: pip install 'aftersales-kpi[pdf]'"


def find_browser() -> str | None:
    """Return the program that prints pages, or None where there is none on the path."""
    return next((found for name in BROWSERS if (found := shutil.which(name))), None)


def to_pdf(page: Path, target: Path, *, engine: Engine = "auto") -> str:
    """Write a report as an A4 PDF and return what made it.

    Parameters
    ----------
    page
        The report.
    target
        File to write; a reader finds the whole of it or the old one.
    engine
        ``auto`` takes Chromium where there is one, WeasyPrint otherwise.

    Raises
    ------
    InputError
        No such page, or nothing at hand that prints it.
    RunError
        What prints it failed.
    """
    if not page.is_file():
        raise InputError(Issue(str(page), "there is no such report"))
    browser = find_browser() if engine != "weasyprint" else None
    weasyprint = None if browser or engine == "chromium" else _weasyprint()
    if browser is None and weasyprint is None:
        raise InputError(Issue("kpi pdf", f"nothing here prints a page to PDF (asked for: {engine})", REMEDY))
    with tempfile.TemporaryDirectory(prefix="kpi-pdf-") as folder:
        made = Path(folder) / "page.pdf"
        if browser:
            _print(browser, page, made, Path(folder) / "profile")
        else:
            _lay_out(weasyprint, page, made)
        replace(made, target)
    return "chromium" if browser else "weasyprint"


def _print(browser: str, page: Path, made: Path, profile: Path) -> None:
    # A browser run by root has no sandbox to put itself in; the page holds no script.
    alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    command = [
        browser, "--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", *alone,
        f"--user-data-dir={profile}", "--no-pdf-header-footer", f"--print-to-pdf={made}", page.resolve().as_uri(),
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise RunError(Issue(str(page), f"{browser} did not print it within {TIMEOUT_SECONDS} s")) from error
    if done.returncode or not made.exists():
        raise RunError(Issue(str(page), f"{browser} did not print it", done.stderr.strip()[-500:]))


def _lay_out(weasyprint: Any, page: Path, made: Path) -> None:
    html = inline_styles(page.read_text(encoding="utf-8"))
    weasyprint.HTML(string=html, url_fetcher=_refuse).write_pdf(str(made), pdf_tags=True)


def _weasyprint() -> Any:
    try:
        return importlib.import_module("weasyprint")
    except (ImportError, OSError):
        # OSError: WeasyPrint is there, the system's Pango is not.
        return None


def _refuse(url: str, *_: object, **__: object) -> dict[str, object]:
    raise ValueError(f"a report asks for nothing, but this one asked for {url[:80]}")
