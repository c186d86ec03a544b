"""The whole run: the same on every run and machine, whatever else is simulated beside it; and the committed sample."""

from __future__ import annotations

import collections
import csv
import gzip
import inspect
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

from kpi_lib.data.simulate import simulate
from kpi_lib.data.simulate.documents import write_branches
from kpi_lib.data.simulate.places import places
from kpi_lib.errors import InputError
from kpi_lib.params.branches import BranchesFile

ROOT = Path(__file__).parents[4]
SHORT = {"months": 3, "start": date(2025, 1, 1)}


@pytest.fixture(scope="module")
def five(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("five")
    simulate(target, seed=7, **SHORT)
    return target


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("sample")
    simulate(target)
    return target


def content(path: Path) -> bytes:
    """Content of a file, without what the compressing library of this machine makes of it."""
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    return path.read_bytes()


def files(target: Path) -> Iterator[Path]:
    return (path.relative_to(target) for path in sorted(target.rglob("*")) if path.is_file())


def lines(target: Path, pattern: str, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    rows = []
    for path in sorted((target / "data" / "raw").glob(pattern)):
        rows += csv.DictReader(content(path).decode(encoding).splitlines())
    return rows


def test_the_same_seed_writes_the_same_files(five: Path, tmp_path: Path) -> None:
    simulate(tmp_path, seed=7, **SHORT)
    assert list(files(tmp_path)) == list(files(five))
    assert all((tmp_path / name).read_bytes() == (five / name).read_bytes() for name in files(five))


def test_another_seed_writes_others(five: Path, tmp_path: Path) -> None:
    simulate(tmp_path, seed=8, branches=1, **SHORT)
    ours = {row["工单号"]: row for row in lines(five, "tickets_*") if row["分公司"] == "成都"}
    theirs = {row["工单号"]: row for row in lines(tmp_path, "tickets_*")}
    same = [number for number in ours.keys() & theirs.keys() if ours[number] == theirs[number]]
    assert len(same) < 0.02 * len(ours)


@pytest.mark.parametrize("name", ["tickets_*", "calls*", "complaints*", "parts*", "market*"])
def test_a_branch_is_the_same_beside_more_branches(five: Path, tmp_path: Path, name: str) -> None:
    simulate(tmp_path, seed=7, branches=2, **SHORT)
    shown = {"成都", "遂宁"}
    ours = [row for row in lines(tmp_path, name) if row["分公司"] in shown]
    theirs = [row for row in lines(five, name) if row["分公司"] in shown]
    assert len(ours) > 5
    assert ours == theirs


def test_a_month_is_the_same_in_a_longer_window(five: Path, tmp_path: Path) -> None:
    simulate(tmp_path, seed=7, months=4, start=date(2024, 12, 1))
    ours = {row["通话编号"]: row for row in lines(five, "calls*") if row["来电日期"] < "2025/04"}
    theirs = {row["通话编号"]: row for row in lines(tmp_path, "calls*")}
    assert all(theirs[number] == row for number, row in ours.items())


def test_volume_is_spread_over_the_branches(tmp_path: Path) -> None:
    done = simulate(tmp_path, branches=7, tickets=20_000, months=2, start=date(2025, 3, 1), format="parquet")
    # Two months, two days and a morning.
    assert done.rows["tickets"] == pytest.approx(20_000 * 2.1 / 2, rel=0.04)
    tickets = pq.read_table(tmp_path / "data" / "raw" / "tickets.parquet")
    counts = collections.Counter(tickets["分公司"].to_pylist())
    shares = {place.name.zh: place.size / sum(place.size for place in places()[:7]) for place in places()[:7]}
    assert all(abs(counts[name] / done.rows["tickets"] - share) < 0.02 for name, share in shares.items())
    registry = yaml.safe_load((tmp_path / "params" / "branches.yml").read_text("utf-8"))
    assert list(registry["branches"]) == [place.key for place in places()[:7]]


def test_the_registry_of_all_branches_is_readable(tmp_path: Path) -> None:
    write_branches(tmp_path, places())
    registry = yaml.safe_load((tmp_path / "params" / "branches.yml").read_text("utf-8"))
    read = BranchesFile.model_validate(registry)
    assert len(read.branches) == 43
    assert len(read.centres) == 7
    spellings = [spelling for branch in read.branches.values() for spelling in branch.spellings]
    assert len(set(spellings)) == len(spellings)


def test_truths_of_branches_that_are_not_there_are_left_out(tmp_path: Path) -> None:
    done = simulate(tmp_path, branches=1, months=9, start=date(2025, 3, 1))
    assert {truth.branch for truth in done.planted} == {"chengdu"}
    written = yaml.safe_load((tmp_path / "data" / "truth" / "planted.yml").read_text("utf-8"))
    assert [truth["key"] for truth in written["planted"]] == [truth.key for truth in done.planted]
    assert len(written["planted"]) == 2


def test_all_problems_of_a_request_are_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "data" / "raw").mkdir(parents=True)
    (tmp_path / "data" / "raw" / "old.csv").write_text("x", "utf-8")
    with pytest.raises(InputError) as raised:
        simulate(tmp_path, branches=44, tickets=0, months=0, format="pakret")  # type: ignore[arg-type]
    assert [Path(issue.where).name for issue in raised.value.issues] == [
        "branches",
        "tickets",
        "format",
        "months",
        "raw",
    ]
    assert "did you mean 'parquet'?" in str(raised.value)
    assert (tmp_path / "data" / "raw" / "old.csv").exists()


@pytest.mark.parametrize(("start", "months"), [(date(2025, 1, 15), 1), (date(2021, 1, 1), 1), (date(2030, 6, 1), 12)])
def test_months_must_lie_in_known_years(tmp_path: Path, start: date, months: int) -> None:
    with pytest.raises(InputError, match="start"):
        simulate(tmp_path, start=start, months=months)


def test_too_much_for_excel_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="parquet"):
        simulate(tmp_path, tickets=2_000_000)


def test_replacing_removes_the_old_exports(tmp_path: Path) -> None:
    simulate(tmp_path, branches=1, format="parquet", **SHORT)
    simulate(tmp_path, branches=1, replace=True, **SHORT)
    assert not list((tmp_path / "data" / "raw").glob("*.parquet"))


def test_the_committed_sample_is_what_the_defaults_write(sample: Path) -> None:
    committed = [name for name in files(ROOT / "data") if name.parts[0] in {"raw", "truth"}]
    assert committed == list(files(sample / "data"))
    differing = [name for name in committed if content(ROOT / "data" / name) != content(sample / "data" / name)]
    assert differing == []
    sources = Path("params") / "sources.yml"
    assert (ROOT / sources).read_bytes() == (sample / sources).read_bytes()


def test_the_sample_is_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "data" / "raw").iterdir()) < 4_000_000


def test_defaults_are_the_sample(sample: Path) -> None:
    parameters = inspect.signature(simulate).parameters
    assert parameters["branches"].default == 5
    assert parameters["start"].default == date(2023, 11, 1)
    assert parameters["months"].default == 25
