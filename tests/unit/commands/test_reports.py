"""``kpi collect``, ``digest`` and ``pdf`` on a folder of reports."""

from __future__ import annotations

import shutil
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest
from typer.testing import CliRunner

from kpi_lib.batch.manifest import NAME, Manifest, RunRecord
from kpi_lib.cli import app
from kpi_lib.errors import InputError

ROOT = Path(__file__).parents[3]
AT = "2025-12-04T09:00:00+00:00"
RESULTS = {
    "kunming/2_scorecard/summary.json": '{"composite": 66.0}',
    "kunming/2_scorecard/history.csv": "kpi,value\na,1\n",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the reports of one branch."""
    root = tmp_path / "project"
    shutil.copytree(ROOT / "params", root / "params")
    for name, text in RESULTS.items():
        (root / "reports" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "reports" / name).write_text(text, encoding="utf-8")
    run = RunRecord(
        "kunming", "2_scorecard", "en", "2025-11", "ok", 1.0, AT, "kunming/2_scorecard.html", "n.ipynb", {},
        tuple(RESULTS),
    )  # fmt: skip
    batch = Manifest("2025-11", "2025-12-03 08:00:00", (), ("en", "zh"), AT, AT, 1.0, 2, {}, (run,))
    (root / "reports" / NAME).write_text(batch.to_json(), encoding="utf-8")
    return root


def called(*arguments: str) -> str:
    result = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_collect_says_what_it_wrote(project: Path) -> None:
    told = called("collect", "--project", str(project))
    assert "1 rows of 1 branches" in told
    assert (project / "reports/all/2_scorecard/history.csv").read_text(encoding="utf-8").splitlines() == [
        "report_branch,report_period,kpi,value",
        "kunming,2025-11,a,1",
    ]


def test_a_digest_is_written_in_every_language_and_not_sent(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_SMTP_HOST", "mail.invalid")
    told = called("digest", "--project", str(project), "--to", "a@example.org, b@example.org")
    assert "Not sent" in told
    for name, word in (("digest.eml", "Kunming: 66.0 of 100"), ("digest.zh.eml", "昆明：综合得分66.0")):
        mail = message_from_bytes((project / "reports" / name).read_bytes(), policy=default)
        assert mail["To"] == "a@example.org, b@example.org"
        body = mail.get_body(("plain",))
        assert body is not None
        assert word in body.get_content()


def test_sending_asks_for_what_it_needs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KPI_SMTP_HOST", raising=False)
    with pytest.raises(InputError, match="KPI_SMTP_HOST"):
        called("digest", "--project", str(project), "--to", "a@example.org", "--from", "b@example.org", "--send")


def test_without_reports_the_way_to_them_is_told(project: Path) -> None:
    (project / "reports" / NAME).unlink()
    with pytest.raises(InputError, match="kpi run"):
        called("collect", "--project", str(project))


def test_a_pdf_of_no_report_is_refused(project: Path) -> None:
    with pytest.raises(InputError, match="no such report"):
        called("pdf", str(project / "reports" / "x.html"))
