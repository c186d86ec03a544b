"""Baselines from proposal to monitoring: proposed, accepted, read by the scorecard, revised with their history."""

import json
import shutil

import pandas as pd
import pytest
from typer.testing import CliRunner

from kpi_lib.commands.baseline import app
from kpi_lib.params.baselines import read_baselines
from kpi_lib.report import baseline_phases, indicators, verdict
from kpi_lib.session import open_session
from kpi_lib.text.language import language

RUNNER = CliRunner()
KEY = "first_time_fix_rate"


@pytest.fixture(scope="module")
def project(small_project, tmp_path_factory):
    root = tmp_path_factory.mktemp("revised")
    shutil.copytree(small_project, root, dirs_exist_ok=True)
    return root


def run(*arguments, project):
    found = RUNNER.invoke(app, [*arguments, "--project", str(project)])
    assert found.exit_code == 0, found.output
    return found.output


def test_a_proposal_is_accepted_and_monitoring_reads_it(project):
    before = open_session(str(project), branch="chengdu", notebook="2_scorecard", period="2025-11").scorecard()
    assert set(before.indicators["baseline_from"]) <= {"policy", ""}
    assert "none has been accepted yet" in repr(indicators.indicator_table(before, language("en")))

    run("propose", "--period", "2025-10", "--branches", "chengdu", project=project)
    path = project / "params" / "baselines" / "2025-10.proposal.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    entry = next(one for one in content["baselines"] if one["kpi"] == KEY)
    entry["exclusions"] = [{"period": "2025-08", "reason": "the month the system was introduced"}]
    path.write_text(json.dumps(content), encoding="utf-8")
    told = run("accept", "--author", "Li Wei", "--on", "2025-11-03", project=project)
    assert "accepted by Li Wei" in told
    assert not path.exists()

    file = read_baselines(path.with_name("2025-10.json"))
    accepted = file.of("chengdu", KEY)
    assert accepted.exclusions[0].reason == "the month the system was introduced"
    assert accepted.n == 2
    session = open_session(str(project), branch="chengdu", notebook="2_scorecard", period="2025-11")
    card = session.scorecard()
    row = card.indicators.set_index("kpi").loc[KEY]
    assert row["baseline"] == accepted.level != before.indicators.set_index("kpi").loc[KEY, "baseline"]
    assert row["baseline_from"] == "2025-10"
    assert card.watch.set_index("kpi").loc[KEY, "expected"] == pytest.approx(accepted.level)
    assert "held to the baselines of October 2025, accepted by Li Wei" in repr(
        session.show(indicators.indicator_table, card)
    )
    assert "months old" not in repr(session.show(verdict.verdict, card))

    # A month before the acceptance was not judged by it.
    earlier = open_session(str(project), branch="chengdu", notebook="2_scorecard", period="2025-09").scorecard()
    assert set(earlier.indicators["baseline_from"]) <= {"policy", ""}

    # Another branch has none of its own.
    other = open_session(str(project), branch="suining", notebook="2_scorecard", period="2025-11").scorecard()
    assert set(other.indicators["baseline_from"]) <= {"policy", ""}


def test_old_baselines_are_called_old(project):
    session = open_session(str(project), branch="chengdu", notebook="2_scorecard", period="2026-02")
    said = repr(session.show(verdict.verdict, session.scorecard()))
    assert "The accepted baselines are 4 months old" in said
    assert "Take the industry figures of" in said


def test_a_revision_keeps_what_was_before(project):
    run("propose", "--period", "2025-11", "--branches", "chengdu", project=project)
    run("accept", "--author", "Wang Fang", "--on", "2025-12-03", project=project)
    files = sorted(path.name for path in (project / "params" / "baselines").glob("*.json"))
    assert files == ["2025-10.json", "2025-11.json"]
    changed = pd.DataFrame(read_baselines(project / "params" / "baselines" / "2025-11.json").changes)
    assert set(changed["against"]) == {"2025-10"}
    review = open_session(str(project), branch="chengdu", notebook="3_baseline", period="2025-11").baseline_review()
    assert [file.period for file in review.history] == ["2025-10", "2025-11"]
    assert review.accepted.author == "Wang Fang"
    said = repr(baseline_phases.revision(review, language("en")))
    assert "Li Wei" in said
    assert "Wang Fang" in said
