from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from kpi_lib.batch.index import index_page, write_index
from kpi_lib.batch.manifest import Manifest, RunRecord
from kpi_lib.batch.outcome import Failure, FailureKind
from kpi_lib.batch.verdicts import Verdict, read_verdicts
from kpi_lib.params import Project

HISTORY = (("2025-09", 60.0), ("2025-10", None), ("2025-11", 70.0))
BRANCHES = ("chengdu", "suining", "kunming")


def record(branch: str, notebook: str, *, ok: bool = True) -> RunRecord:
    failure = None if ok else Failure(FailureKind.CELL_ERROR, "KeyError", "<img src=x onerror=alert(1)>", cell=4)
    results = (f"{branch}/{notebook}/summary.json",) if ok and notebook == "2_scorecard" else ()
    title = "Scorecard" if ok and notebook == "2_scorecard" else ""
    return RunRecord(
        branch, notebook, "en", "2025-11", "ok" if ok else "failed", 1.0, "2025-12-04T09:00:00+00:00",
        f"{branch}/{notebook}.html", f"{branch}/{notebook}.ipynb", {}, results, title, failure,
    )  # fmt: skip


def manifest(*runs: RunRecord, newest: dict[str, str] | None = None) -> Manifest:
    return Manifest(
        "2025-11", "2025-12-03 08:00:00", ({"name": "tickets", "rows": 18000, "sha256": "abcdef0123456789"},),
        ("en", "zh"), "2025-12-04T08:59:00+00:00", "2025-12-05T09:00:00+00:00", 1.0, 2, {}, runs, newest or {},
    )  # fmt: skip


def summary(composite: float | None, **more: Any) -> dict[str, Any]:
    verdict = {"composite": composite, "lo": 70.0, "hi": 90.0, "grade": "good", "change": 2.5, "change_clear": True}
    return {**verdict, "scenarios": {"speed_first": 77.25}, **more}


def cells(page: str) -> list[list[str]]:
    """Text of every row of every table."""

    class Rows(HTMLParser):
        rows: list[list[str]]

        def __init__(self) -> None:
            super().__init__()
            self.rows = []
            self.inside = False

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            if tag == "tr":
                self.rows.append([])
            elif tag in {"td", "th"}:
                self.rows[-1].append("")
                self.inside = True

        def handle_endtag(self, tag: str) -> None:
            self.inside = self.inside and tag not in {"td", "th"}

        def handle_data(self, data: str) -> None:
            if self.inside:
                self.rows[-1][-1] += data

    parser = Rows()
    parser.feed(page)
    return [[cell.strip() for cell in row] for row in parser.rows]


@pytest.fixture
def page(make_project: Any) -> Any:
    project: Project = make_project()

    def make(
        runs: list[RunRecord], summaries: dict[str, Any], lang: Any = "en", newest: Any = None, **options: Any
    ) -> str:
        verdicts = {branch: Verdict.of(said, HISTORY) for branch, said in summaries.items()}
        return index_page(manifest(*runs, newest=newest), verdicts, project, lang, **options)

    return make


def test_failures_come_first_then_the_best(page: Any) -> None:
    runs = [record(branch, "2_scorecard", ok=branch != "suining") for branch in BRANCHES]
    html = page(runs, {"chengdu": summary(61.0), "kunming": summary(81.25)})
    rows = [row[0] for row in cells(html)[1:4]]
    assert rows == ["Suining", "Kunming", "Chengdu"]
    assert html.index("Reports that failed") < html.index("<table")
    assert "2 of 3 reports made" in html


def test_a_row_says_the_verdict(page: Any) -> None:
    runs = [record("chengdu", "1_data_quality"), record("chengdu", "2_scorecard")]
    header, row, *_ = cells(page(runs, {"chengdu": summary(81.25, change_lo=1.0, change_hi=4.0)}))
    assert header[7:9] == ["1 data quality", "Scorecard"]
    assert row[:4] == ["Chengdu", "81.370.0 – 90.0", "Good", "+2.5more than chance+1.0 – +4.0"]
    assert row[5:] == ["–", "all 2 made4 Dec 2025", "report", "report"]


def test_what_stands_out_leads_to_the_page_that_explains_it(tmp_path: Path, make_project: Any) -> None:
    runs = []
    for branch in BRANCHES[:2]:
        address = f"{branch}/4_root_cause/summary.json"
        (tmp_path / address).parent.mkdir(parents=True)
        said = {"sentence": {"en": f"{branch} <b>lost</b> points", "zh": "失分"}}
        (tmp_path / address).write_text(json.dumps(said if branch == "chengdu" else {}), encoding="utf-8")
        runs.append(replace(record(branch, "4_root_cause"), results=(address,)))
    verdicts = read_verdicts(manifest(*runs), tmp_path)
    html = index_page(manifest(*runs), verdicts, make_project(), "en")
    assert '<a href="chengdu/4_root_cause.html">Chengdu</a>: chengdu &lt;b&gt;lost&lt;/b&gt; points' in html
    assert html.count("4_root_cause.html") == 3, "two in the table, one below it"
    assert verdicts["chengdu"].composite is None


def test_the_course_of_the_composite_is_drawn_and_told(page: Any) -> None:
    html = page([record("chengdu", "2_scorecard")], {"chengdu": summary(70.0)})
    assert 'aria-label="Composite from 60.0 in 2025-09 to 70.0 in 2025-11; lowest 60.0, highest 70.0"' in html


def test_the_age_of_the_data_is_told(page: Any) -> None:
    assert "Data as of 3 Dec 2025, 08:00, 2 days old when these" in page([record("chengdu", "2_scorecard")], {})


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", ["Data tocompany: 2 Dec 2025", "2 Dec 2025", "30 Nov 2025", "29 Nov 2025⚠ 3 days behind", "–"]),
        ("zh", ["数据截至全公司：2025年12月2日", "2025年12月2日", "2025年11月30日", "2025年11月29日⚠ 晚3天", "–"]),
    ],
)
def test_each_branch_has_the_age_of_its_own_data_and_one_that_lags_is_marked(
    page: Any, lang: str, said: list[str]
) -> None:
    # Two days are within what params/run.yml allows, as after a weekend without a ticket.
    newest = {"chengdu": "2025-12-02T18:00:00", "suining": "2025-11-30T23:59:59", "kunming": "2025-11-29T00:00:00"}
    runs = [record(branch, "2_scorecard") for branch in (*BRANCHES, "neijiang")]
    html = page(runs, {"chengdu": summary(80.0), "suining": summary(70.0), "kunming": summary(60.0)}, lang, newest)
    assert [row[5] for row in cells(html)[:5]] == said
    assert html.count('<span class="chip worse">') == 1


VIEWED = {
    "best": ["Suining", "Kunming", "Chengdu", "Neijiang"], "weakest": ["Suining", "Chengdu", "Kunming", "Neijiang"],
    "fallen": ["Suining", "Kunming", "Chengdu", "Neijiang"], "name": ["Suining", "Chengdu", "Kunming", "Neijiang"],
}  # fmt: skip


@pytest.mark.parametrize("view", VIEWED)
def test_in_every_order_failures_come_first_and_branches_without_a_verdict_last(page: Any, view: str) -> None:
    runs = [record(branch, "2_scorecard", ok=branch != "suining") for branch in (*BRANCHES, "neijiang")]
    html = page(runs, {"chengdu": summary(61.0, change=1.0), "kunming": summary(81.0, change=-3.0)}, view=view)
    assert [row[0] for row in cells(html)[1:5]] == VIEWED[view]
    assert html.count('aria-current="page"') == 1


def test_every_order_leads_to_every_other_and_to_itself_in_the_other_language(
    make_project: Any, tmp_path: Path
) -> None:
    write_index(manifest(record("chengdu", "2_scorecard")), make_project(), tmp_path / "out")
    files = {path.name for path in (tmp_path / "out").glob("index*.html")}
    assert len(files) == 8
    for name in files:
        linked = set(re.findall(r'href="(index[^"]*)"', (tmp_path / "out" / name).read_text(encoding="utf-8")))
        assert linked <= files
        assert len(linked) == 5
        assert name in linked


@pytest.mark.parametrize("composite", [None, float("nan"), "n/a"])
def test_a_branch_without_a_composite_is_listed_with_a_dash(page: Any, composite: Any) -> None:
    runs = [record("kunming", "2_scorecard"), record("chengdu", "2_scorecard")]
    html = page(runs, {"kunming": summary(composite, change=None), "chengdu": summary(50.0)})
    assert [row[:2] for row in cells(html)[1:3]] == [["Chengdu", "50.070.0 – 90.0"], ["Kunming", "–70.0 – 90.0"]]


def test_branches_under_each_scenario(page: Any) -> None:
    html = page([record("chengdu", "2_scorecard")], {"chengdu": summary(81.25)})
    (row,) = [row for row in cells(html) if row[:2] == ["Chengdu", "81.3"]]
    assert row[2:] == ["77.3", "–"]


def test_the_message_of_a_failure_is_text(page: Any) -> None:
    html = page([record("chengdu", "2_scorecard", ok=False)], {})
    assert "<img" not in html
    assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_chinese(page: Any) -> None:
    html = page([record("chengdu", "2_scorecard")], {"chengdu": summary(81.25)}, "zh")
    assert '<html lang="zh-CN">' in html
    assert [cells(html)[1][0], cells(html)[1][2]] == ["成都", "良好"]


def test_only_verdicts_of_this_batch_are_read(tmp_path: Path) -> None:
    for branch in BRANCHES:
        (tmp_path / branch / "2_scorecard").mkdir(parents=True)
        (tmp_path / branch / "2_scorecard" / "summary.json").write_text(json.dumps(summary(50.0)))
    runs = manifest(record("chengdu", "2_scorecard"), record("kunming", "2_scorecard", ok=False))
    assert list(read_verdicts(runs, tmp_path)) == ["chengdu"]


def test_published_figures_that_moved_are_named_above_the_title(make_project: Any, tmp_path: Path) -> None:
    project, folder = make_project(), tmp_path / "out" / "chengdu" / "2_scorecard"
    folder.mkdir(parents=True)
    (folder / "summary.json").write_text(json.dumps(summary(66.0)), encoding="utf-8")
    (folder / "history.csv").write_text("kpi,period,value\ncsat_score,2025-10,4.2\n", encoding="utf-8")
    signed = project.root / "params" / "signed_off" / "2025-10.csv"
    signed.parent.mkdir()
    for published, moved in (("4.5", True), ("4.2", False)):
        signed.write_text(f"branch,kpi,period,value\nchengdu,csat_score,2025-10,{published}\n", encoding="utf-8")
        write_index(manifest(record("chengdu", "2_scorecard")), project, tmp_path / "out")
        html = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
        assert ('<p class="notice" role="note">Chengdu: Published figures have moved' in html) is moved
