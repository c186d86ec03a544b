"""The shards of a batch at the same time, as a scheduler starts them: real processes, one project, one folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from kpi_lib import cli
from kpi_lib.batch.manifest import read_manifest, read_records

REPOSITORY = Path(__file__).parents[2]
BRANCHES = ("chengdu", "suining", "neijiang", "mianyang", "kunming")
LANGS = ("en", "zh")
CODE = """
import json, pathlib
folder = pathlib.Path(out) / branch / NAME
folder.mkdir(parents=True, exist_ok=True)
(folder / "numbers.csv").write_text("kpi,value\\n" + "".join(f"{branch},{n}\\n" for n in range(200)))
(folder / "summary.json").write_text(json.dumps({"composite": 50.0 + len(branch), "grade": "good"}))
"""
NOTEBOOKS = ("1_first", "2_scorecard", "3_third")


@pytest.fixture(scope="module")
def root(small_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project with three tiny notebooks."""
    root = tmp_path_factory.mktemp("shards")
    shutil.copytree(small_project, root, dirs_exist_ok=True)
    (root / "notebooks").mkdir()
    real = nbformat.read(REPOSITORY / "notebooks" / "5_survey_sampling.ipynb", as_version=4)
    assert real.metadata["kpi_reads"] == []
    parameters = next(cell for cell in real.cells if "parameters" in cell.metadata.get("tags", []))
    for name in NOTEBOOKS:
        real.cells = [parameters, nbformat.v4.new_code_cell(f"NAME = {name!r}{CODE}")]
        nbformat.write(real, root / "notebooks" / f"{name}.ipynb")
    return root


def arguments(root: Path, out: str) -> list[str]:
    chosen = ["--branches", ",".join(BRANCHES), "--lang", ",".join(LANGS)]
    return ["--project", str(root), "--period", "2025-11", *chosen, "--out", str(root / out)]


@pytest.fixture(scope="module")
def shards(root: Path) -> list[tuple[int, str]]:
    """Exit status and standard error of both shards, started at once."""
    main = "from kpi_lib.cli import main; main()"
    command = [sys.executable, "-c", main, "run", *arguments(root, "reports"), "--jobs", "1"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    started = [
        subprocess.Popen(
            [*command, "--shard", f"{number}/2"], env=environment, text=True, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for number in (1, 2)
    ]  # fmt: skip
    return [(process.wait(), said) for process in started for said in [process.communicate()[1]]]


def kpi(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.setattr(sys, "argv", ["kpi", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_every_report_is_there_and_every_attempt_is_written_down(root: Path, shards: list[tuple[int, str]]) -> None:
    assert [status for status, _ in shards] == [0, 0], shards
    out = root / "reports"
    every = {(branch, notebook, lang) for branch in BRANCHES for notebook in NOTEBOOKS for lang in LANGS}
    pages = sorted(out.glob("*/*.html"))
    assert len(pages) == len(every) == 30
    assert all(page.read_text(encoding="utf-8").rstrip().endswith("</html>") for page in pages)
    lines = (out / "manifest.jsonl").read_text(encoding="utf-8").split("\n")
    assert lines.pop() == ""
    attempts = [json.loads(line) for line in lines]
    assert sorted((one["branch"], one["notebook"], one["lang"]) for one in attempts) == sorted(every)
    manifest = read_manifest(out)
    assert manifest is not None
    assert {run.run for run in manifest.runs} == every
    assert {run.status for run in manifest.runs} == {"ok"}
    assert {run.run: run for run in read_records(out)} == {run.run: run for run in manifest.runs}
    assert not list(out.rglob(".*"))


def test_index_and_tables_are_those_of_the_whole_batch_and_nothing_is_left_to_make(
    root: Path,
    shards: list[tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert kpi(monkeypatch, "run", *arguments(root, "whole"), "--jobs", "2") == 0

    def made(out: str) -> dict[str, Any]:
        files = [*(root / out).glob("index*.html"), *(root / out).glob("all/**/*.*"), *(root / out).glob("*/*/*.csv")]
        return {path.relative_to(root / out).as_posix(): path.read_bytes() for path in files}

    assert len(made("whole")) == 8 + 1 + 3 + len(BRANCHES) * len(NOTEBOOKS)
    assert made("reports") == made("whole")
    before = (root / "reports" / "manifest.jsonl").read_bytes()
    capsys.readouterr()
    assert kpi(monkeypatch, "plan", *arguments(root, "reports")) == 0
    assert "0 of 30 reports to make, 30 up to date" in capsys.readouterr().out
    assert kpi(monkeypatch, "run", *arguments(root, "reports")) == 0
    assert (root / "reports" / "manifest.jsonl").read_bytes() == before
