"""KPIs of the complaints table."""

from __future__ import annotations

from ibis import _

from kpi_lib.kpi.declarations.roles import BRANCH_MANAGER, CUSTOMER_TEAM, EFFICIENCY, SATISFACTION
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Duration, Quantile, Ratio, Share, Stock, Tally
from kpi_lib.text import Text

COMPLAINT_RATE = Kpi(
    key="complaint_rate",
    name=Text("Complaint rate", "投诉率"),
    definition=Text("Complaints filed in the period per ticket created in it.", "期内投诉数与期内建单数之比。"),
    formula=Text("complaints ÷ tickets", "投诉 ÷ 工单"),
    dimension=SATISFACTION,
    owner=BRANCH_MANAGER,
    table="complaints",
    dated_by="filed_at",
    measure=Ratio(Tally("complaints", "filed_at"), Tally("tickets", "created_at"), kind="rate"),
    better="lower",
    unit="share",
    needs=("filed_at", "tickets.created_at"),
)

COMPLAINING_CUSTOMER_RATE = Kpi(
    key="complaining_customer_rate",
    name=Text("Complaining customers", "投诉客户占比"),
    definition=Text(
        "Different customers who complained in the period, of the customers at its start.",
        "期内投诉的不同客户数占期初客户数的比例。",
    ),
    formula=Text("complaining customers ÷ customers", "投诉客户 ÷ 客户"),
    dimension=SATISFACTION,
    owner=BRANCH_MANAGER,
    table="complaints",
    dated_by="filed_at",
    measure=Ratio(
        Tally("complaints", "filed_at", distinct="customer_id"),
        Stock("customers", entered="first_purchase_at", left="churned_at"),
        kind="rate",
    ),
    better="lower",
    unit="share",
    needs=("filed_at", "customer_id", "customers.first_purchase_at", "customers.churned_at"),
)


def _complaint_time(key: str, name: Text, end: str, dated_by: str, definition: Text, formula: Text) -> Kpi:
    return Kpi(
        key=key,
        name=name,
        definition=definition,
        formula=formula,
        dimension=EFFICIENCY,
        owner=CUSTOMER_TEAM,
        table="complaints",
        dated_by=dated_by,
        measure=Quantile(Duration("filed_at", end), at=0.5),
        better="lower",
        unit="hours",
        needs=("filed_at", end),
    )


RESPONSE_MEDIAN = _complaint_time(
    "complaint_response_hours_median",
    Text("Complaint response time, median", "投诉响应时长（中位数）"),
    "responded_at",
    "filed_at",
    Text(
        "Hours from filing to the response, complaints filed in the period; those unanswered count with their wait.",
        "期内投诉从提出到响应的小时数（中位数）；未响应的按已等待时长计入。",
    ),
    Text("median(responded − filed)", "中位数（响应时间 − 投诉时间）"),
)
RESOLUTION_MEDIAN = _complaint_time(
    "complaint_resolution_hours_median",
    Text("Complaint resolution time, median", "投诉解决时长（中位数）"),
    "resolved_at",
    "resolved_at",
    Text(
        "Hours from filing to resolution, complaints resolved in the period.",
        "期内解决的投诉从提出到解决的小时数（中位数）。",
    ),
    Text("median(resolved − filed)", "中位数（解决时间 − 投诉时间）"),
)

HANDLING_SATISFIED = Kpi(
    key="complaint_handling_satisfied_rate",
    name=Text("Satisfied with complaint handling", "投诉处理满意率"),
    definition=Text(
        "Complaints resolved in the period whose handling was scored 4 or 5, of those scored.",
        "期内解决并评分的投诉中处理满意（4 分及以上）的占比。",
    ),
    formula=Text("handling score ≥ 4 ÷ scored", "处理评分 4 分及以上 ÷ 已评分"),
    dimension=SATISFACTION,
    owner=CUSTOMER_TEAM,
    table="complaints",
    dated_by="resolved_at",
    measure=Share(hit=_.handling_score >= 4, among=_.handling_score.notnull()),
    better="higher",
    unit="share",
    needs=("resolved_at", "handling_score"),
)

KPIS = (COMPLAINT_RATE, COMPLAINING_CUSTOMER_RATE, RESPONSE_MEDIAN, RESOLUTION_MEDIAN, HANDLING_SATISFIED)
