"""Pages of a batch in a real browser: nothing asked for, nothing complained of, readable on a telephone, no boxes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
import nbformat
import pytest
from matplotlib.figure import Figure
from PIL import Image

from kpi_lib.batch.export import export_page
from kpi_lib.batch.failed_page import failed_page
from kpi_lib.batch.index import write_index
from kpi_lib.batch.manifest import Manifest, RunRecord
from kpi_lib.batch.outcome import Failure, FailureKind
from kpi_lib.batch.page import Link, PageInfo
from kpi_lib.batch.plan import RunSpec
from kpi_lib.params import load_project
from kpi_lib.text import Text

ROOT = Path(__file__).parents[2]
WIDTHS = (360, 1200)
PAGES = ("failed", "index", "index.zh", "report", "report.zh")
MADE_AT = "2025-12-04T09:00:00+00:00"
LONG_WORD = "a_long_name_without_any_blank_" * 9
FAILURE = Failure(FailureKind.CELL_ERROR, "KeyError", LONG_WORD, 4, "x = frame['a']\n" * 3, "Traceback " * 40)


def drawing() -> str:
    """Return a drawing as the plots make them: SVG with real text."""
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure = Figure(figsize=(9, 3))
        axes = figure.add_subplot()
        axes.plot([1, 2, 3], [1, 3, 2])
        axes.set_title("Rising")
        target = io.StringIO()
        figure.savefig(target, format="svg")
    return target.getvalue()


def report(lang: Any) -> str:
    """Return a page with what is hard to fit: a table of many columns, a wide drawing, long words and lines."""
    columns = "".join(f"<th>2024-{month:02}</th><td>{month / 7:.6f}</td>" for month in range(1, 25))
    table = f"<table><caption>客户满意度 by month</caption><tr>{columns}</tr></table>"
    outputs = [
        nbformat.v4.new_output("display_data", {"text/html": table}),
        nbformat.v4.new_output("display_data", {"image/svg+xml": drawing()}, metadata={"alt": "Rising"}),
        nbformat.v4.new_output("stream", name="stdout", text=LONG_WORD),
        nbformat.v4.new_output("display_data", {"text/plain": "0.1234567890 " * 60}),
    ]
    cells = [
        nbformat.v4.new_markdown_cell("# Scorecard 计分卡\n\n## Verdict\n\n" + LONG_WORD),
        nbformat.v4.new_code_cell("show(" + "x, " * 99 + ")", outputs=outputs),
        nbformat.v4.new_markdown_cell("## 一次修复率"),
    ]
    others = (Link("2_scorecard.zh.html", "中文", "zh-CN"),)
    info = PageInfo(
        lang, "Sample company", "成都", "2025-11", "2_scorecard", "../index.html", others, "2_scorecard.ipynb"
    )  # fmt: skip
    return export_page(nbformat.v4.new_notebook(cells=cells), info).html


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("reports")
    project = load_project(ROOT)
    runs = tuple(
        RunRecord(
            branch, notebook, "en", "2025-11", "failed" if branch == "kunming" else "ok", 1.0,
            MADE_AT,
            f"{branch}/{notebook}.html", f"{branch}/{notebook}.ipynb", {}, (), "Scorecard",
            FAILURE if branch == "kunming" else None,
        )
        for branch in project.branches.branches
        for notebook in ("1_data_quality", "2_scorecard")
    )  # fmt: skip
    sources = ({"name": "tickets", "rows": 18000, "sha256": "0123456789abcdef"},)
    newest = {"chengdu": "2025-12-02T18:00:00", "suining": "2025-11-12T09:00:00"}
    manifest = Manifest(
        "2025-11", "2025-12-03 08:00:00", sources, ("en", "zh"), MADE_AT, MADE_AT, 1.0, 2, {}, runs, newest
    )
    write_index(manifest, project, out)
    text = Text("Kunming", "昆明")
    spec = RunSpec("kunming", "n", "zh", "2025-11", ROOT, ROOT, out, text, text, ("en", "zh"), "index.zh.html")
    (out / "report.html").write_text(report("en"), encoding="utf-8")
    (out / "report.zh.html").write_text(report("zh"), encoding="utf-8")
    (out / "failed.html").write_text(failed_page(spec, FAILURE), encoding="utf-8")
    return {path.stem: path for path in sorted(out.glob("*.html"))}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_complains_of_nothing_and_fits(
    browser: Any, pages: dict[str, Path], name: str, width: int
) -> None:
    browser.open(pages[name], width=width)
    assert browser.requests() == []
    assert browser.complaints() == []
    page, window = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert page <= window == width


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_what_readers_by_ear_need(browser: Any, pages: dict[str, Path], name: str) -> None:
    browser.open(pages[name])
    lang = "zh-CN" if ".zh" in name or name == "failed" else "en"
    assert browser.run("return document.documentElement.lang") == lang
    assert browser.run("return document.querySelectorAll('main').length") == 1
    assert browser.run("return document.querySelectorAll('h1').length") == 1
    named = (
        "return [...document.querySelectorAll('[role=img], [role=region], nav, img')].map(e => e.ariaLabel || e.alt)"
    )
    assert all(browser.run(named))


def test_the_contents_lead_to_every_part(browser: Any, pages: dict[str, Path]) -> None:
    shown = "[...document.querySelectorAll('.contents')].filter(one => one.checkVisibility())"
    for width, place in ((1200, "wide"), (360, "narrow")):
        browser.open(pages["report"], width=width)
        assert browser.run(f"return {shown}.map(one => one.classList[1])") == [place]
        targets = f"{shown}.flatMap(one => [...one.querySelectorAll('a')])"
        texts = f"return {targets}.map(a => document.querySelector(a.hash)?.textContent)"
        assert browser.run(texts) == ["Verdict", "一次修复率"]


def test_a_drawing_keeps_its_text(browser: Any, pages: dict[str, Path]) -> None:
    browser.open(pages["report"])
    assert "Rising" in browser.run("return document.querySelector('figure svg').textContent")
    assert browser.run("return document.querySelector('figure svg').getBoundingClientRect().width") > 300


def test_chinese_is_not_boxes(browser: Any, tmp_path: Path) -> None:
    """Different characters look different; boxes all look like that of a character no font has."""
    if not any("CJK" in path.name or "wqy" in path.name for path in Path("/usr/share/fonts").rglob("*.tt[cf]")):
        pytest.skip("needs a Chinese font: apt-get install fonts-noto-cjk")
    characters = dict(zip("abc", "满意\ue000", strict=True))
    shown = "".join(f'<p><strong id="{place}">{character}</strong></p>' for place, character in characters.items())
    cell = nbformat.v4.new_markdown_cell(shown)
    info = PageInfo("zh", "x", "x", "2025-11", "n", "../index.html", (), "n.ipynb")
    page = tmp_path / "page.html"
    page.write_text(export_page(nbformat.v4.new_notebook(cells=[cell]), info).html, encoding="utf-8")
    browser.open(page)
    looks = set()
    for place in characters:
        file = tmp_path / f"{place}.png"
        browser.driver.find_element("id", place).screenshot(str(file))
        with Image.open(file) as image:
            looks.add(image.convert("L").resize((24, 24)).tobytes())
    assert len(looks) == 3


def test_a_page_prints_without_its_frame(browser: Any, pages: dict[str, Path]) -> None:
    browser.open(pages["report"])
    browser.on("print")
    frame = "return [...document.querySelectorAll('.contents, .languages, details.code')]"
    assert browser.run(f"{frame}.length") > 0
    assert browser.run(f"{frame}.filter(e => e.offsetParent).length") == 0
    browser.on("")


def test_a_page_is_dark_where_the_reader_wants_it(browser: Any, pages: dict[str, Path]) -> None:
    browser.open(pages["report"])
    ground = "return getComputedStyle(document.body).backgroundColor"
    light = browser.run(ground)
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": dark})
    assert browser.run(ground) != light
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_the_date_of_the_data_is_written_for_people(browser: Any, pages: dict[str, Path]) -> None:
    browser.open(pages["index"])
    assert "Data as of 3 Dec 2025, 08:00" in browser.run("return document.body.innerText")
