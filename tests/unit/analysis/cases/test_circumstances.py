"""What rose beside the indicators is told from noise, and what was not there from nothing."""

import numpy as np
import pandas as pd

from kpi_lib.analysis.cases.circumstances import cases_behind, circumstances, rows_for
from kpi_lib.analysis.comments import Change
from kpi_lib.kpi.circumstances import DECLARED

BY_ID = {one.id: one for one in DECLARED}
PROCESS, STAFF, SUPPLY = (
    BY_ID["audit:process"],
    BY_ID["quantity:staff_tickets_per_engineer"],
    BY_ID["quantity:parts_supply_hours"],
)
MONTHS = [f"2025-{month:02d}" for month in range(1, 12)]


def rows(one, numerator, denominator, sum_sq=None):
    squares = [np.nan] * len(numerator) if sum_sq is None else sum_sq
    frame = pd.DataFrame({"kpi": one.kpi.key, "period": MONTHS, "numerator": numerator, "denominator": denominator})
    return frame.assign(
        period_start=pd.to_datetime(frame["period"]), sum_sq=squares, value=frame["numerator"] / frame["denominator"]
    )


def judged(*frames, measured=(PROCESS, STAFF, SUPPLY), missing=None):
    return circumstances(
        pd.concat(frames), period="2025-11", measured=list(measured), missing=missing or {}, n_left_out=0
    )


def verdicts(found):
    return dict(zip(found.table["source"] + ":" + found.table["key"], found.table["verdict"], strict=True))


def test_what_rose_clearly_is_more_and_what_may_be_chance_is_not():
    many = rows(PROCESS, [5.0] * 10 + [30.0], [100.0] * 11)
    some = rows(STAFF, [200.0] * 10 + [225.0], [10.0] * 11)
    hours = rows(SUPPLY, [1000.0] * 10 + [1050.0], [20.0] * 11, [60_000.0] * 11)
    found = judged(many, some, hours)
    assert verdicts(found) == {
        PROCESS.id: Change.MORE, STAFF.id: Change.CANNOT_TELL, SUPPLY.id: Change.CANNOT_TELL,
    }  # fmt: skip
    assert [row["key"] for row in found.risen] == ["process"]
    assert found.change_level == 1 - 0.05 / 3
    assert found.before == ("2025-01", "2025-10")


def test_what_differs_between_months_anyway_is_no_rise():
    steady = judged(rows(STAFF, [200.0] * 10 + [330.0], [10.0] * 11), measured=[STAFF])
    seasonal = judged(rows(STAFF, [100.0, 330.0] * 5 + [330.0], [10.0] * 11), measured=[STAFF])
    assert verdicts(steady)[STAFF.id] == Change.MORE
    assert verdicts(seasonal)[STAFF.id] == Change.CANNOT_TELL
    assert seasonal.table["spread"].iloc[0] > 5


def test_a_month_without_data_is_no_month_without_complaints():
    k, n = [np.nan] * 8 + [10.0, 10.0, 10.0], [1000.0] * 11
    found = judged(rows(STAFF, k, n), measured=[STAFF])
    assert found.table["of_before"].iloc[0] == 2000
    assert verdicts(found)[STAFF.id] == Change.NO_REFERENCE, "two months do not say how far months lie apart"
    gone = judged(rows(STAFF, [10.0] * 10 + [np.nan], n), measured=[STAFF])
    assert rows_for(gone) == []
    assert np.isnan(gone.table["n"].iloc[0])


def test_what_lacks_columns_says_so_and_takes_no_chance_from_the_others():
    found = judged(
        rows(STAFF, [200.0] * 11, [10.0] * 11), measured=[PROCESS, STAFF],
        missing={PROCESS.id: ("audits.process_compliant",)},
    )  # fmt: skip
    assert found.change_level == 0.95
    assert found.table.set_index("key").loc["process", "needs"] == "audits.process_compliant"
    assert [one.key for one, _ in rows_for(found)] == ["staff_tickets_per_engineer"]


def test_the_cases_behind_a_mean_are_its_values_not_their_sum():
    found = judged(
        rows(SUPPLY, [1000.0] * 11, [20.0] * 11, [60_000.0] * 11), rows(PROCESS, [5.0] * 11, [100.0] * 11),
        measured=[SUPPLY, PROCESS],
    )  # fmt: skip
    assert [cases_behind(one, row) for one, row in rows_for(found)] == [20, 5]
