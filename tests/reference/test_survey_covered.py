"""Every expected value is compared by one test file or named, with its reason, in survey/skipped.csv."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

FOLDER = Path(__file__).parent / "survey"


@cache
def families() -> dict[str, list[str]]:
    found = {}
    for file in sorted(FOLDER.parent.glob("test_survey_*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "FAMILIES":
                found[file.name] = ast.literal_eval(node.value)
    return found


SKIPPED = pd.read_csv(FOLDER / "skipped.csv", dtype=str)
ROWS = pd.concat([pd.read_csv(file) for file in sorted(FOLDER.glob("expected*.csv"))], ignore_index=True)


def reasons(case: str, statistic: str) -> list[str]:
    return [
        row.reason
        for row in SKIPPED.itertuples()
        if re.fullmatch(row.case, case) and re.fullmatch(row.statistic, statistic)
    ]


def test_every_expected_value_is_compared_or_skipped_with_a_reason() -> None:
    missed, doubled = [], []
    for case, statistic in zip(ROWS["case"], ROWS["statistic"], strict=True):
        homes = [name for name, own in families().items() if any(re.fullmatch(family, case) for family in own)]
        if len(homes) > 1:
            doubled.append((case, homes))
        if not homes and not reasons(case, statistic):
            missed.append((case, statistic))
    assert (missed, doubled) == ([], [])


@pytest.mark.parametrize("row", list(SKIPPED.itertuples()), ids=lambda row: row.case)
def test_every_skipped_family_exists_and_has_a_reason(row: tuple[str, ...]) -> None:
    used = [
        case
        for case, statistic in zip(ROWS["case"], ROWS["statistic"], strict=True)
        if re.fullmatch(row.case, case) and re.fullmatch(row.statistic, statistic)
    ]
    assert used
    assert len(row.reason.split()) > 4
