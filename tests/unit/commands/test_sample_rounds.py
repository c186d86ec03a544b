"""Two persons take a survey from plan to estimate, as the handbook says: promise, draw, sign, call, check, count."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import date
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from kpi_lib.commands.sample import app
from kpi_lib.data.simulate import simulate
from kpi_lib.report.call_list import headings, returned, workbook
from kpi_lib.text.language import language

REPOSITORY = Path(__file__).parents[3]
SECRETS = {"王丽": "明月几时有把酒问青天", "Li Wei": "secret of Li Wei"}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("company")
    shutil.copytree(REPOSITORY / "params", root / "params", ignore=shutil.ignore_patterns("sources.yml"))
    simulate(root, tickets=700, months=3, start=date(2025, 9, 1))
    return root


def run(*words: object, fails: bool = False) -> str:
    found = CliRunner().invoke(app, [str(word) for word in words])
    assert (found.exit_code != 0) == fails, (found.output, found.exception)
    return found.output if not found.exception or not fails else found.output + str(found.exception)


@pytest.fixture(scope="module")
def promises() -> dict[str, str]:
    return {name: run("commit", name, "--secret", secret).strip() for name, secret in SECRETS.items()}


def sealing(project: Path, folder: Path, promises: dict[str, str], **changes: str) -> list[object]:
    (drawer, first), (approver, second) = SECRETS.items()
    options = {
        "drawer": drawer,
        "approver": approver,
        "drawer-promise": promises[drawer],
        "approver-promise": promises[approver],
        "drawer-secret": first,
        "approver-secret": second,
        "margin": "0.15",
        "lang": "zh",
        **changes,
    }
    words = [word for name, value in options.items() for word in (f"--{name}", value)]
    return ["seal", "--branch", "chengdu", "--project", project, "--out", folder, *words]


@pytest.fixture(scope="module")
def sealed(project: Path, tmp_path_factory: pytest.TempPathFactory, promises: dict[str, str]) -> Path:
    folder = tmp_path_factory.mktemp("sealed")
    output = run(*sealing(project, folder, promises))
    assert "signed by 王丽 and Li Wei" in output
    return folder


def test_a_plan_is_shown_and_kept(project: Path, tmp_path: Path) -> None:
    output = run("plan", "--branch", "chengdu", "--project", project, "--margin", "0.15", "--out", tmp_path)
    assert "chengdu 2025-11" in output
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert plan["invited"] == pd.read_csv(tmp_path / "plan.csv")["invited"].sum() > 0


def test_a_draw_of_one_person_alone_says_so_and_repeats(project: Path, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("draw", "--branch", "chengdu", "--project", project, "--margin", "0.15", "--out", tmp_path / name)
    one, two = ((tmp_path / name / "sheet.json").read_text(encoding="utf-8") for name in ("a", "b"))
    assert one == two
    assert "signatures" not in json.loads(one)
    assert "this is no draw sheet" in run(
        "verify", tmp_path / "a" / "sheet.json", "--frame", tmp_path / "a" / "frame.csv", fails=True
    )


def test_the_sealed_sheet_holds_and_any_change_is_found(sealed: Path, tmp_path: Path) -> None:
    assert "the sheet holds" in run("verify", sealed / "sheet.json", "--frame", sealed / "frame.csv")
    sheet = json.loads((sealed / "sheet.json").read_text(encoding="utf-8"))
    friendly = {**sheet["body"]["units"][0], "id": "C-friend"}
    changed = {**sheet, "body": {**sheet["body"], "units": [friendly, *sheet["body"]["units"][1:]]}}
    (tmp_path / "sheet.json").write_text(json.dumps(changed), encoding="utf-8")
    output = run("verify", tmp_path / "sheet.json", "--frame", sealed / "frame.csv", fails=True)
    assert "changed after it was signed" in output
    people = pd.read_csv(sealed / "frame.csv", dtype=str)
    people.iloc[:-1].to_csv(tmp_path / "frame.csv", index=False)
    output = run("verify", sealed / "sheet.json", "--frame", tmp_path / "frame.csv", fails=True)
    assert "not the one drawn from" in output


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"approver": "王丽"}, "must be two people"),
        ({"approver-secret": "another secret"}, "not the one promised"),
        ({"drawer-promise": "0" * 64}, "not the one promised"),
    ],
)
def test_nobody_seals_alone_or_with_another_secret(
    project: Path, tmp_path: Path, promises: dict[str, str], changes: dict[str, str], problem: str
) -> None:
    assert problem in run(*sealing(project, tmp_path / "x", promises, **changes), fails=True)
    assert not (tmp_path / "x" / "sheet.json").exists()


def test_phones_are_masked_unless_asked_for(sealed: Path, project: Path, tmp_path: Path) -> None:
    column = headings(language("zh"))["phone"]
    masked = pd.read_csv(sealed / "call_list.csv", dtype=str)[column].dropna()
    assert masked.str.contains(r"\*\*\*\*").all()
    run("draw", "--branch", "chengdu", "--project", project, "--margin", "0.15", "--out", tmp_path, "--phones")
    shown = pd.read_csv(tmp_path / "call_list.csv", dtype=str)[headings(language("en"))["phone"]].dropna()
    assert shown.str.fullmatch(r"\d{11}").all()
    for file in sealed.iterdir():
        assert shown.iloc[0].encode() not in file.read_bytes()


def fill(sealed: Path, target: Path, lang: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """Let interviewers fill the workbook: all drawn are called, seven of ten answer."""
    names = headings(language("zh"))
    rows = pd.read_excel(sealed / "call_list.xlsx", dtype=str, engine="calamine")
    drawn = rows[names["role"]] == language("zh").sentence("call")
    rng = np.random.default_rng(1)
    answered = drawn & (rng.random(len(rows)) < 0.7)
    rows[names["attempts"]] = np.where(drawn, np.where(answered, "1", "3"), "")
    rows[names["score"]] = np.where(answered, np.where(rng.random(len(rows)) < 0.8, "5", "2"), "")
    rows[names["interviewer"]] = np.where(drawn, "甲", "")
    other = headings(language(lang))
    rows = rows.rename(columns={names[key]: other[key] for key in names})
    target.write_bytes(workbook({"calls": rows.fillna("")}))
    return rows, other


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_filled_workbook_comes_back(sealed: Path, tmp_path: Path, lang: str) -> None:
    rows, names = fill(sealed, tmp_path / "filled.xlsx", lang)
    output = run(
        "estimate", sealed / "sheet.json", "--frame", sealed / "frame.csv", "--answers", tmp_path / "filled.xlsx",
        "--target", "0.5", "--out", tmp_path / "out",
    )  # fmt: skip
    assert "left out: 0 off the sheet" in output
    table = pd.read_csv(tmp_path / "out" / "estimates.csv")
    n = int((rows[names["score"]] != "").sum())
    assert table.loc[0, "n"] == n
    assert table.loc[0, "value"] == pytest.approx((rows[names["score"]] == "5").sum() / n, abs=0.1)
    checks = pd.read_csv(tmp_path / "out" / "nonresponse.csv").set_index("check")
    assert checks.loc["skipped", "value"] == 0
    assert json.loads((tmp_path / "out" / "nonresponse.json").read_text(encoding="utf-8"))["light"] != "red"


def test_a_stranger_in_the_list_is_red_and_gaps_are_seen(sealed: Path, tmp_path: Path) -> None:
    rows, names = fill(sealed, tmp_path / "filled.xlsx", "en")
    first = rows.index[rows[names["role"]] == language("zh").sentence("call")][::3]
    rows.loc[first, [names["attempts"], names["score"], names["interviewer"]]] = ""
    stranger = rows.iloc[[1]].assign(**{names["customer_id"]: "K-friend", names["score"]: "5"})
    (tmp_path / "filled.xlsx").write_bytes(workbook({"calls": pd.concat([rows, stranger]).fillna("")}))
    output = run(
        "estimate", sealed / "sheet.json", "--frame", sealed / "frame.csv", "--answers", tmp_path / "filled.xlsx",
        "--out", tmp_path / "out",
    )  # fmt: skip
    assert "1 off the sheet" in output
    checks = pd.read_csv(tmp_path / "out" / "nonresponse.csv").set_index("check")
    assert checks.loc["off_sheet", "sign"] == "off_sheet"
    assert checks.loc["skipped", "sign"] == "skipped"
    assert json.loads((tmp_path / "out" / "nonresponse.json").read_text(encoding="utf-8"))["light"] == "red"


def test_a_file_that_is_no_list_is_named(sealed: Path, tmp_path: Path) -> None:
    pd.DataFrame({"x": [1]}).to_csv(tmp_path / "x.csv", index=False)
    words = ["estimate", sealed / "sheet.json", "--frame", sealed / "frame.csv", "--answers", tmp_path / "x.csv"]
    assert "there is no column Customer" in run(*words, fails=True)


def test_cells_that_would_compute_stay_text_and_ids_come_back(tmp_path: Path) -> None:
    names = headings(language("en"))
    rows = pd.DataFrame({names["customer_id"]: ["'=1+1", "c2"], names["score"]: ["5", ""]})
    assert returned(rows)["customer_id"].tolist() == ["=1+1", "c2"]
    (tmp_path / "x.xlsx").write_bytes(workbook({"calls": rows}))
    sheet = openpyxl.load_workbook(tmp_path / "x.xlsx").active
    assert sheet is not None
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value} == {"s"}


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_libreoffice_opens_the_call_list_and_computes_nothing(sealed: Path, tmp_path: Path) -> None:
    names = headings(language("zh"))
    rows = pd.read_excel(sealed / "call_list.xlsx", dtype=str, engine="calamine").fillna("")
    rows.loc[0, names["comment"]] = '=HYPERLINK("http://example.com","x")'
    rows.loc[1, names["comment"]] = "+86 138"
    (tmp_path / "calls.xlsx").write_bytes(workbook({"calls": rows}))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    convert = ["soffice", profile, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76", "--outdir"]
    subprocess.run([*convert, tmp_path, tmp_path / "calls.xlsx"], check=True, capture_output=True, timeout=120)
    seen = pd.read_csv(tmp_path / "calls.csv", dtype=str).fillna("")
    pd.testing.assert_frame_equal(seen, rows)
