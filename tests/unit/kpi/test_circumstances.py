"""Circumstances counted by hand, and which indicators they can be evidence for."""

from datetime import datetime

import pytest

from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.circumstances import DECLARED, circumstance_tables
from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.reasons import MOST_VALUES, reasons
from kpi_lib.params.periods import parse_period

OCTOBER, NOVEMBER, AS_OF = parse_period("2025-10"), parse_period("2025-11"), datetime(2025, 12, 3)
BY_ID = {one.id: one for one in DECLARED}


def day(number, hour=9, month=11):
    return datetime(2025, month, number, hour)


@pytest.fixture
def tables(canonical):
    tickets = [
        {"ticket_id": str(i), "branch": "a", "created_at": day(2), "engineer": who, "cost": cost, "resolved_at": day(5)}
        for i, (who, cost) in enumerate([("x", 10.0), ("x", 20.0), ("y", None), (None, 60.0)])
    ]
    complaints = [
        {"complaint_id": str(i), "branch": "a", "filed_at": when, "category": what}
        for i, (what, when) in enumerate(
            [
                ("慢", day(3)),
                ("慢", day(4)),
                ("贵", day(4)),
                (None, day(4)),
                ("旧", day(4, month=9)),
                ("贵", day(4, month=10)),
            ]
        )
    ]
    audits = [
        {"audit_id": str(i), "ticket_id": "0", "branch": "a", "audited_at": day(6), "anomaly": what,
         "process_compliant": fine}
        for i, (what, fine) in enumerate([("CRM", True), (None, False), (None, None), ("CRM", True)])
    ]  # fmt: skip
    calls = [
        {"call_id": str(i), "branch": "a", "called_at": when, "answered": answered, "wait_seconds": wait}
        for i, (when, answered, wait) in enumerate(
            [
                (day(1), True, 5.0),
                (day(1, 10), False, 60.0),
                (day(2), False, 20.0),
                (day(2, 11), True, 9.0),
                (day(2, 12), True, 1.0),
            ]
        )
    ]
    parts = [
        {"part_order_id": str(i), "branch": "a", "ordered_at": day(1), "received_at": got, "urgent": urgent,
         "failed_on_test": failed}
        for i, (got, urgent, failed) in enumerate(
            [(day(3), True, False), (day(2), False, True), (None, True, None), (datetime(2025, 12, 1), True, None)]
        )
    ]  # fmt: skip
    customers = [
        {"customer_id": str(i), "branch": "a", "first_purchase_at": day(1, month=1), "churned_at": left,
         "churn_reason": why}
        for i, (left, why) in enumerate([(day(2), "价格"), (day(3), "搬迁"), (None, None)])
    ]  # fmt: skip
    made = {"tickets": tickets, "complaints": complaints, "audits": audits, "calls": calls, "parts": parts,
            "customers": customers}  # fmt: skip
    return {name: canonical(name, rows) for name, rows in made.items()}


AVAILABLE = {"complaints": ["filed_at", "category"], "audits": ["audited_at", "anomaly"],
             "customers": ["churned_at", "churn_reason"]}  # fmt: skip


def named(tables, **available):
    return reasons(tables, span=(OCTOBER, NOVEMBER), as_of=AS_OF, available=AVAILABLE | available)


def counted(tables, *measured):
    frame = compute(
        circumstance_tables(tables), [one.kpi for one in measured], periods=[NOVEMBER], as_of=AS_OF, groups=["a"]
    )
    return {row["kpi"]: (row["numerator"], row["denominator"]) for row in frame.to_dict("records")}


def test_reasons_are_those_the_data_name_in_the_periods_looked_at(tables):
    found, left_out = named(tables)
    assert left_out == 0
    assert counted(tables, *found) == {
        "reason:complaint=慢": (2, 4), "reason:complaint=贵": (1, 4), "audit:CRM": (2, 4),
        "reason:leaving=价格": (1, 2), "reason:leaving=搬迁": (1, 2),
    }  # fmt: skip


def test_a_column_of_free_text_gives_its_most_frequent_values_and_says_how_many_it_leaves_out(tables, canonical):
    rows = [
        {"complaint_id": f"{i}-{j}", "branch": "a", "filed_at": day(3), "category": f"text {i:02d}"}
        for i in range(MOST_VALUES + 5)
        for j in range(2 if i == MOST_VALUES + 4 else 1)
    ]
    found, left_out = named({**tables, "complaints": canonical("complaints", rows)}, audits=[], customers=[])
    assert (len(found), left_out) == (MOST_VALUES, 5)
    assert found[0].key == f"complaint=text {MOST_VALUES + 4:02d}"


def test_quantities_counted_by_hand(tables):
    wanted = {
        "quantity:staff_tickets_per_engineer": (3, 2),
        "quantity:cost": (90, 3),
        "audit:process": (1, 3),
        "quantity:calls_per_day": (5, 2),
        "quantity:wait_of_lost_calls": (80, 2),
        "quantity:parts_supply_hours": (72, 2),
        "quantity:parts_urgent_rate": (1, 2),
        "quantity:parts_failed_rate": (1, 2),
    }
    assert counted(tables, *(BY_ID[key] for key in wanted)) == wanted


def test_calls_are_no_evidence_for_tickets_and_nothing_is_evidence_for_itself():
    fix, connect, process = (
        CATALOG[key] for key in ("first_time_fix_rate", "phone_connect_rate", "process_compliance_rate")
    )
    assert BY_ID["audit:process"].speaks_of(fix)
    assert not BY_ID["audit:process"].speaks_of(process)
    assert not BY_ID["audit:process"].speaks_of(connect)
    assert BY_ID["quantity:calls_per_day"].speaks_of(connect)
    assert not BY_ID["quantity:calls_per_day"].speaks_of(fix)


def test_reasons_for_leaving_speak_of_customers_who_stay_or_leave_only(tables):
    leaving = next(one for one in named(tables)[0] if one.key.startswith("leaving"))
    assert leaving.speaks_of(CATALOG["churn_rate"])
    assert not leaving.speaks_of(CATALOG["csat_score"])
