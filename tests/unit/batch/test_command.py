"""``kpi run`` from a new project to its reports."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from kpi_lib import cli


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


def test_a_poisoned_branch_leaves_the_others_whole_and_exits_1(kpi: Any, tmp_path: Path, write_notebook: Any) -> None:
    new_project = tmp_path / "mine"
    assert kpi("init", new_project)[0] == 0
    branches = new_project / "params" / "branches.yml"
    second = "  branch_2: {name: {en: Second, zh: 第二分公司}, centre: centre_1, region: region_1}\n"
    branches.write_text(branches.read_text(encoding="utf-8") + second, encoding="utf-8")
    for notebook in (new_project / "notebooks").iterdir():
        notebook.unlink()
    write_notebook(new_project / "notebooks" / "mine.ipynb", "assert branch != 'branch_1', 'poisoned'")
    run = ["run", "--project", new_project, "--lang", "en", "--jobs", 1]
    status, out, err = kpi(*run)
    assert status == 1
    assert "1 of 2 reports" in out
    assert "failed  branch_1/mine: AssertionError: poisoned" in err
    reports = new_project / "reports"
    assert "poisoned" in (reports / "branch_1" / "mine.html").read_text(encoding="utf-8")
    assert "Tiny report" in (reports / "branch_2" / "mine.html").read_text(encoding="utf-8")
    # The last complete month at the latest moment the example speaks of.
    assert json.loads((reports / "manifest.json").read_text(encoding="utf-8"))["period"] == "2025-10"
    assert kpi(*run, "--branches", "branch_2", "--period", "2025-11", "--out", new_project / "more")[0] == 0
    assert (new_project / "more" / "index.html").exists()


def test_a_command_with_many_mistakes_tells_all_of_them_at_once(kpi: Any, tmp_path: Path) -> None:
    assert kpi("init", tmp_path / "mine")[0] == 0
    (tmp_path / "mine" / "notebooks" / "9_text.ipynb").write_text("no notebook")
    status, _, err = kpi("run", "--project", tmp_path / "mine", "--period", "2025-13", "--branches", "nowhere",
                         "-P", "margin", "-P", "5_survey_sampling:margin=wide")  # fmt: skip
    assert status == 2
    for told in ("2025-13", "'nowhere'", "expected NAME=VALUE", "as float, not 'wide'", "9_text.ipynb: is no notebook"):
        assert told in err
    assert not (tmp_path / "mine" / "data" / "prepared").exists()
    status, _, err = kpi("params", tmp_path / "mine" / "notebooks" / "9_text.ipynb")
    assert (status, "is no notebook" in err) == (2, True)


def test_the_form_of_a_notebook_names_types_defaults_and_who_sets_them(kpi: Any) -> None:
    status, out, _ = kpi("params", "5_survey_sampling", "--project", Path(__file__).parents[3])
    assert status == 0
    for words in (("margin", "float", "0.05", "-P margin="), ("branch", "str", "'chengdu'", "the batch")):
        assert any(all(word in line for word in words) for line in out.splitlines())


def test_the_shards_of_a_batch_are_the_batch(kpi: Any, tmp_path: Path, write_notebook: Any) -> None:
    root = tmp_path / "mine"
    assert kpi("init", root)[0] == 0
    for notebook in (root / "notebooks").iterdir():
        notebook.unlink()
    for name in ("a", "b", "c"):
        write_notebook(root / "notebooks" / f"{name}.ipynb", "1 + 1")
    made = []
    for shard in ("1/2", "2/2"):
        assert kpi("run", "--project", root, "--lang", "en", "--jobs", 1, "--shard", shard)[0] == 0
        made.append({path.stem for path in (root / "reports" / "branch_1").glob("*.html")})
    assert len(made[0]) in (1, 2)
    assert made[1] == {"a", "b", "c"}
    assert "3 up to date" in kpi("plan", "--project", root, "--lang", "en")[1]
