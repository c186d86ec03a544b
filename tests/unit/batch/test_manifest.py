from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kpi_lib.batch.manifest import Manifest, RunRecord, read_manifest, sources_digest, versions
from kpi_lib.batch.outcome import Failure, FailureKind

FAILED = Failure(FailureKind.KERNEL_DIED, "DeadKernel", "gone", 3, "x = 1", "trace")


def record(
    branch: str, status: str = "ok", lang: str = "en", period: str = "2025-11", sha256: str = "abc"
) -> RunRecord:
    return RunRecord(
        branch, "2_scorecard", lang, period, status, 1.5, "2025-12-03T01:00:00+00:00",  # type: ignore[arg-type]
        f"{branch}/2_scorecard.html", f"{branch}/2_scorecard.ipynb", {"branch": branch},
        (f"{branch}/2_scorecard/indicators.csv",), "Scorecard", None if status == "ok" else FAILED,
        data=sources_digest([{"sha256": sha256}]),
    )  # fmt: skip


def manifest(*runs: RunRecord, period: str = "2025-11", sha256: str = "abc") -> Manifest:
    return Manifest(
        period, "2025-12-03 08:00:00", ({"name": "tickets", "sha256": sha256},), ("en", "zh"), "s", "f", 9.5, 2,
        versions(), runs,
    )  # fmt: skip


def test_what_is_written_reads_back(tmp_path: Path) -> None:
    whole = replace(manifest(record("chengdu"), record("kunming", "failed")), newest={"kunming": "2025-12-02T18:00:00"})
    (tmp_path / "manifest.json").write_text(whole.to_json(), encoding="utf-8")
    assert read_manifest(tmp_path) == whole
    assert [run.branch for run in whole.failures] == ["kunming"]


def test_the_file_is_plain_json_for_others() -> None:
    data = json.loads(manifest(record("kunming", "failed")).to_json())
    assert data["runs"][0]["failure"]["kind"] == "kernel_died"
    assert {"python", "pandas", "duckdb", "papermill"} <= set(data["versions"])


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 0}', '{"format": 1, "runs": [{}]}'])
def test_a_manifest_that_cannot_be_read_counts_as_none(tmp_path: Path, content: str) -> None:
    assert read_manifest(tmp_path) is None
    (tmp_path / "manifest.json").write_text(content)
    assert read_manifest(tmp_path) is None


def test_one_branch_again_keeps_the_others() -> None:
    earlier = manifest(record("chengdu"), record("kunming", "failed"))
    both = manifest(record("kunming")).after(earlier.runs)
    assert [(run.branch, run.status) for run in both.runs] == [("chengdu", "ok"), ("kunming", "ok")]


@pytest.mark.parametrize("other", [{"period": "2025-10"}, {"sha256": "new"}])
def test_reports_of_another_period_or_data_are_not_mixed_in(other: dict[str, str]) -> None:
    earlier = (record("chengdu", **other),)
    assert [run.branch for run in manifest(record("kunming")).after(earlier).runs] == ["kunming"]


def test_a_language_no_longer_made_leaves_the_index() -> None:
    earlier = manifest(record("chengdu", lang="zh"))
    now = replace(manifest(record("kunming")), languages=("en",))
    assert [run.branch for run in now.after(earlier.runs).runs] == ["kunming"]
