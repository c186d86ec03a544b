"""The store: made once, reused until something it rests on changes, never left half made."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pandas as pd
import pytest
import sqlalchemy as sa

from kpi_lib.data import prepare as making
from kpi_lib.data.docs import data_readme
from kpi_lib.data.freshness import lock_file, stale_parts
from kpi_lib.data.lock import one_at_a_time
from kpi_lib.data.rules import CHECKS
from kpi_lib.data.schema import TABLES, VOIDED
from kpi_lib.data.store import open_store, prepare
from kpi_lib.errors import InputError
from kpi_lib.params import load_project

SOURCES = """
timezone: Asia/Shanghai
sources:
  - name: tickets
    table: tickets
    path: data/raw/tickets.csv
    columns: {ticket_id: id, branch: branch, created_at: created, closed_at: closed}
  - name: parts
    table: parts
    path: data/raw/parts.csv
    columns: {part_order_id: id, ticket_id: ticket, ordered_at: ordered}
"""
TICKETS = """id,branch,created,closed
T1,chengdu,2025-11-03 09:00:00,2025-11-05 18:30:00
T2,成都,2025-11-04 09:00:00,
T3,Kunming,2025-11-05 09:00:00,
T4,nowhere,2025-11-05 09:00:00,
"""
PARTS = """id,ticket,ordered
P1,T1,2025-11-03 10:00:00
P2,T3,2025-11-05 10:00:00
"""


@pytest.fixture
def project(make_project, tmp_path):
    return make_project(SOURCES, {"tickets.csv": TICKETS, "parts.csv": PARTS}, root=tmp_path)


def rows_of(store, name, **options):
    return store.table(name, **options).to_pyarrow().to_pylist()


def test_a_store_has_all_canonical_columns_and_knows_which_are_filled(project):
    store = prepare(project)
    for name, table in TABLES.items():
        assert store.table(name).columns == (*table.names, VOIDED, "source", "source_row")
    assert store.available == {
        "tickets": ("ticket_id", "branch", "created_at", "closed_at"),
        "parts": ("part_order_id", "ticket_id", "branch", "ordered_at"),
    }
    assert store.as_of.isoformat() == "2025-11-05T18:30:00"
    assert [fingerprint.rows for fingerprint in store.sources] == [4, 2]
    assert rows_of(store, "calls") == []


def test_one_branch_reads_only_its_own_files(project):
    store = prepare(project)
    for path in (store.folder / "tickets" / "branch=kunming").iterdir():
        path.write_bytes(b"not to be opened")
    assert [row["ticket_id"] for row in rows_of(store, "tickets", branch="chengdu")] == ["T1", "T2"]
    assert rows_of(store, "tickets", branch="nobody") == rows_of(store, "tickets", branch="*") == []


def test_a_store_knows_up_to_when_each_branch_has_data(project):
    # Closed two days after it was opened; a part was ordered after the ticket it belongs to.
    store = prepare(project)
    assert store.newest == {
        "chengdu": datetime(2025, 11, 5, 18, 30), "kunming": datetime(2025, 11, 5, 10),
    }  # fmt: skip
    assert open_store(project).newest == store.newest


def test_carried_columns_come_through_the_reference(project):
    assert [(row["part_order_id"], row["branch"]) for row in rows_of(prepare(project), "parts")] == [
        ("P1", "chengdu"),
        ("P2", "kunming"),
    ]


def test_an_unchanged_project_is_not_prepared_again(project, monkeypatch):
    first = prepare(project)
    monkeypatch.setattr("kpi_lib.data.prepare.build", lambda *_: pytest.fail("prepared again"))
    again = prepare(load_project(project.root))
    assert again.sources == first.sources
    assert again.slice_hash("chengdu") == first.slice_hash("chengdu")


@pytest.mark.parametrize(
    ("file", "before", "after", "told"),
    [
        ("data/raw/tickets.csv", "T2", "T9", "tickets.csv changed"),
        ("params/sources.yml", "closed_at: closed", "resolved_at: closed", "mapping in params/sources.yml changed"),
        ("params/branches.yml", "en: Kunming", "en: Kun Ming", "branches in params/branches.yml changed"),
    ],
)
def test_a_change_makes_the_store_stale(project, file, before, after, told):
    prepare(project)
    path = project.root / file
    kept = os.stat(path)
    path.write_text(path.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
    # Even with its time set back: a file written just before its fingerprint is read again.
    os.utime(path, ns=(kept.st_atime_ns, kept.st_mtime_ns))
    changed = load_project(project.root)
    with pytest.raises(InputError, match=told) as caught:
        open_store(changed)
    assert caught.value.issues[0].hint == "run: kpi prepare"
    prepare(changed)
    open_store(changed)


def test_a_touched_file_with_the_same_bytes_changes_nothing(project, monkeypatch):
    prepare(project)
    os.utime(project.root / "data/raw/tickets.csv")
    monkeypatch.setattr("kpi_lib.data.prepare.build", lambda *_: pytest.fail("prepared again"))
    prepare(project)


def test_without_a_store_the_way_to_one_is_told(project):
    with pytest.raises(InputError, match="run: kpi prepare"):
        open_store(project)


def test_a_crash_midway_leaves_the_old_store(project, monkeypatch):
    before = rows_of(prepare(project), "tickets")

    def crash(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "_to_disk", crash)
    with pytest.raises(KeyboardInterrupt):
        prepare(project, force=True)
    assert rows_of(open_store(project), "tickets") == before
    assert sorted(path.name for path in (project.root / "data").iterdir()) == [".preparing.lock", "prepared", "raw"]


def test_two_processes_that_need_it_prepare_it_once(project, monkeypatch):
    built = []

    def build(*given):
        built.append(1)
        time.sleep(0.2)
        real(*given)

    real = making.build
    monkeypatch.setattr(making, "build", build)
    with ThreadPoolExecutor(2) as threads:
        stores = list(threads.map(prepare, [project, project]))
    assert built == [1]
    assert stores[0].identity == stores[1].identity


def test_who_holds_the_lock_mends_a_crash_too(project):
    folder = prepare(project).folder
    folder.rename(folder.with_name(".prepared-old"))
    with one_at_a_time(lock_file(folder)):
        assert stale_parts(project, folder, alone=True) == []
    assert folder.exists()


def test_a_crash_between_the_two_renames_is_mended(project):
    before = rows_of(prepare(project), "tickets")
    (project.root / "data/prepared").rename(project.root / "data/.prepared-old")
    assert rows_of(open_store(project), "tickets") == before


def test_what_a_crash_after_the_renames_left_is_cleared(project):
    prepare(project)
    left = project.root / "data/.prepared-old"
    left.mkdir()
    (left / "manifest.json").write_text("{}", encoding="utf-8")
    prepare(project, force=True)
    assert not left.exists()


def test_a_file_that_changes_while_it_is_read_is_refused(project, monkeypatch):
    path = project.root / "data/raw/tickets.csv"
    staged = making.stage

    def slow(source, root, folder):
        found = staged(source, root, folder)
        path.write_text(TICKETS + "T5,chengdu,2025-11-05 09:00:00,\n", encoding="utf-8")
        return found

    monkeypatch.setattr(making, "stage", slow)
    with pytest.raises(InputError, match="changed while it was read"):
        prepare(project)


def test_a_database_is_asked_again_each_time(make_project, tmp_path):
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'crm.db'}")
    rows = pd.DataFrame({"id": ["T1"], "branch": ["chengdu"], "created": ["2025-11-03 09:00:00"]})
    rows.to_sql("orders", engine, index=False)
    sources = f"""
timezone: Asia/Shanghai
sources:
  - name: crm
    table: tickets
    url: sqlite:///{tmp_path / "crm.db"}
    query: SELECT * FROM orders
    columns: {{ticket_id: id, branch: branch, created_at: created}}
"""
    project = make_project(sources, {}, root=tmp_path)
    assert len(rows_of(prepare(project), "tickets")) == 1
    rows.assign(id="T2").to_sql("orders", engine, index=False, if_exists="append")
    engine.dispose()
    assert len(rows_of(open_store(project), "tickets")) == 1
    assert len(rows_of(prepare(project), "tickets")) == 2


def test_the_manifest_is_written_last_and_readable(project):
    store = prepare(project)
    manifest = json.loads((store.folder / "manifest.json").read_text(encoding="utf-8"))
    assert [source["file"] for source in manifest["sources"]] == ["data/raw/tickets.csv", "data/raw/parts.csv"]
    assert not [path for path in store.folder.iterdir() if path.name.startswith(".")]


def test_progress_is_told_and_ends(project):
    told = []
    prepare(project, on_progress=lambda step, share: told.append((step, share)))
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert told[0][0] == "read tickets"
    assert all(0 <= share <= 1 for _, share in told)


def test_every_check_of_a_store_is_described(project):
    checks = prepare(project).checks
    assert set(checks["check"]) <= set(CHECKS)
    assert set(checks["severity"]) <= {"reject", "void", "warn"}
    assert (checks[checks["n_failed"] > 0]["hint"] != "").all()


def test_a_slice_changes_only_with_its_branch(project):
    store = prepare(project)
    before = {branch: store.slice_hash(branch) for branch in ("chengdu", "kunming")}
    path = project.root / "data/raw/tickets.csv"
    path.write_text(TICKETS.replace("2025-11-05 09:00:00,\nT4", "2025-11-05 09:30:00,\nT4"), encoding="utf-8")
    store = prepare(project)
    assert store.slice_hash("chengdu") == before["chengdu"]
    assert store.slice_hash("kunming") != before["kunming"]


@pytest.mark.parametrize(
    ("change", "problem", "hint"),
    [
        (("table: tickets", "table: ticket"), "unknown table 'ticket'", "did you mean 'tickets'?"),
        (
            ("closed_at: closed", "closd_at: closed"),
            "table tickets has no column 'closd_at'",
            "did you mean 'closed_at'?",
        ),
        (("created_at: created, ", ""), "the required column 'created_at' is not mapped", "needs it in every row"),
        (
            ("ticket_id: ticket, ", ""),
            "the required column 'branch' is not mapped",
            "map ticket_id so that it comes from",
        ),
        (
            ("closed_at: closed", "closed_at: {from: closed, formats: ['%d/%m/%Y', '%m/%d/%Y']}"),
            "cannot both be tried",
            "declare the one the source writes",
        ),
        (("branch: branch", "branch: {from: branch, unit: days}"), "a unit of time is for durations", ""),
        (("branch: branch", "branch: {from: branch, formats: ['%Y']}"), "formats are for timestamps", ""),
        (("path: data/raw/parts.csv", "path: data/raw/part.csv"), "there is no file data/raw/part.csv", "looked in"),
        (("closed_at: closed", "closed_at: closedd"), "there is no column 'closedd'", "did you mean 'closed'?"),
    ],
)
def test_a_mapping_that_does_not_fit_is_told(project, make_project, change, problem, hint):
    wrong = make_project(SOURCES.replace(*change), {}, root=project.root)
    with pytest.raises(InputError) as caught:
        prepare(wrong)
    assert any(problem in issue.problem and hint in issue.hint for issue in caught.value.issues), str(caught.value)


def test_all_sources_are_read_before_problems_are_told(project, make_project):
    twice = SOURCES.replace("id: id, branch", "id: idd, branch").replace("ordered_at: ordered", "ordered_at: orderd")
    with pytest.raises(InputError) as caught:
        prepare(make_project(twice, {}, root=project.root))
    assert [issue.where for issue in caught.value.issues] == ["source tickets, tickets.csv", "source parts, parts.csv"]


def test_the_documentation_of_the_data_is_current(pytestconfig):
    written = (pytestconfig.rootpath / "data" / "README.md").read_text(encoding="utf-8")
    assert written == data_readme(), "run: kpi docs"
