"""The whole batch through real kernels: one branch poisoned, the others whole."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kpi_lib.batch import Inputs, Making, plan_batch, run_batch
from kpi_lib.batch.execute import Attempt
from kpi_lib.batch.index import write_index
from kpi_lib.batch.manifest import read_manifest
from kpi_lib.errors import InputError

INPUTS = Inputs(({"name": "tickets", "rows": 3, "sha256": "abc"},), datetime(2025, 12, 3, 8))
POISON = "assert branch != 'kunming', 'poisoned'"


def planned(project: Any, out: Path, **changed: Any) -> Any:
    request: dict[str, Any] = {
        "period": "2025-11", "branches": ["chengdu", "kunming"], "notebooks": "all", "languages": ["en", "zh"],
    }  # fmt: skip
    return plan_batch(project, **{**request, **changed}, out=out)


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_one_poisoned_branch_leaves_the_others_whole(make_project: Any, results_cell: str, tmp_path: Path) -> None:
    out = tmp_path / "reports"
    project = make_project(_2_scorecard=(results_cell, POISON))
    done: list[Attempt] = []
    manifest = run_batch(project, planned(project, out), INPUTS, Making(jobs=2, on_done=done.append))
    assert len(done) == 4
    assert [(run.branch, run.lang, run.status) for run in manifest.runs] == [
        ("chengdu", "en", "ok"), ("chengdu", "zh", "ok"), ("kunming", "en", "failed"), ("kunming", "zh", "failed"),
    ]  # fmt: skip
    assert [name for name in files(out) if not name.startswith(("all/", "index."))] == [
        "chengdu/2_scorecard.html", "chengdu/2_scorecard.ipynb", "chengdu/2_scorecard.zh.html",
        "chengdu/2_scorecard.zh.ipynb", "chengdu/2_scorecard/indicators.csv", "chengdu/2_scorecard/summary.json",
        "kunming/2_scorecard.html", "kunming/2_scorecard.ipynb", "kunming/2_scorecard.zh.html",
        "kunming/2_scorecard.zh.ipynb",
        "manifest.json", "manifest.jsonl",
    ]  # fmt: skip
    # The results are those of the first language, whichever run ended first.
    assert pd.read_csv(out / "chengdu" / "2_scorecard" / "indicators.csv")["lang"].tolist() == ["en"]
    assert not [path for path in out.iterdir() if path.name.startswith(".")]
    index = (out / "index.html").read_text(encoding="utf-8")
    assert index.index("poisoned") < index.index("81.3")
    written = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert written["sources"] == list(INPUTS.sources)
    assert written["runs"][0]["parameters"]["branch"] == "chengdu"
    assert written["runs"][0]["title"] == "Tiny report"
    assert written["runs"][3]["failure"]["message"] == "poisoned"
    assert (out / "kunming" / "2_scorecard.html").read_text(encoding="utf-8").count("poisoned") >= 1

    # The one branch mended and run again: the index keeps the other.
    project_notebook = tmp_path / "project" / "notebooks" / "2_scorecard.ipynb"
    project_notebook.write_text(project_notebook.read_text().replace("!= 'kunming'", "!= 'nobody'"))
    again = run_batch(project, planned(project, out, branches=["kunming"], languages=["en"]), INPUTS, Making())
    assert [(run.branch, run.lang, run.status) for run in again.runs] == [
        ("chengdu", "en", "ok"),
        ("kunming", "en", "ok"),
    ]
    assert (out / "kunming" / "2_scorecard" / "indicators.csv").exists()


def test_the_shard_that_ends_last_tells_of_all(
    make_project: Any, results_cell: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first shard is held up where it has gathered what is there and not yet written the index of it.
    project, out = make_project(_2_scorecard=(results_cell,)), tmp_path / "reports"
    specs, other_ended = planned(project, out, languages=["en"]), threading.Event()
    slow: list[bool] = []

    def write(*given: Any) -> None:
        if not slow:
            slow.append(True)
            first_gathered.set()
            other_ended.wait(3)
        write_index(*given)

    first_gathered = threading.Event()
    monkeypatch.setattr("kpi_lib.batch.batch.write_index", write)
    first = threading.Thread(target=run_batch, args=(project, specs, INPUTS, Making(shard=(1, 2))))
    first.start()
    assert first_gathered.wait(60)
    run_batch(project, specs, INPUTS, Making(shard=(2, 2)))
    other_ended.set()
    first.join()
    index = (out / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{branch}/2_scorecard.html"' in index for branch in ("chengdu", "kunming"))
    manifest = read_manifest(out)
    assert manifest is not None
    assert [run.branch for run in manifest.runs] == ["chengdu", "kunming"]
    assert pd.read_csv(out / "all" / "2_scorecard" / "indicators.csv")["branch"].tolist() == ["chengdu", "kunming"]


def test_a_project_without_its_own_notebooks_takes_those_of_the_package(make_project: Any, tmp_path: Path) -> None:
    sources = {spec.source.name for spec in planned(make_project(), tmp_path)}
    assert {"1_data_quality.ipynb", "2_scorecard.ipynb"} <= sources


def test_a_project_s_own_notebooks_come_first(make_project: Any, tmp_path: Path) -> None:
    project = make_project(_mine=("1",))
    assert {spec.source for spec in planned(project, tmp_path)} == {project.root / "notebooks" / "mine.ipynb"}


def test_a_folder_of_notebooks_with_none_is_told(make_project: Any, tmp_path: Path) -> None:
    project = make_project()
    (project.root / "notebooks").mkdir()
    with pytest.raises(InputError, match="no notebook"):
        planned(project, tmp_path)


def test_every_problem_of_every_notebook_is_told_before_anything_starts(
    make_project: Any, write_notebook: Any, tmp_path: Path
) -> None:
    project = make_project(_1_good=("1",), _2_silent=("1",), _3_misread=("1",))
    folder = project.root / "notebooks"
    for name, change in (("2_silent", {"kernelspec": {}}), ("3_misread", {"kpi_reads": ["exports", "company_figure"]})):
        content = json.loads((folder / f"{name}.ipynb").read_text(encoding="utf-8"))
        content["metadata"] = {**content["metadata"], **change}
        (folder / f"{name}.ipynb").write_text(json.dumps(content), encoding="utf-8")
    (folder / "4_text.ipynb").write_text("no notebook", encoding="utf-8")
    (folder / "5_bare.ipynb").write_text(
        json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}), encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        planned(project, tmp_path, branches=["chengdu", "kunmin"])
    assert [(issue.where, issue.problem.split(":")[0]) for issue in caught.value.issues] == [
        ("branch", "there is no branch 'kunmin'"),
        ("2_silent.ipynb", "does not say its language"),
        ("3_misread.ipynb", "there is no kpi_reads 'company_figure'"),
        ("4_text.ipynb", "is no notebook"),
        ("5_bare.ipynb", "does not say its language"),
        ("5_bare.ipynb", "has no cell tagged 'parameters'"),
    ]
    assert all(issue.hint for issue in caught.value.issues)
    assert [spec.notebook for spec in planned(project, tmp_path, notebooks=["1_good"], languages=["en"])] == [
        "1_good", "1_good",
    ]  # fmt: skip


def test_a_folder_that_cannot_be_written_is_told(make_project: Any, tmp_path: Path) -> None:
    project = make_project(_mine=("1",))
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        run_batch(project, planned(project, tmp_path / "taken"), INPUTS, Making())
