from __future__ import annotations

from pathlib import Path

import pytest

from kpi_lib.batch.back_test import Figure, Moved, back_test, moved_words, sign_off, signed_off
from kpi_lib.errors import InputError
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.text import language

HISTORY = "kpi,period,value\nfix,2025-10,0.80\nfix,2025-11,0.84\nhours,2025-11,\n"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "reports" / "chengdu" / "2_scorecard"
    folder.mkdir(parents=True)
    (folder / "history.csv").write_text(HISTORY)
    return folder


def test_what_was_signed_off_reads_back_and_has_not_moved(tmp_path: Path, results: Path) -> None:
    path, n = sign_off(tmp_path, "2025-11", [("chengdu", results), ("kunming", tmp_path / "none")])
    assert (path.name, n) == ("2025-11.csv", 2)
    figures = signed_off(tmp_path, "chengdu")
    assert figures == (Figure("chengdu", "fix", "2025-11", 0.84), Figure("chengdu", "hours", "2025-11", None))
    assert signed_off(tmp_path, "kunming") == ()
    assert back_test(figures, results) == ()


@pytest.mark.parametrize(
    ("now", "moved"), [("0.8438", 0), ("0.8361", 0), ("0.8445", 1), ("0.70", 1), ("", 1)]
)  # fmt: skip
def test_a_figure_moves_beyond_the_tolerance_only(tmp_path: Path, results: Path, now: str, moved: int) -> None:
    sign_off(tmp_path, "2025-11", [("chengdu", results)])
    (results / "history.csv").write_text(HISTORY.replace("0.84", now))
    found = back_test(signed_off(tmp_path), results)
    assert len(found) == moved
    assert all(one.figure.kpi == "fix" for one in found)


def test_a_value_where_none_was_published_is_told_too(tmp_path: Path, results: Path) -> None:
    sign_off(tmp_path, "2025-11", [("chengdu", results)])
    (results / "history.csv").write_text(HISTORY.replace("hours,2025-11,", "hours,2025-11,3.5"))
    (found,) = back_test(signed_off(tmp_path), results)
    assert moved_words([found], {}, language("en")) == (
        "Published figures have moved since they were signed off: hours 2025-11: – → 3.5000."
    )
    assert "已发布" in moved_words([found], {}, language("zh"))


@pytest.mark.parametrize(
    ("kpi", "before", "now", "en", "zh"),
    [
        (
            "first_time_fix_rate",
            0.83,
            0.812,
            "First-time resolution rate 2025-11: 83.0% → 81.2%",
            "一次解决率（2025-11）：83.0% → 81.2%",
        ),
        ("complaint_rate", 0.02, 0.0201, "2.00% → 2.01%", "2.00% → 2.01%"),
        ("first_response_hours_median", 2.0, 2.25, "2.00 h → 2.25 h", "2.00小时 → 2.25小时"),
        ("csat_score", 4.5, 4.2, "4.50 → 4.20", "4.50 → 4.20"),
        ("first_time_fix_rate", 0.0301, 0.0303, "3.01% → 3.03%", "3.01% → 3.03%"),
        ("first_time_fix_rate", None, 0.8, "– → 80.0%", "– → 80.0%"),
        ("first_time_fix_rate", 0.8, None, "80.0% → –", "80.0% → –"),
    ],
)
def test_the_banner_writes_a_figure_as_its_indicator_is_written(
    kpi: str, before: float | None, now: float | None, en: str, zh: str
) -> None:
    moved = [Moved(Figure("chengdu", kpi, "2025-11", before), now)]
    assert en in moved_words(moved, CATALOG, language("en"))
    assert zh in moved_words(moved, CATALOG, language("zh"))


def test_a_period_is_signed_once(tmp_path: Path, results: Path) -> None:
    sign_off(tmp_path, "2025-11", [("chengdu", results)])
    with pytest.raises(InputError, match="signed off already"):
        sign_off(tmp_path, "2025-11", [("chengdu", results)])
    with pytest.raises(InputError, match="no report"):
        sign_off(tmp_path, "2024-01", [("chengdu", results)])


def test_a_file_by_hand_with_a_mistake_is_told(tmp_path: Path) -> None:
    (tmp_path / "params" / "signed_off").mkdir(parents=True)
    (tmp_path / "params" / "signed_off" / "2025-11.csv").write_text("branch,kpi,period,value\nchengdu,fix,2025-11,x\n")
    with pytest.raises(InputError, match=r"signed_off/2025-11\.csv: cannot be read"):
        signed_off(tmp_path)
