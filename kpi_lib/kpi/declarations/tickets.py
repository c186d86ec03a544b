"""KPIs of the tickets table: response, resolution, first-time fix, reopening, closure, activation."""

from __future__ import annotations

from ibis import _

from kpi_lib.kpi.declarations.roles import (
    BRANCH_MANAGER,
    DISPATCH,
    EFFICIENCY,
    FIELD_SERVICE,
    QUALITY,
    RELATIONSHIP,
    SATISFACTION,
    SURVEY_TEAM,
)
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Duration, Mean, Quantile, Share, Tally, Within
from kpi_lib.text import Text

_RESPONSE = Duration("created_at", "first_response_at")
_RESOLUTION = Duration("created_at", "resolved_at")
_WORKING_RESPONSE = Duration("created_at", "first_response_at", clock="working")
_WORKING_RESOLUTION = Duration("created_at", "resolved_at", clock="working")

_RESPONSE_NEEDS = ("created_at", "first_response_at")
_RESOLUTION_NEEDS = ("created_at", "resolved_at")

FIRST_RESPONSE_MEDIAN = Kpi(
    key="first_response_hours_median",
    name=Text("First response time, median", "首次响应时长（中位数）"),
    definition=Text(
        "Hours from creation to the first response: half of the tickets created in the period waited no longer. "
        "Tickets still without a response count with the time they have waited so far (Kaplan-Meier).",
        "从建单到首次响应的小时数：期内建单的工单有一半不超过此值。尚未响应的工单按已等待时长计入（Kaplan-Meier）。",
    ),
    formula=Text("median(first response − created)", "中位数（首次响应时间 − 建单时间）"),
    dimension=EFFICIENCY,
    owner=DISPATCH,
    table="tickets",
    dated_by="created_at",
    measure=Quantile(_RESPONSE, at=0.5),
    better="lower",
    unit="hours",
    needs=_RESPONSE_NEEDS,
)

FIRST_RESPONSE_MEAN = Kpi(
    key="first_response_hours_mean",
    name=Text("First response time, mean", "首次响应时长（平均）"),
    definition=Text(
        "Mean hours from creation to the first response of the tickets created in the period that have one; those "
        "still waiting are counted beside it.",
        "期内建单且已响应的工单，从建单到首次响应的平均小时数；尚未响应的数量另行列出。",
    ),
    formula=Text("mean(first response − created)", "平均值（首次响应时间 − 建单时间）"),
    dimension=EFFICIENCY,
    owner=DISPATCH,
    table="tickets",
    dated_by="created_at",
    measure=Mean(_RESPONSE),
    better="lower",
    unit="hours",
    needs=_RESPONSE_NEEDS,
)

FIRST_RESPONSE_P90 = Kpi(
    key="first_response_hours_p90",
    name=Text("First response time, 90th percentile", "首次响应时长（P90）"),
    definition=Text(
        "Nine tickets of ten created in the period had their first response within this many hours.",
        "期内建单的工单有九成在此小时数内得到首次响应。",
    ),
    formula=Text("P90(first response − created)", "P90（首次响应时间 − 建单时间）"),
    dimension=EFFICIENCY,
    owner=DISPATCH,
    table="tickets",
    dated_by="created_at",
    measure=Quantile(_RESPONSE, at=0.9),
    better="lower",
    unit="hours",
    needs=_RESPONSE_NEEDS,
)

FIRST_RESPONSE_WORKING_MEDIAN = Kpi(
    key="first_response_working_hours_median",
    name=Text("First response time in working hours, median", "首次响应时长（工作时间中位数）"),
    definition=Text(
        "As the first response time, on the branch's working calendar: nights, rest days and public holidays do not "
        "count, make-up working days do.",
        "同首次响应时长，但按分公司工作日历计时：夜间、休息日、法定节假日不计，调休上班日计入。",
    ),
    formula=Text("median(working hours from created to first response)", "中位数（建单至首次响应的工作小时）"),
    dimension=EFFICIENCY,
    owner=DISPATCH,
    table="tickets",
    dated_by="created_at",
    measure=Quantile(_WORKING_RESPONSE, at=0.5),
    better="lower",
    unit="hours",
    needs=_RESPONSE_NEEDS,
)

FIRST_RESPONSE_WITHIN_LIMIT = Kpi(
    key="first_response_within_limit_rate",
    name=Text("First-response attainment", "响应达标率"),
    definition=Text(
        "Tickets responded to within the limit, of the tickets created in the period whose limit has run out.",
        "期内建单且时限已到的工单中，在时限内得到响应的占比。",
    ),
    formula=Text("responded within the limit ÷ tickets", "时限内响应工单 ÷ 工单"),
    dimension=EFFICIENCY,
    owner=DISPATCH,
    table="tickets",
    dated_by="created_at",
    measure=Within(_RESPONSE, limit_hours=1.0),
    better="higher",
    unit="share",
    needs=_RESPONSE_NEEDS,
)

RESOLVED_WITHIN_LIMIT = Kpi(
    key="resolved_within_limit_rate",
    name=Text("Resolution attainment", "及时解决率"),
    definition=Text(
        "Tickets resolved within the limit, of the tickets created in the period whose limit has run out; one still "
        "open past the limit is a miss.",
        "期内建单且时限已到的工单中，在时限内解决的占比；超过时限仍未解决计为未达标。",
    ),
    formula=Text("resolved within the limit ÷ tickets", "时限内解决工单 ÷ 工单"),
    dimension=EFFICIENCY,
    owner=FIELD_SERVICE,
    table="tickets",
    dated_by="created_at",
    measure=Within(_RESOLUTION, limit_hours=48.0),
    better="higher",
    unit="share",
    needs=_RESOLUTION_NEEDS,
)


def _resolution(key: str, name: Text, measure: Mean | Quantile, formula: Text) -> Kpi:
    return Kpi(
        key=key,
        name=name,
        definition=Text(
            "Time from creation to resolution of the tickets resolved in the period, however long ago they were "
            "created (feedback handling time). Open tickets show in the overdue buckets.",
            "期内解决的工单从建单到解决的时长（反馈处理时长），不论何时建单；未解决工单见超期分布。",
        ),
        formula=formula,
        dimension=EFFICIENCY,
        owner=FIELD_SERVICE,
        table="tickets",
        dated_by="resolved_at",
        measure=measure,
        better="lower",
        unit="hours",
        needs=_RESOLUTION_NEEDS,
    )


RESOLUTION_MEDIAN = _resolution(
    "resolution_hours_median",
    Text("Resolution time, median", "反馈处理时长（中位数）"),
    Quantile(_RESOLUTION, at=0.5),
    Text("median(resolved − created)", "中位数（解决时间 − 建单时间）"),
)
RESOLUTION_MEAN = _resolution(
    "resolution_hours_mean",
    Text("Resolution time, mean", "反馈处理时长（平均）"),
    Mean(_RESOLUTION),
    Text("mean(resolved − created)", "平均值（解决时间 − 建单时间）"),
)
RESOLUTION_P90 = _resolution(
    "resolution_hours_p90",
    Text("Resolution time, 90th percentile", "反馈处理时长（P90）"),
    Quantile(_RESOLUTION, at=0.9),
    Text("P90(resolved − created)", "P90（解决时间 − 建单时间）"),
)
RESOLUTION_WORKING_MEDIAN = _resolution(
    "resolution_working_hours_median",
    Text("Resolution time in working hours, median", "反馈处理时长（工作时间中位数）"),
    Quantile(_WORKING_RESOLUTION, at=0.5),
    Text("median(working hours from created to resolved)", "中位数（建单至解决的工作小时）"),
)

FIRST_TIME_FIX = Kpi(
    key="first_time_fix_rate",
    name=Text("First-time resolution rate", "一次解决率"),
    definition=Text(
        "Tickets resolved in one visit or contact, never reopened and confirmed by the customer at closure, of the "
        "tickets resolved in the period. A ticket whose visits, reopening or confirmation is not recorded can be "
        "neither and is left out and counted.",
        "期内解决的工单中，一次上门（联系）解决、未重开且客户关单时确认满意的占比。上门次数、重开或确认缺失的工单不计入并另列数量。",
    ),
    formula=Text(
        "(visits ≤ 1, not reopened, customer confirms) ÷ resolved", "（一次上门且未重开且客户确认）÷ 已解决工单"
    ),
    dimension=QUALITY,
    owner=FIELD_SERVICE,
    table="tickets",
    dated_by="resolved_at",
    measure=Share(
        hit=(_.visits <= 1) & (_.reopen_count == 0) & _.satisfied_at_closure,
        known=("visits", "reopen_count", "satisfied_at_closure"),
    ),
    better="higher",
    unit="share",
    needs=("resolved_at", "visits", "reopen_count", "satisfied_at_closure"),
)

REOPENED = Kpi(
    key="reopened_rate",
    name=Text("Reopened rate", "重开率"),
    definition=Text("Tickets created in the period that were reopened.", "期内建单的工单中被重开的占比。"),
    formula=Text("reopened ÷ tickets", "重开工单 ÷ 工单"),
    dimension=QUALITY,
    owner=FIELD_SERVICE,
    table="tickets",
    dated_by="created_at",
    measure=Share(hit=_.reopen_count > 0, known=("reopen_count",)),
    better="lower",
    unit="share",
    needs=("reopen_count",),
)

REASSIGNED = Kpi(
    key="reassigned_rate",
    name=Text("Reassigned rate", "转派率"),
    definition=Text("Tickets created in the period that changed hands.", "期内建单的工单中被转派的占比。"),
    formula=Text("transferred at least once ÷ tickets", "至少转派一次的工单 ÷ 工单"),
    dimension=QUALITY,
    owner=DISPATCH,
    table="tickets",
    dated_by="created_at",
    measure=Share(hit=_.transfers > 0, known=("transfers",)),
    better="lower",
    unit="share",
    needs=("transfers",),
)

STRAIGHT_THROUGH = Kpi(
    key="straight_through_rate",
    name=Text("Straight-through rate", "直通率"),
    definition=Text(
        "Tickets created in the period that were neither reopened nor reassigned.",
        "期内建单的工单中既未重开也未转派的占比。",
    ),
    formula=Text("(not reopened, not transferred) ÷ tickets", "（未重开且未转派）÷ 工单"),
    dimension=QUALITY,
    owner=DISPATCH,
    table="tickets",
    dated_by="created_at",
    measure=Share(hit=(_.reopen_count == 0) & (_.transfers == 0), known=("reopen_count", "transfers")),
    better="higher",
    unit="share",
    needs=("reopen_count", "transfers"),
)

SLA_MET = Kpi(
    key="sla_met_rate",
    name=Text("Service level met", "服务级别达成率"),
    definition=Text(
        "Tickets created in the period that met their service level, as the source system says.",
        "期内建单的工单中来源系统判定达到服务级别的占比。",
    ),
    formula=Text("service level met ÷ tickets", "达到服务级别 ÷ 工单"),
    dimension=EFFICIENCY,
    owner=FIELD_SERVICE,
    table="tickets",
    dated_by="created_at",
    measure=Share(hit=_.sla_met, known=("sla_met",)),
    better="higher",
    unit="share",
    needs=("sla_met",),
)

RECLASSIFIED = Kpi(
    key="reclassified_rate",
    name=Text("Reclassified rate", "改类率"),
    definition=Text(
        "Tickets created in the period whose category was changed during their life.",
        "期内建单的工单中处理过程改过类别的占比。",
    ),
    formula=Text("category changed ÷ tickets", "改过类别的工单 ÷ 工单"),
    dimension=QUALITY,
    owner=DISPATCH,
    table="tickets",
    dated_by="created_at",
    measure=Share(hit=_.category_changed, known=("category_changed",)),
    better="lower",
    unit="share",
    needs=("category_changed",),
)

SATISFIED_CLOSURE = Kpi(
    key="satisfied_closure_rate",
    name=Text("Closed to satisfaction", "满意关单率"),
    definition=Text(
        "Tickets closed in the period with the customer's satisfaction recorded at closure.",
        "期内关闭的工单中客户满意后关单的占比。",
    ),
    formula=Text("closed with the satisfied flag ÷ closed", "满意关单 ÷ 关单"),
    dimension=SATISFACTION,
    owner=FIELD_SERVICE,
    table="tickets",
    dated_by="closed_at",
    measure=Share(hit=_.satisfied_at_closure, known=("satisfied_at_closure",)),
    better="higher",
    unit="share",
    needs=("closed_at", "satisfied_at_closure"),
)

ACTIVATION = Kpi(
    key="activation_rate",
    name=Text("Smart-TV activation rate", "智能电视激活率"),
    definition=Text(
        "Smart TVs activated, of the smart TVs whose installation was completed in the period.",
        "期内完成安装的智能电视中已激活的占比。",
    ),
    formula=Text("activated ÷ installed smart TVs", "已激活 ÷ 已安装智能电视"),
    dimension=QUALITY,
    owner=FIELD_SERVICE,
    table="tickets",
    dated_by="resolved_at",
    measure=Share(
        hit=_.activated_at.notnull(),
        among=(_.product == "smart_tv") & _.work_type.isin(["installation", "activation"]),
    ),
    better="higher",
    unit="share",
    needs=("resolved_at", "product", "work_type", "activated_at"),
)

IN_SALE_REPAIRS = Kpi(
    key="in_sale_repairs",
    name=Text("In-sale units repaired", "售中机修复数"),
    definition=Text(
        "Dealers' unsold units repaired and returned to finished stock in the period.",
        "期内修复并返回成品库的售中机数量。",
    ),
    formula=Text("count(in-sale repairs resolved)", "售中机维修完成数"),
    dimension=QUALITY,
    owner=BRANCH_MANAGER,
    table="tickets",
    dated_by="resolved_at",
    measure=Count(Tally("tickets", "resolved_at", among=_.work_type == "in_sale_repair")),
    better="higher",
    unit="count",
    needs=("resolved_at", "work_type"),
)

CALL_BACK = Kpi(
    key="call_back_rate",
    name=Text("Call-back rate", "回访率"),
    definition=Text(
        "Tickets resolved in the period whose customer was called back.", "期内解决的工单中已回访客户的占比。"
    ),
    formula=Text("called back ÷ resolved", "已回访工单 ÷ 已解决工单"),
    dimension=RELATIONSHIP,
    owner=SURVEY_TEAM,
    table="tickets",
    dated_by="resolved_at",
    measure=Share(hit=_.called_back_at.notnull()),
    better="higher",
    unit="share",
    needs=("resolved_at", "called_back_at"),
)

KPIS = (
    FIRST_RESPONSE_MEDIAN,
    FIRST_RESPONSE_MEAN,
    FIRST_RESPONSE_P90,
    FIRST_RESPONSE_WORKING_MEDIAN,
    FIRST_RESPONSE_WITHIN_LIMIT,
    RESOLVED_WITHIN_LIMIT,
    RESOLUTION_MEDIAN,
    RESOLUTION_MEAN,
    RESOLUTION_P90,
    RESOLUTION_WORKING_MEDIAN,
    FIRST_TIME_FIX,
    REOPENED,
    REASSIGNED,
    STRAIGHT_THROUGH,
    SLA_MET,
    RECLASSIFIED,
    SATISFIED_CLOSURE,
    ACTIVATION,
    IN_SALE_REPAIRS,
    CALL_BACK,
)
