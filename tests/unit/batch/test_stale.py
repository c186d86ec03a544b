from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kpi_lib.batch.keys import Key
from kpi_lib.batch.manifest import RunRecord, append_record, last_records, read_records
from kpi_lib.batch.outcome import Failure, FailureKind
from kpi_lib.batch.plan import RunSpec
from kpi_lib.batch.publish import sha256_of
from kpi_lib.batch.stale import staleness
from kpi_lib.batch.stamp import read_stamp, with_key
from kpi_lib.batch.verify import verify
from kpi_lib.errors import InputError
from kpi_lib.text import Text

KEY = Key({"notebook": "a", "own rows of tickets": "b", "exports": "c"})
PAGE = "<html><head></head><body>x</body></html>"


@pytest.fixture
def spec(tmp_path: Path) -> RunSpec:
    text = Text("Chengdu", "成都")
    return RunSpec(
        "chengdu", "2_scorecard", "en", "2025-11", Path("n.ipynb"), tmp_path, tmp_path, text, text, ("en",),
        "index.html", run_key=KEY.digest, key_parts=tuple(KEY.parts.items()),
    )  # fmt: skip


@pytest.fixture
def record(spec: RunSpec, tmp_path: Path) -> RunRecord:
    """The record of a report that is there."""
    page = tmp_path / spec.page
    page.parent.mkdir(parents=True)
    page.write_text(with_key(PAGE, spec), encoding="utf-8")
    return RunRecord(
        "chengdu", "2_scorecard", "en", "2025-11", "ok", 1.0, "2025-12-03T01:00:00+00:00", str(spec.page),
        str(spec.executed), {}, (), key=KEY.digest, parts=KEY.parts, files={str(spec.page): sha256_of(page)},
    )  # fmt: skip


def reasons(spec: RunSpec, key: Key | None, record: RunRecord | None) -> tuple[str, ...]:
    keys = {} if key is None else {spec.key: key}
    (found,) = staleness([spec], keys, {} if record is None else {spec.key: record}, spec.out)
    return found.reasons


def test_a_report_that_is_there_is_left_alone(spec: RunSpec, record: RunRecord) -> None:
    assert reasons(spec, KEY, record) == ()


def test_each_reason_is_named(spec: RunSpec, record: RunRecord) -> None:
    late = Key({**KEY.parts, "own rows of tickets": "d"})
    failed = replace(record, status="failed", failure=Failure(FailureKind.TIMEOUT, "Timeout", "x"))
    assert reasons(spec, KEY, None) == ("never made",)
    assert reasons(spec, None, record) == ("made without a record of what it rests on",)
    assert reasons(spec, KEY, failed) == ("failed last time: timeout",)
    assert reasons(spec, late, record) == ("own rows of tickets changed",)
    assert reasons(spec, Key({"notebook": "a"}), record) == ("own rows of tickets changed", "exports changed")


def test_a_page_that_is_gone_or_was_changed_is_made_again(spec: RunSpec, record: RunRecord) -> None:
    (spec.out / spec.page).write_text("edited")
    assert reasons(spec, KEY, record) == ("chengdu/2_scorecard.html was changed after it was made",)
    (spec.out / spec.page).unlink()
    assert reasons(spec, KEY, record) == ("chengdu/2_scorecard.html is gone",)


def test_lines_survive_a_crash_in_the_middle_of_one(record: RunRecord, tmp_path: Path) -> None:
    append_record(tmp_path, record)
    with (tmp_path / "manifest.jsonl").open("a") as file:
        file.write('{"branch": "kunm')
    append_record(tmp_path, replace(record, branch="kunming"))
    assert [one.branch for one in read_records(tmp_path)] == ["chengdu", "kunming"]
    append_record(tmp_path, replace(record, status="again", attempt=2))
    assert last_records(read_records(tmp_path))[record.run].attempt == 1


def test_a_line_may_hold_any_separator_of_lines_but_its_own(record: RunRecord, tmp_path: Path) -> None:
    failure = Failure(FailureKind.CELL_ERROR, "E", "one\u2028two\x85three\x0cfour\nfive")
    append_record(tmp_path, replace(record, failure=failure))
    assert [one.failure for one in read_records(tmp_path)] == [failure]


def test_no_secret_gets_into_a_line(record: RunRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_TEST_PASSWORD", "hunter-2-hunter")
    failure = Failure(FailureKind.CELL_ERROR, "E", "postgresql://kpi:other-pass@db/x", traceback="hunter-2-hunter")
    append_record(tmp_path, replace(record, failure=failure, parameters={"branch": "chengdu", "api_token": "t"}))
    text = (tmp_path / "manifest.jsonl").read_text()
    assert not any(secret in text for secret in ("hunter", "other-pass", '"t"'))
    assert "chengdu" in text


def test_a_report_verifies_itself(spec: RunSpec, record: RunRecord) -> None:
    append_record(spec.out, record)
    page = spec.out / spec.page
    stamp = read_stamp(page.read_text())
    assert stamp is not None
    assert (stamp.branch, stamp.notebook, stamp.key) == ("chengdu", "2_scorecard", KEY.digest)
    assert verify(page, lambda _: KEY, spec.out).holds
    late = Key({**KEY.parts, "exports": "x"})
    verdict = verify(page, lambda _: late, spec.out)
    assert (verdict.holds, verdict.changed, verdict.untouched) == (False, ("exports",), True)
    page.write_text(page.read_text().replace("<body>x", "<body>y"))
    assert verify(page, lambda _: KEY, spec.out).untouched is False
    assert not verify(page, lambda _: KEY, spec.out).holds


def test_what_is_no_report_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.html").write_text(PAGE)
    with pytest.raises(InputError, match="no stamp"):
        verify(tmp_path / "x.html", lambda _: KEY, tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        verify(tmp_path / "y.html", lambda _: KEY, tmp_path)
