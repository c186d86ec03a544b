"""A longer period is proposed where it shows more, with what it would show."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.rootcause.cases import Case, explain_case
from kpi_lib.analysis.rootcause.longer import longer
from kpi_lib.analysis.rootcause.reference import Reference, ReferenceKind, ReferenceReason
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.leaves import Leaves
from kpi_lib.params.periods import parse_period

NOVEMBER = parse_period("2025-11")
REFERENCE = Reference(
    ReferenceKind.HISTORY, ReferenceReason.LONGEST, parse_period("2024-11"), parse_period("2025-10")
)  # fmt: skip


def explained(per_day=1.0, first="2024-11-01"):
    rng = np.random.default_rng(1)
    days = pd.date_range(first, "2025-11-30", freq="D")
    rows = days.repeat(rng.poisson(per_day, len(days)))
    frame = pd.DataFrame(
        {"product": pd.Categorical(rng.choice(["tv", "ac"], len(rows))), "day": rows,
         "numerator": (rng.random(len(rows)) < 0.9).astype(float), "denominator": 1.0}
    )  # fmt: skip
    counted = Leaves(CATALOG["first_time_fix_rate"], frame, ("product",), "share")
    now = frame[frame["day"] >= "2025-11-01"]
    case = Case(
        counted.kpi, {"period": "2025-11", "policy_weight": 1.0}, counted, now, frame[frame["day"] < "2025-11-01"],
        REFERENCE,
    )  # fmt: skip
    return explain_case(case, level=0.95, resamples=0, permutations=399)


def test_three_months_show_what_their_cases_show():
    cause = explained()
    found = longer(cause, NOVEMBER)
    frame = cause.case.counted.frame
    assert found.period.label == "2025-09-01..2025-11-30"
    assert found.n == len(frame[frame["day"] >= "2025-09-01"])
    rest = len(frame[frame["day"] < "2025-09-01"])
    now = len(cause.case.current)
    scale = np.sqrt((1 / found.n + 1 / rest) / (1 / now + 1 / len(cause.case.before)))
    assert found.detectable == pytest.approx(cause.explanation.detectable * scale)
    # What the longer period itself says is near what was promised of it.
    longer_case = replace(
        cause.case, current=frame[frame["day"] >= "2025-09-01"], before=frame[frame["day"] < "2025-09-01"]
    )
    real = explain_case(longer_case, level=0.95, resamples=0, permutations=399).explanation.detectable
    assert found.detectable == pytest.approx(real, rel=0.25)


def test_nothing_longer_is_proposed_where_there_is_none():
    assert longer(explained(), parse_period("2025-11-01..2025-11-30")) is None
    assert longer(explained(), parse_period("2025")) is None
    assert longer(explained(first="2025-09-20"), NOVEMBER) is None, "nothing would be left to compare with"
