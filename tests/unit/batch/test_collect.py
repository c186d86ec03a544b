"""Results of all branches side by side: nothing lost, nothing changed, nobody named."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from kpi_lib.batch.collect import Collected, collect
from kpi_lib.batch.manifest import Manifest, RunRecord

FILES = {
    "0571/2_scorecard/indicators.csv": 'kpi,value,note\ncsat_score,4.100,"a, b\nc"\n',
    "kunming/2_scorecard/indicators.csv": "kpi,value,extra\ncsat_score,,x\nfix_rate,0.5,y\n",
    "kunming/2_scorecard/summary.json": '{"composite": 66.0}',
    "kunming/5_survey_sampling/call_list.csv": "Customer\nK1\n",
    "neijiang/2_scorecard/indicators.csv": "kpi,value\nold,1\n",
}


def record(branch: str, notebook: str, lang: str = "en", *, status: str = "ok") -> RunRecord:
    results = tuple(name for name in FILES if name.startswith(f"{branch}/{notebook}/"))
    return RunRecord(branch, notebook, lang, "2025-11", status, 1.0, "t", "p.html", "n.ipynb", {}, results)  # type: ignore[arg-type]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def collected(out: Path, *runs: RunRecord) -> tuple[Collected, ...]:
    return collect(Manifest("2025-11", "t", (), ("en",), "s", "f", 1.0, 2, {}, runs), out)


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "all/2_scorecard/indicators.csv").open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def test_one_file_for_a_table_of_all_branches(out: Path) -> None:
    (one,) = collected(out, record("0571", "2_scorecard"), record("kunming", "2_scorecard"))
    assert (one.address, one.n_rows, one.branches) == ("all/2_scorecard/indicators.csv", 3, ("0571", "kunming"))
    found = rows(out)
    assert list(found[0]) == ["report_branch", "report_period", "kpi", "value", "note", "extra"]
    assert [row["report_branch"] for row in found] == ["0571", "kunming", "kunming"]
    assert found[0] | {"value": "4.100", "note": "a, b\nc", "extra": ""} == found[0]


def test_a_table_of_two_languages_is_taken_once(out: Path) -> None:
    collected(out, record("kunming", "2_scorecard"), record("kunming", "2_scorecard", "zh"))
    assert len(rows(out)) == 2


def test_lists_of_customers_stay_with_their_branch(out: Path) -> None:
    assert collected(out, record("kunming", "5_survey_sampling")) == ()
    assert not (out / "all" / "5_survey_sampling").exists()


def test_what_an_earlier_batch_collected_is_gone(out: Path) -> None:
    collected(out, record("kunming", "2_scorecard"))
    collected(out, record("kunming", "5_survey_sampling"))
    assert not (out / "all" / "2_scorecard" / "indicators.csv").exists()


def test_every_verdict_in_one_file(out: Path) -> None:
    collected(out, record("kunming", "2_scorecard"), record("neijiang", "1_data_quality", status="failed"))
    told = json.loads((out / "all" / "results.json").read_text(encoding="utf-8"))
    assert told["verdicts"] == {"kunming": {"2_scorecard": {"composite": 66.0}}}
    assert [one["status"] for one in told["reports"]] == ["ok", "failed"]
    assert told["tables"][0]["address"] == "all/2_scorecard/indicators.csv"
