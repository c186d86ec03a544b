"""Events and accepted baselines as files."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kpi_lib.errors import InputError
from kpi_lib.params.baselines import (
    AcceptedBaseline,
    BaselineFile,
    accepted_files,
    latest_accepted,
    read_baselines,
    write_baselines,
)
from kpi_lib.params.events import load_events

ENTRY = AcceptedBaseline(
    kpi="first_time_fix_rate", branch="north", first="2024-01", last="2025-11", chart="p", why=("share",), centre=0.85,
    spread=None, level=0.85, lower=0.7, upper=1.0, n=23, numerator=850, denominator=1000, grade="A",
)  # fmt: skip


def file(period: str) -> BaselineFile:
    return BaselineFile(
        period=period, author="Li Wei", accepted_on=date(2025, 12, 3), data={}, code="0", baselines=(ENTRY,)
    )


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "baselines" / "2025-11.json"
    write_baselines(path, file("2025-11"))
    assert read_baselines(path) == file("2025-11")
    assert read_baselines(path).of("north", "first_time_fix_rate") == ENTRY
    assert read_baselines(path).of("south", "first_time_fix_rate") is None


def test_the_newest_accepted_file_counts_and_a_proposal_does_not(tmp_path: Path) -> None:
    assert latest_accepted(tmp_path) is None
    for name in ("2025-08", "2025-11", "2025-12.proposal"):
        write_baselines(tmp_path / "baselines" / f"{name}.json", file(name[:7]))
    assert len(accepted_files(tmp_path)) == 2
    assert latest_accepted(tmp_path).period == "2025-11"


def test_a_file_with_mistakes_names_them_all(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text('{"period": "2025-11", "colour": 1, "data": {}, "baselines": []}')
    with pytest.raises(InputError) as caught:
        read_baselines(path)
    assert len(caught.value.issues) == 2


def test_events_are_read_and_bear_on_what_they_name(tmp_path: Path) -> None:
    assert load_events(tmp_path) == ()
    (tmp_path / "events.csv").write_text(
        "date,branch,kpi,event\n2025-06-01,north,,new desk\n2025-07-01,,csat_score,survey\n"
    )
    first, second = load_events(tmp_path)
    assert first.concerns("north", "any")
    assert not first.concerns("south", "any")
    assert second.concerns("south", "csat_score")
    assert not second.concerns("south", "any")


def test_events_with_mistakes_are_told_by_line(tmp_path: Path) -> None:
    (tmp_path / "events.csv").write_text("date,event\nsoon,x\n2025-01-01,y\nlater,z\n")
    with pytest.raises(InputError, match=r"events\.csv:2") as caught:
        load_events(tmp_path)
    assert len(caught.value.issues) == 2
