"""A report as PDF, by whatever prints here; a clear word where nothing does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from kpi_lib.batch import pdf
from kpi_lib.errors import InputError, RunError

PAGE = """<!DOCTYPE html><html lang="en"><head><style>#content .k0{fill:red}</style></head><body><main id="content">
<p>Hello</p><svg viewBox="0 0 9 9"><rect class="k0" width="9" height="9"/></svg></main></body></html>"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return path


@pytest.mark.skipif(pdf.find_browser() is None, reason="needs Chromium: apt-get install chromium")
def test_chromium_prints(page: Path) -> None:
    target = page.with_suffix(".pdf")
    assert pdf.to_pdf(page, target) == "chromium"
    assert target.read_bytes().startswith(b"%PDF")
    assert sorted(path.name for path in page.parent.iterdir()) == ["page.html", "page.pdf"]


def test_where_there_is_no_chromium_weasyprint_prints(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if pdf._weasyprint() is None:
        pytest.skip("needs the extra [pdf] and the system's Pango")
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert pdf.to_pdf(page, page.with_suffix(".pdf")) == "weasyprint"
    assert page.with_suffix(".pdf").read_bytes().startswith(b"%PDF")


def test_where_there_is_neither_the_remedy_is_told(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setattr(pdf, "_weasyprint", lambda: None)
    with pytest.raises(InputError, match=r"apt-get install chromium.*aftersales-kpi\[pdf\]"):
        pdf.to_pdf(page, page.with_suffix(".pdf"))


def test_no_such_report_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such report"):
        pdf.to_pdf(tmp_path / "x.html", tmp_path / "x.pdf")


def test_a_browser_that_fails_leaves_the_old_file(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = page.with_suffix(".pdf")
    target.write_bytes(b"old")
    monkeypatch.setattr(pdf, "find_browser", lambda: "/bin/false")
    with pytest.raises(RunError, match="did not print"):
        pdf.to_pdf(page, target)
    assert target.read_bytes() == b"old"
