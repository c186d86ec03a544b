"""The sample's pages in a real browser: light, alone, readable on a telephone and by ear, the verdict first."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BRANCH = "kunming"
NOTEBOOKS = tuple(sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")))
STEMS = tuple(f"{notebook}{lang}" for notebook in NOTEBOOKS for lang in ("", ".zh"))
INDEXES = tuple(f"index{lang}{view}" for lang in ("", ".zh") for view in ("", ".weakest", ".fallen", ".name"))
PAGES = (*(f"{BRANCH}/{stem}" for stem in STEMS), "index", "index.zh.fallen")
MAX_BYTES = 200_000
TELEPHONE = (360, 780)
FAMILIES = ("Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei")
"""One family with Chinese of Linux, macOS and Windows each."""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the reports of one branch of the sample company, as its analyst does."""
    out = tmp_path_factory.mktemp("reports")
    asked = ("--project", str(ROOT), "--branches", BRANCH, "--lang", "en,zh", "--jobs", "2", "--out", str(out))
    command = [sys.executable, "-c", "from kpi_lib.cli import main; main()", "run", *asked]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    return out


def test_no_page_weighs_more_than_two_hundred_kilobytes(reports: Path) -> None:
    weights = {page.relative_to(reports).as_posix(): page.stat().st_size for page in reports.rglob("*.html")}
    assert len(weights) == len(STEMS) + len(INDEXES)
    assert {page: weight for page, weight in weights.items() if weight > MAX_BYTES} == {}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_clean(browser: Any, axe: str, reports: Path, name: str) -> None:
    """Nothing asked for, nothing complained of, no scroll sideways, nothing serious for axe, on both screens."""
    screens = ((1280, False), (TELEPHONE[0], True))
    for width, dark in screens[".zh" in name :]:
        browser.prefers(dark=dark)
        browser.open(reports / f"{name}.html", width=width)
        assert browser.requests() == []
        assert browser.complaints() == []
        page, window = browser.run("return [document.documentElement.scrollWidth, window.innerWidth]")
        assert page <= window == width
        browser.run("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert browser.violations(axe) == []
    browser.prefers(dark=False)


@pytest.mark.parametrize("name", [f"{BRANCH}/{stem}" for stem in STEMS])
def test_the_first_screen_of_a_telephone_says_the_verdict(browser: Any, reports: Path, name: str) -> None:
    width, height = TELEPHONE
    browser.open(reports / f"{name}.html", width=width)
    headline, first = "document.querySelector('.headline')", "document.querySelector('main summary h2')"
    assert browser.run(f"return {headline}.getBoundingClientRect().bottom") < height
    assert browser.run(f"return {headline}.closest('details') === {first}.closest('details')")
    code = "[...document.querySelectorAll('details.code')]"
    assert browser.run(f"return {code}.every(one => !one.open)")
    assert browser.run(f"return {code}[0].getBoundingClientRect().top > {headline}.getBoundingClientRect().bottom")


@pytest.mark.parametrize("name", [f"{BRANCH}/{stem}" for stem in STEMS])
def test_every_figure_has_words_and_its_data(browser: Any, reports: Path, name: str) -> None:
    browser.open(reports / f"{name}.html")
    told = """return [...document.querySelectorAll('figure')].map(figure => ({
        drawings: figure.querySelectorAll('svg').length,
        silent: [...figure.querySelectorAll('svg')].filter(one => !(one.ariaLabel || '').trim()).length,
        caption: figure.querySelector('figcaption')?.textContent.trim().length || 0,
        rows: figure.querySelectorAll('details tbody tr').length}))"""
    figures = browser.run(told)
    assert all(one["drawings"] and not one["silent"] and one["caption"] > 10 and one["rows"] for one in figures)
    assert len(figures) >= (4 if "2_scorecard" in name else 0)


def test_the_words_of_a_drawing_are_text_in_fonts_of_every_system(browser: Any, reports: Path) -> None:
    browser.open(reports / BRANCH / "2_scorecard.zh.html")
    words = "[...document.querySelectorAll('figure svg text')]"
    assert "综合得分" in browser.run(f"return {words}.map(one => one.textContent).join(' ')")
    families = browser.run(f"return {words}.map(one => getComputedStyle(one).fontFamily)")
    assert all(family in one for one in families for family in FAMILIES)


def test_a_table_scrolls_on_a_telephone_with_its_row_names_in_sight(browser: Any, reports: Path) -> None:
    browser.open(reports / BRANCH / "2_scorecard.html", width=TELEPHONE[0])
    table = "document.querySelector('.scroll:has(thead th:nth-child(5))')"
    wide, seen = browser.run(f"return [{table}.scrollWidth, {table}.clientWidth]")
    assert wide > seen
    place = f"{table}.querySelector('tbody th').getBoundingClientRect().left"
    before = browser.run(f"return {place}")
    browser.run(f"{table}.scrollLeft = 200")
    assert browser.run(f"return {table}.scrollLeft") == 200
    assert browser.run(f"return {place}") == before
    assert browser.run(f"return getComputedStyle({table}.querySelector('td')).fontSize.replace('px', '') >= 13")


def test_the_language_switch_leads_to_the_same_page(browser: Any, reports: Path) -> None:
    for name in (f"{BRANCH}/2_scorecard", "index.weakest"):
        browser.open(reports / f"{name}.html")
        browser.driver.find_element("css selector", ".languages a").click()
        assert browser.run("return document.documentElement.lang") == "zh-CN"
        browser.driver.find_element("css selector", ".languages a").click()
        assert browser.driver.current_url == (reports / f"{name}.html").as_uri()


def test_what_is_folded_on_the_screen_is_whole_on_paper(browser: Any, reports: Path) -> None:
    browser.open(reports / BRANCH / "2_scorecard.html")
    browser.run("document.querySelectorAll('details.part').forEach(one => one.open = false)")
    last = "[...document.querySelectorAll('.part table')].at(0)"
    assert browser.run(f"return {last}.checkVisibility({{contentVisibilityAuto: true}})") is False
    browser.on("print")
    assert browser.run(f"return {last}.checkVisibility({{contentVisibilityAuto: true}})") is True
    browser.on("")


def test_axe_does_find_what_is_wrong(browser: Any, axe: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!DOCTYPE html><html><body><img src='data:,'><a href='x'></a></body></html>", encoding="utf-8")
    browser.open(page)
    assert {found.split(":")[0] for found in browser.violations(axe)} >= {"html-has-lang", "image-alt", "link-name"}
