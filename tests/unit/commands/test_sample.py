from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from kpi_lib.analysis.sampling import commit, common_salt, draw, seal
from kpi_lib.commands.sample import app
from kpi_lib.errors import InputError

WANG, LI = (commit("Wang", "secret of Wang"), "secret of Wang"), (commit("Li", "secret of Li"), "secret of Li")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    frame = pd.DataFrame(
        {
            "customer_id": [f"0{n:03d}" for n in range(60)],
            "kind": ["old"] * 40 + ["new"] * 20,
            "complained": [0.0, 1.0] * 30,
        }
    )
    made = draw(frame, by=["kind", "complained"], n=6, salt=common_salt(WANG, LI))
    (tmp_path / "sheet.json").write_text(seal(made, drawer=WANG, approver=LI).to_json(), encoding="utf-8")
    frame.to_csv(tmp_path / "frame.csv", index=False)
    pd.DataFrame({"customer_id": [*made.ids, "0999"], "grade": ["A", "B", "C"] * 8 + ["D"]}).to_csv(
        tmp_path / "answers.csv", index=False
    )
    return tmp_path


def run(*words: str):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_promise_is_printed_and_not_the_secret() -> None:
    found = run("commit", "Wang", "--secret", "secret of Wang")
    assert found.output.strip() == WANG[0].digest


def test_a_sound_sheet_holds(folder: Path) -> None:
    found = run("verify", folder / "sheet.json", "--frame", folder / "frame.csv")
    assert (found.exit_code, "the sheet holds" in found.output) == (0, True)


def test_any_change_is_found(folder: Path) -> None:
    text = (folder / "frame.csv").read_text(encoding="utf-8").replace("0001", "9001")
    (folder / "frame.csv").write_text(text, encoding="utf-8")
    found = run("verify", folder / "sheet.json", "--frame", folder / "frame.csv")
    assert (found.exit_code, "not the one drawn from" in found.output) == (1, True)


def test_answers_to_a_sealed_draw(folder: Path) -> None:
    found = run(
        "estimate",
        folder / "sheet.json",
        "--frame",
        folder / "frame.csv",
        "--answers",
        folder / "answers.csv",
        "--out",
        folder / "out",
    )
    assert found.exit_code == 0
    assert "1 off the sheet" in found.output
    row = pd.read_csv(folder / "out" / "estimates.csv").iloc[0]
    assert (row["n"], row["statistic"]) == (24, "satisfied_rate")
    assert row["value"] == pytest.approx(2 / 3, abs=0.1)


def test_a_broken_sheet_gives_no_estimate(folder: Path) -> None:
    sheet = json.loads((folder / "sheet.json").read_text(encoding="utf-8"))
    sheet["body"]["rule"]["n"]["new | no"] = 5
    (folder / "sheet.json").write_text(json.dumps(sheet), encoding="utf-8")
    found = run("estimate", folder / "sheet.json", "--frame", folder / "frame.csv", "--answers", folder / "answers.csv")
    assert isinstance(found.exception, InputError)
    assert "the sheet was changed after it was signed" in str(found.exception)
