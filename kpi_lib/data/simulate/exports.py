"""The company's exports: Chinese headers, two ticket systems, several dialects, as such companies have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Literal

from kpi_lib.data.schema import CUSTOMER_KINDS, CUSTOMER_SEGMENTS, PRODUCTS, SURVEY_CHANNELS, WORK_TYPES
from kpi_lib.data.simulate.cell import Window
from kpi_lib.data.simulate.layout import Field, Layout
from kpi_lib.data.simulate.places import places
from kpi_lib.text import Text

Format = Literal["csv", "parquet"]

YES_NO = {"true": "是", "false": "否"}
SECOND = "%Y-%m-%d %H:%M:%S"
SLASHED = "%Y/%m/%d %H:%M:%S"
MINUTE = "%Y-%m-%d %H:%M"
DAY_FIRST = "%d/%m/%Y %H:%M"
ZULU = "%Y-%m-%dT%H:%M:%SZ"
DAY = "%Y-%m-%d"
_TICKET_CHANNELS = {
    "phone": "电话", "app": "APP", "wechat": "微信", "email": "邮件", "store": "门店", "web": "网页", "other": "传真",
}  # fmt: skip


_CITIES = {place.key: place.name.zh for place in places()}
_BRANCHES = {key: f"{name}分公司" for key, name in _CITIES.items()}


def _zh(names: Mapping[str, Text]) -> dict[str, str]:
    return {key: name.zh for key, name in names.items()}


def _tickets() -> tuple[Field, ...]:
    times = (
        ("首次响应时间", "first_response_at"), ("预约时间", "appointment_made_at"), ("约定上门时间", "promised_at"),
        ("到达时间", "arrived_at"), ("完工时间", "resolved_at"), ("关单时间", "closed_at"),
        ("回访时间", "called_back_at"), ("激活时间", "activated_at"),
    )  # fmt: skip
    return (
        Field("工单号", "ticket_id"),
        Field("分公司", "branch", spelt=_CITIES),
        Field("客户编号", "customer_id"),
        Field("服务商", "provider"),
        Field("工程师", "engineer", blank=" "),
        Field("产品", "product", words=_zh(PRODUCTS)),
        Field("型号", "model"),
        Field("服务类型", "work_type", words=_zh(WORK_TYPES)),
        Field("受理渠道", "channel", words={key: _TICKET_CHANNELS[key] for key in list(_TICKET_CHANNELS)[:-1]},
              otherwise="other"),
        Field("优先级", "priority"),
        Field("初判故障", "category_changed", origin="first_fault", compare=("not_equals", "to_column", "故障类别")),
        Field("故障类别", "fault"),
        Field("状态", "status"),
        Field("建单时间", "created_at", pattern=SECOND),
        *(Field(header, column, pattern=SECOND) for header, column in times),
        Field("上门次数", "visits"),
        Field("转派次数", "transfers"),
        Field("重开次数", "reopen_count"),
        Field("待件天数", "parts_wait_hours", days=True),
        Field("是否保内", "under_warranty", words=YES_NO),
        Field("服务成本", "cost"),
        Field("关单评价", "satisfied_at_closure", words={"true": "满意", "false": "不满意"},
              compare=("equals", "to", "满意")),
        Field("是否达标", "sla_met", words=YES_NO),
    )  # fmt: skip


_OLD_HEADERS = {
    "工单号": "服务单号", "分公司": "机构", "客户编号": "客户代码", "服务商": "网点", "工程师": "服务人员",
    "产品": "品类", "建单时间": "登记时间", "首次响应时间": "响应时间", "完工时间": "完成时间", "待件天数": "缺件天数",
    "服务成本": "费用",
}  # fmt: skip


def _old(fields: Iterable[Field]) -> tuple[Field, ...]:
    """Return the ticket fields as the system before wrote them: other headers, branch names, dates, ``Blank``."""
    return tuple(
        replace(
            item,
            header=_OLD_HEADERS.get(str(item.header), item.header),
            pattern=SLASHED if item.pattern else "",
            blank="Blank" if item.blank else "",
            spelt=_BRANCHES if item.spelt else {},
        )
        for item in fields
    )


_CALLS = (
    Field("通话编号", "call_id"),
    Field("分公司", "branch", spelt=_CITIES),
    Field(("来电日期", "来电时间"), "called_at", pattern=("%Y/%m/%d", "%H:%M:%S")),
    Field("接通结果", "answered", words={"true": "接通", "false": "未接通"}),
    Field("技能组", "queue"),
    Field("等待秒数", "wait_seconds"),
    Field("通话秒数", "talk_seconds"),
    Field("转接次数", "transfers"),
)
_SMS = (
    Field("短信编号", "survey_id"),
    Field("工单号", "ticket_id"),
    Field("发送时间", "sent_at", pattern=MINUTE),
    Field("回复时间", "answered_at", pattern=MINUTE),
    Field("回复内容", "grade", words={key: key for key in "ABCD"}, dropped=("TD",)),
    Field("发送次数", "attempts"),
)
_CALL_BACKS = (
    Field("回访编号", "survey_id"),
    Field("工单号", "ticket_id"),
    Field("客户编号", "customer_id"),
    Field("分公司", "branch", spelt=_CITIES),
    Field("回访方式", "channel", words={key: name for key, name in _zh(SURVEY_CHANNELS).items() if key != "sms"}),
    Field("回访时间", "sent_at"),
    Field("答复时间", "answered_at"),
    Field("评分", "score"),
    Field("是否一次解决", "resolved_at_once", words=YES_NO),
    Field("态度是否良好", "attitude_ok", words=YES_NO),
    Field("方案是否清楚", "solution_clear", words=YES_NO),
    Field("意见", "comment"),
    Field("联系次数", "attempts"),
)
_COMPLAINTS = (
    Field("投诉编号", "complaint_id"),
    Field("工单号", "ticket_id"),
    Field("客户编号", "customer_id"),
    Field("分公司", "branch", spelt=_CITIES),
    Field("投诉时间", "filed_at", pattern=DAY_FIRST),
    Field("响应时间", "responded_at", pattern=DAY_FIRST),
    Field("解决时间", "resolved_at", pattern=DAY_FIRST),
    Field("投诉类别", "category"),
    Field("处理满意度", "handling_score"),
    Field("产品", "product", words=_zh(PRODUCTS)),
)
_AUDITS = (
    Field("抽查编号", "audit_id"),
    Field("工单号", "ticket_id"),
    Field("分公司", "branch", spelt=_CITIES),
    Field("抽查时间", "audited_at"),
    Field("检查人一", "inspector_1"),
    Field("检查人二", "inspector_2"),
    Field("记录属实", "record_true", words=YES_NO),
    Field("分类正确", "classification_right", words=YES_NO),
    Field("服务规范", "process_compliant", words=YES_NO),
    Field("记录属实（二）", "record_true_2", words=YES_NO),
    Field("分类正确（二）", "classification_right_2", words=YES_NO),
    Field("服务规范（二）", "process_compliant_2", words=YES_NO),
    Field("异常说明", "anomaly"),
)
_CUSTOMERS = (
    Field("客户编号", "customer_id"),
    Field("所属分公司", "branch", spelt=_BRANCHES),
    Field("客户类型", "kind", words=_zh(CUSTOMER_KINDS)),
    Field("客户分层", "segment", words=_zh(CUSTOMER_SEGMENTS)),
    Field("线索时间", "lead_at", pattern=MINUTE),
    Field("转化时间", "converted_at", pattern=MINUTE),
    Field("首购时间", "first_purchase_at", pattern=MINUTE),
    Field("二购时间", "second_purchase_at", pattern=MINUTE),
    Field("最近购买时间", "last_purchase_at", pattern=MINUTE),
    Field("购买次数", "purchases"),
    Field("是否活跃", "active", words=YES_NO),
    Field("流失时间", "churned_at", pattern=MINUTE),
    Field("流失原因", "churn_reason"),
    Field("最近活动邀请", "campaign_invited_at", pattern=MINUTE),
    Field("最近活动参加", "campaign_joined_at", pattern=MINUTE),
    Field("手机号", "phone"),
)
_PARTS = (
    Field("备件订单号", "part_order_id"),
    Field("工单号", "ticket_id"),
    Field("分公司", "branch", spelt=_CITIES),
    Field("备件名称", "part"),
    Field("订购时间(UTC)", "ordered_at", pattern=ZULU),
    Field("到货时间(UTC)", "received_at", pattern=ZULU),
    Field("加急", "urgent", words={"true": "1", "false": "0"}),
    Field("检测不合格", "failed_on_test", words={"true": "1", "false": "0"}),
)
_ORG = (
    Field("工程师", "engineer"),
    Field("分公司", "branch", spelt=_BRANCHES),
    Field("服务商", "provider"),
    Field("服务管理中心", "centre"),
    Field("大区", "region"),
)
_MARKET = (
    Field("行编号", "market_id"),
    Field("分公司", "branch", spelt=_CITIES),
    Field("月份", "month_at", pattern=DAY),
    Field("本公司销量", "units_sold"),
    Field("市场总销量", "market_units"),
)


def layouts(window: Window, export_format: Format) -> tuple[Layout, ...]:
    """Return every export of the company.

    ``csv`` is what departments send round: two ticket systems, Excel workbooks, GB18030, split dates, day-first dates,
    UTC. ``parquet`` is what a warehouse gives: one typed file per table.
    """
    turn = date(window.review.year, 1, 1)
    csv = (
        *_ticket_exports(window, turn),
        Layout("calls", "calls", "calls.csv.gz", "csv", _CALLS),
        Layout("surveys_sms", "surveys", "surveys.xlsx", "excel", _SMS, constants={"channel": "sms"}, sheet="短信",
               only=("channel", ("sms",))),
        Layout("surveys_call_back", "surveys", "surveys.xlsx", "excel", _CALL_BACKS, sheet="回访",
               only=("channel", ("call_back", "web", "visit"))),
        Layout("complaints", "complaints", "complaints.csv", "csv", _COMPLAINTS),
        Layout("audits", "audits", "audits.xlsx", "excel", _AUDITS, sheet="抽查"),
        Layout("customers", "customers", "customers.csv.gz", "csv", _CUSTOMERS, encoding="gb18030"),
        Layout("parts", "parts", "parts.csv", "csv", _PARTS, timezone="UTC"),
        Layout("org", "org", "org.xlsx", "excel", _ORG, sheet="组织"),
        Layout("market", "market", "market.csv", "csv", _MARKET, byte_order_mark=True),
    )  # fmt: skip
    return csv if export_format == "csv" else tuple(_warehouse(csv))


def _ticket_exports(window: Window, turn: date) -> tuple[Layout, ...]:
    cancelled = {"column": "状态", "not_in": ["已作废"]}
    new = Layout(
        f"tickets_{turn.year}", "tickets", f"tickets_{turn.year}.csv.gz", "csv", _tickets(), byte_order_mark=True,
        missing=(" ",), filters=(cancelled,), since=turn,
    )  # fmt: skip
    if window.start >= turn:
        return (new,)
    years = f"{window.start.year}_{turn.year - 1}" if window.start.year < turn.year - 1 else f"{turn.year - 1}"
    old = replace(
        new, name=f"tickets_{years}", file=f"tickets_{years}.csv.gz", fields=_old(new.fields), encoding="gb18030",
        byte_order_mark=False, missing=("Blank",), since=None, until=turn,
    )  # fmt: skip
    return (old, new)


def _warehouse(csv: Iterable[Layout]) -> Iterable[Layout]:
    """Return one typed layout per table: the widest of the departments' layouts, without their quirks."""
    widest: dict[str, Layout] = {}
    for layout in csv:
        if layout.table not in widest or len(layout.fields) >= len(widest[layout.table].fields):
            widest[layout.table] = layout
    for table, layout in widest.items():
        fields = tuple(_typed(item) for item in layout.fields)
        if table == "surveys":
            fields = (*fields, Field("短信等级", "grade", dropped=("TD",)))
            fields = tuple(replace(i, words=_zh(SURVEY_CHANNELS)) if i.column == "channel" else i for i in fields)
        yield Layout(table, table, f"{table}.parquet", "parquet", fields, filters=layout.filters)


def _typed(item: Field) -> Field:
    header = item.header if isinstance(item.header, str) else item.header[1]
    words = {} if item.words.keys() == YES_NO.keys() and not item.compare else item.words
    # A warehouse has local time and full channel names.
    return replace(item, header=header, pattern="", words=words, days=False, blank="")
