"""The command line: what it prints, what it writes, its exit status."""

from __future__ import annotations

import csv
import io
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from kpi_lib import cli
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.params import load_project

ROOT = Path(__file__).parents[2]


@pytest.fixture
def kpi(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command; return exit status, standard output and standard error."""

    def run(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["kpi", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def new_project(kpi: Any, tmp_path: Path) -> Path:
    assert kpi("init", tmp_path / "mine")[0] == 0
    return tmp_path / "mine"


def test_help_lists_the_commands(kpi: Any) -> None:
    status, out, _ = kpi("--help")
    assert status == 0
    for command in ("init", "check", "prepare", "run", "catalog", "simulate", "docs"):
        assert f"  {command} " in out


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["run", "--jobs", "0"], ["run", "--jobs", "many"], ["catalog", "--lang", "de"]]
)  # fmt: skip
def test_misuse_exits_2(kpi: Any, arguments: list[str]) -> None:
    assert kpi(*arguments)[0] == 2


def test_a_folder_that_is_no_project(kpi: Any, tmp_path: Path) -> None:
    status, out, err = kpi("check", "--project", tmp_path)
    assert (status, out) == (2, "")
    assert "is not a project" in err
    assert "kpi init" in err


def test_a_new_project_is_in_order(kpi: Any, new_project: Path) -> None:
    status, out, _ = kpi("check", "--project", new_project)
    assert status == 0
    assert "1 branches, 1 sources" in out
    assert (new_project / "data" / "README.md").read_text(encoding="utf-8").startswith("#")
    assert sorted(path.name for path in (new_project / "notebooks").iterdir()) == sorted(
        path.name for path in (ROOT / "notebooks").glob("*.ipynb")
    )


def test_a_new_project_can_be_prepared_from_its_example(kpi: Any, new_project: Path) -> None:
    status, out, _ = kpi("prepare", "--project", new_project)
    assert status == 0
    assert "reject" not in out
    assert "void" not in out
    assert "Data as of 2025-11-28" in out


def test_the_examples_in_comments_are_mappings_that_hold(new_project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_DATABASE", "sqlite:///x.db")
    path = new_project / "params" / "sources.yml"
    text = path.read_text(encoding="utf-8")
    shown = [line[1:] if line.startswith("#  ") and text.index(line) > text.index("sources:") else line
             for line in text.splitlines()]  # fmt: skip
    path.write_text("\n".join(shown), encoding="utf-8")
    sources = load_project(new_project).sources.sources
    assert [source.table for source in sources] == ["tickets", "calls", "surveys", "complaints"]


def test_a_new_policy_speaks_of_every_kpi_and_of_no_other_company(new_project: Path) -> None:
    policy = yaml.safe_load((new_project / "params" / "policy.yml").read_text(encoding="utf-8"))
    sample = yaml.safe_load((ROOT / "params" / "policy.yml").read_text(encoding="utf-8"))
    assert set(policy["kpis"]) == set(sample["kpis"])
    assert not any({"branches", "industry"} & set(line) for line in policy["kpis"].values())


def test_nothing_is_overwritten(kpi: Any, new_project: Path) -> None:
    status, _, err = kpi("init", new_project)
    assert status == 2
    assert "not empty" in err


def test_every_problem_is_told_with_its_line(kpi: Any, new_project: Path) -> None:
    policy = new_project / "params" / "policy.yml"
    policy.write_text(policy.read_text().replace("csat_score:", "csat_scroe:"), encoding="utf-8")
    run = new_project / "params" / "run.yml"
    run.write_text(run.read_text().replace("jobs: 2", "jobs: none"), encoding="utf-8")
    status, _, err = kpi("check", "--project", new_project)
    assert status == 2
    assert "params/policy.yml:" in err
    assert "did you mean 'csat_score'?" in err
    assert "params/run.yml:" in err


def test_a_missing_export_is_told(kpi: Any, new_project: Path) -> None:
    (new_project / "data" / "raw" / "example_tickets.csv").unlink()
    status, _, err = kpi("check", "--project", new_project)
    assert status == 2
    assert "example_tickets.csv" in err


@pytest.mark.parametrize(
    ("option", "value", "hint"),
    [
        ("--branches", "branch_l", "did you mean 'branch_1'?"),
        ("--notebooks", "2_scorecrad", "did you mean '2_scorecard'?"),
        ("--lang", "fr", "known: en, zh"),
        ("--period", "2025-13", "2025-13"),
    ],
)
def test_bad_input_of_a_run_is_told_before_any_work(
    kpi: Any, new_project: Path, option: str, value: str, hint: str
) -> None:
    status, _, err = kpi("run", "--project", new_project, option, value)
    assert status == 2
    assert hint in err
    assert not (new_project / "data" / "prepared").exists()
    assert not (new_project / "reports").exists()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_catalogue_as_csv(kpi: Any, lang: str) -> None:
    status, out, _ = kpi("catalog", "--lang", lang, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert status == 0
    assert [row["key"] for row in rows] == list(CATALOG)
    assert rows[0]["name"] == next(iter(CATALOG.values())).name.in_lang(lang)  # type: ignore[arg-type]


def test_the_catalogue_as_a_table(kpi: Any) -> None:
    status, out, _ = kpi("catalog")
    assert status == 0
    assert "csat_score" in out


def test_the_columns_are_documented(kpi: Any, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "params", tmp_path / "params")
    assert kpi("docs", "--project", tmp_path)[0] == 0
    assert (tmp_path / "data" / "README.md").read_bytes() == (ROOT / "data" / "README.md").read_bytes()


def test_a_small_company_is_simulated(kpi: Any, tmp_path: Path) -> None:
    status, out, _ = kpi("simulate", "--project", tmp_path, "--branches", 1, "--months", 2, "--tickets", 100)
    assert status == 0
    assert "calls" in out
    assert (tmp_path / "params" / "sources.yml").exists()
