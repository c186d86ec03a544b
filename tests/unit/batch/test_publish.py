from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from kpi_lib.batch.outcome import Failure, FailureKind, RunResult
from kpi_lib.batch.plan import RunSpec
from kpi_lib.batch.publish import publish, write_whole
from kpi_lib.text import Text

FAILURE = Failure(FailureKind.CELL_ERROR, "KeyError", "x")


@pytest.fixture
def staged(tmp_path: Path) -> Any:
    def make(failure: Failure | None = None, files: dict[str, str] | None = None, page: bool = True) -> RunResult:
        text = Text("Chengdu", "成都")
        spec = RunSpec(
            "chengdu", "2_scorecard", "en", "2025-11", Path("n.ipynb"), tmp_path, tmp_path / "out", text, text, ("en",),
            "index.html",
        )  # fmt: skip
        result = RunResult(spec, tmp_path / "staging", 1.0, failure)
        for name, content in (files or {}).items():
            (result.results / name).parent.mkdir(parents=True, exist_ok=True)
            (result.results / name).write_text(content)
        result.staged.mkdir(parents=True, exist_ok=True)
        if page:
            result.page.write_text("page")
            result.executed.write_text("notebook")
        return result

    return make


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_everything_gets_its_place(staged: Any, tmp_path: Path) -> None:
    made = publish(staged(files={"indicators.csv": "1", "more/history.csv": "2"}), tmp_path / "out", with_results=True)
    assert made.results == ("chengdu/2_scorecard/indicators.csv", "chengdu/2_scorecard/more/history.csv")
    assert files(tmp_path / "out") == [
        "chengdu/2_scorecard.html",
        "chengdu/2_scorecard.ipynb",
        "chengdu/2_scorecard/indicators.csv",
        "chengdu/2_scorecard/more/history.csv",
    ]
    assert list(made.files) == [*made.results, "chengdu/2_scorecard.ipynb", "chengdu/2_scorecard.html"]


def test_results_of_an_earlier_run_go(staged: Any, tmp_path: Path) -> None:
    publish(staged(files={"indicators.csv": "1", "dropped.csv": "2"}), tmp_path / "out", with_results=True)
    publish(staged(files={"indicators.csv": "3"}), tmp_path / "out", with_results=True)
    assert files(tmp_path / "out" / "chengdu" / "2_scorecard") == ["indicators.csv"]
    assert (tmp_path / "out" / "chengdu" / "2_scorecard" / "indicators.csv").read_text() == "3"


def test_a_failed_run_leaves_no_figures(staged: Any, tmp_path: Path) -> None:
    publish(staged(files={"indicators.csv": "1"}), tmp_path / "out", with_results=True)
    assert publish(staged(FAILURE, files={"half.csv": "1"}), tmp_path / "out", with_results=True).results == ()
    assert files(tmp_path / "out") == ["chengdu/2_scorecard.html", "chengdu/2_scorecard.ipynb"]


def test_a_run_that_left_nothing_gets_a_page_that_says_so(staged: Any, tmp_path: Path) -> None:
    publish(staged(), tmp_path / "out", with_results=True)
    publish(staged(FAILURE, page=False), tmp_path / "out", with_results=True)
    assert "could not be made" in (tmp_path / "out" / "chengdu" / "2_scorecard.html").read_text()
    assert not (tmp_path / "out" / "chengdu" / "2_scorecard.ipynb").exists()


def test_another_language_leaves_the_results_alone(staged: Any, tmp_path: Path) -> None:
    publish(staged(files={"indicators.csv": "1"}), tmp_path / "out", with_results=True)
    assert publish(staged(files={"indicators.csv": "2"}), tmp_path / "out", with_results=False).results == ()
    assert (tmp_path / "out" / "chengdu" / "2_scorecard" / "indicators.csv").read_text() == "1"


def test_a_write_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "a" / "index.html", "old")
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "a" / "index.html", "half \ud800")
    assert (tmp_path / "a" / "index.html").read_text() == "old"
