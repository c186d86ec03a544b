"""The canonical tables: one declaration that drives validation, documentation and the simulator.

A source export is mapped onto these columns (``params/sources.yml``); everything downstream knows only these names.
Times are naive local timestamps of the company's time zone; ``*_hours`` are hours, money is in the company's currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from kpi_lib.text import Text


class ColumnType(StrEnum):
    """Canonical type of a column."""

    STRING = "string"
    TIMESTAMP = "timestamp"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"


@dataclass(frozen=True)
class Column:
    """One canonical column.

    Parameters
    ----------
    name, type, text
        Name, canonical type and meaning in both languages.
    unit
        Unit of a quantity (``h``, ``s``, ``currency``, ``count``), empty where there is none.
    required
        A row without it cannot be used and goes to quarantine.
    unique
        The value names the row; a second row with it goes to quarantine.
    values
        The only values allowed, with their names; empty where any value is.
    minimum, maximum
        Inclusive range of a quantity.
    not_before
        Timestamp column of the same table this one must not precede.
    planned
        Timestamp column that may lie ahead of the export: it is a promise, not an event.
    references
        ``table.column`` the value should be found in, when that table has a source.
    carried_by
        Foreign key of this table through which the column is filled in from ``carried_from`` when its own value is
        missing, such as the branch of a survey through its ticket.
    carried_from
        ``table.column`` the carried value is read from.
    """

    name: str
    type: ColumnType
    text: Text
    unit: str = ""
    required: bool = False
    unique: bool = False
    values: Mapping[str, Text] = field(default_factory=dict)
    minimum: float | None = None
    maximum: float | None = None
    not_before: str = ""
    planned: bool = False
    references: str = ""
    carried_by: str = ""
    carried_from: str = ""


@dataclass(frozen=True)
class Table:
    """One canonical table: what a row is, its columns and the timestamp that dates a row."""

    name: str
    text: Text
    grain: Text
    dated_by: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column called ``name``; raises KeyError."""
        return {column.name: column for column in self.columns}[name]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in order."""
        return tuple(column.name for column in self.columns)


def _string(name: str, en: str, zh: str, **options: object) -> Column:
    return Column(name, ColumnType.STRING, Text(en, zh), **options)  # type: ignore[arg-type]


def _time(name: str, en: str, zh: str, **options: object) -> Column:
    return Column(name, ColumnType.TIMESTAMP, Text(en, zh), **options)  # type: ignore[arg-type]


def _integer(name: str, en: str, zh: str, **options: object) -> Column:
    return Column(name, ColumnType.INTEGER, Text(en, zh), **{"unit": "count", "minimum": 0, **options})  # type: ignore[arg-type]


def _number(name: str, en: str, zh: str, **options: object) -> Column:
    return Column(name, ColumnType.NUMBER, Text(en, zh), **{"minimum": 0, **options})  # type: ignore[arg-type]


def _flag(name: str, en: str, zh: str, **options: object) -> Column:
    return Column(name, ColumnType.BOOLEAN, Text(en, zh), **options)  # type: ignore[arg-type]


PRODUCTS = {
    "tv": Text("TV", "彩电"),
    "smart_tv": Text("Smart TV", "智能电视"),
    "air_conditioner": Text("Air conditioner", "空调"),
    "washing_machine": Text("Washing machine", "洗衣机"),
}
"""Names of the trade's usual products; a source may bring others, which are shown as they come."""

WORK_TYPES = {
    "repair": Text("Repair", "维修"),
    "installation": Text("Installation", "安装"),
    "return_exchange": Text("Return or exchange", "退换货"),
    "in_sale_repair": Text("In-sale unit repair", "售中机"),
    "activation": Text("Smart-TV activation", "智能电视激活"),
}
TICKET_CHANNELS = {
    "phone": Text("Phone", "电话"),
    "app": Text("App", "APP"),
    "wechat": Text("WeChat", "微信"),
    "email": Text("E-mail", "邮件"),
    "store": Text("Store", "门店"),
    "web": Text("Web", "网页"),
    "other": Text("Other", "其他"),
}
SURVEY_CHANNELS = {
    "call_back": Text("Call-back", "电话回访"),
    "sms": Text("SMS", "短信"),
    "web": Text("Web", "网页"),
    "visit": Text("Visit", "上门"),
}
GRADES = {
    "A": Text("Very satisfied", "非常满意"),
    "B": Text("Satisfied", "满意"),
    "C": Text("Dissatisfied", "不满意"),
    "D": Text("Very dissatisfied", "非常不满意"),
}
CUSTOMER_KINDS = {
    "end_user": Text("End user", "用户"),
    "dealer": Text("Dealer", "经销商"),
    "shop_guide": Text("Shop guide", "导购员"),
    "project": Text("Project customer", "工程客户"),
}
CUSTOMER_SEGMENTS = {
    "new": Text("New", "新客户"),
    "old": Text("Old", "老客户"),
    "high_value": Text("High-value", "高价值客户"),
}

_TICKET_BRANCH: dict[str, object] = {"required": True, "carried_by": "ticket_id", "carried_from": "tickets.branch"}
_BRANCH: dict[str, object] = {"required": True}


def _ticket_link(**options: object) -> Column:
    return _string("ticket_id", "Ticket number", "工单号", references="tickets.ticket_id", **options)


def _customer_link(**options: object) -> Column:
    return _string("customer_id", "Customer number", "客户编号", references="customers.customer_id", **options)


def _from_ticket(name: str, en: str, zh: str) -> Column:
    return _string(name, en, zh, carried_by="ticket_id", carried_from=f"tickets.{name}")


TICKETS = Table(
    "tickets",
    Text("Tickets", "工单"),
    Text("one service order", "一张服务工单"),
    "created_at",
    (
        _string("ticket_id", "Ticket number", "工单号", required=True, unique=True),
        _string("branch", "Branch", "分公司", **_BRANCH),
        _time("created_at", "Created", "建单时间", required=True),
        _customer_link(),
        _string("provider", "Service provider", "服务商"),
        _string("engineer", "Engineer", "工程师"),
        _string("product", "Product", "产品"),
        _string("model", "Model", "型号"),
        _string("work_type", "Work type", "服务类型", values=WORK_TYPES),
        _string("channel", "Channel", "受理渠道", values=TICKET_CHANNELS),
        _string("priority", "Priority", "优先级"),
        _string("fault", "Fault category", "故障类别"),
        _string("status", "Status", "状态"),
        _time("first_response_at", "First response", "首次响应时间", not_before="created_at"),
        _time("appointment_made_at", "Appointment made", "预约时间", not_before="created_at"),
        _time("promised_at", "Promised visit", "约定上门时间", not_before="created_at", planned=True),
        _time("arrived_at", "Arrived on site", "到达时间", not_before="created_at"),
        _time("resolved_at", "Resolved", "解决时间", not_before="first_response_at"),
        _time("closed_at", "Closed", "关单时间", not_before="resolved_at"),
        _time("called_back_at", "Called back", "回访时间", not_before="created_at"),
        _time("activated_at", "Smart TV activated", "激活时间", not_before="created_at"),
        _integer("visits", "Visits", "上门次数"),
        _integer("transfers", "Transfers", "转派次数"),
        _integer("reopen_count", "Times reopened", "重开次数"),
        _number("parts_wait_hours", "Waiting for parts", "待件时长", unit="h"),
        _flag("under_warranty", "Under warranty", "是否保内"),
        _number("cost", "Cost", "服务成本", unit="currency"),
        _flag("satisfied_at_closure", "Satisfied at closure", "满意关单"),
        _flag("sla_met", "Service level met (as the source says)", "达到服务级别（来源系统）"),
        _flag("category_changed", "Category changed during its life", "处理中改过类别"),
        _string(
            "customer_kind",
            "Customer kind",
            "客户类型",
            values=CUSTOMER_KINDS,
            carried_by="customer_id",
            carried_from="customers.kind",
        ),
    ),
)

CALLS = Table(
    "calls",
    Text("Calls", "通话"),
    Text("one offered call", "一次来电"),
    "called_at",
    (
        _string("call_id", "Call number", "通话编号", required=True, unique=True),
        _string("branch", "Branch", "分公司", **_BRANCH),
        _time("called_at", "Time of the call", "来电时间", required=True),
        _flag("answered", "Answered", "是否接通", required=True),
        _customer_link(),
        _string("queue", "Queue", "队列"),
        _number("wait_seconds", "Wait", "等待时长", unit="s"),
        _number("talk_seconds", "Talk time", "通话时长", unit="s"),
        _integer("transfers", "Transfers", "转接次数"),
    ),
)

SURVEYS = Table(
    "surveys",
    Text("Surveys", "回访问卷"),
    Text("one customer asked", "一次回访"),
    "sent_at",
    (
        _string("survey_id", "Survey number", "回访编号", required=True, unique=True),
        _ticket_link(),
        _string(
            "customer_id",
            "Customer number",
            "客户编号",
            references="customers.customer_id",
            carried_by="ticket_id",
            carried_from="tickets.customer_id",
        ),
        _string("branch", "Branch", "分公司", **_TICKET_BRANCH),
        _string("channel", "Channel", "回访方式", values=SURVEY_CHANNELS),
        _time("sent_at", "Asked", "回访时间", required=True),
        _time("answered_at", "Answered", "答复时间", not_before="sent_at"),
        _integer("attempts", "Contact attempts made", "联系次数", minimum=0),
        _string("stratum", "Sampling stratum", "抽样层"),
        _number("weight", "Customers this one stands for", "抽样权重", minimum=0),
        _integer("score", "Score 1 to 5", "评分（1–5）", unit="points", minimum=1, maximum=5),
        _string("grade", "Grade A to D", "短信等级（A–D）", values=GRADES),
        _flag("resolved_at_once", "Resolved at once", "是否一次解决"),
        _flag("attitude_ok", "Attitude good", "态度是否良好"),
        _flag("solution_clear", "Solution clear", "方案是否清楚"),
        _string("comment", "Comment", "意见"),
        _from_ticket("provider", "Service provider", "服务商"),
        _from_ticket("engineer", "Engineer", "工程师"),
        _from_ticket("product", "Product", "产品"),
        _string(
            "customer_kind",
            "Customer kind",
            "客户类型",
            values=CUSTOMER_KINDS,
            carried_by="customer_id",
            carried_from="customers.kind",
        ),
    ),
)

COMPLAINTS = Table(
    "complaints",
    Text("Complaints", "投诉"),
    Text("one complaint", "一起投诉"),
    "filed_at",
    (
        _string("complaint_id", "Complaint number", "投诉编号", required=True, unique=True),
        _ticket_link(),
        _string(
            "customer_id",
            "Customer number",
            "客户编号",
            references="customers.customer_id",
            carried_by="ticket_id",
            carried_from="tickets.customer_id",
        ),
        _string("branch", "Branch", "分公司", **_TICKET_BRANCH),
        _time("filed_at", "Filed", "投诉时间", required=True),
        _time("responded_at", "Responded", "响应时间", not_before="filed_at"),
        _time("resolved_at", "Resolved", "解决时间", not_before="responded_at"),
        _string("category", "Category", "投诉类别"),
        _integer(
            "handling_score",
            "Satisfaction with the handling, 1 to 5",
            "处理满意度（1–5）",
            unit="points",
            minimum=1,
            maximum=5,
        ),
        _from_ticket("product", "Product", "产品"),
    ),
)

AUDITS = Table(
    "audits",
    Text("Audits", "抽查"),
    Text("one audited ticket", "一张被抽查的工单"),
    "audited_at",
    (
        _string("audit_id", "Audit number", "抽查编号", required=True, unique=True),
        _ticket_link(required=True),
        _string("branch", "Branch", "分公司", **_TICKET_BRANCH),
        _time("audited_at", "Audited", "抽查时间", required=True),
        _string("inspector_1", "First inspector", "检查人一"),
        _string("inspector_2", "Second inspector", "检查人二"),
        _flag("record_true", "Record true", "记录属实"),
        _flag("classification_right", "Classified right at first", "首次分类正确"),
        _flag("process_compliant", "Done by the standard", "服务规范"),
        _flag("record_true_2", "Record true (second inspector)", "记录属实（检查人二）"),
        _flag("classification_right_2", "Classified right (second inspector)", "分类正确（检查人二）"),
        _flag("process_compliant_2", "Done by the standard (second inspector)", "服务规范（检查人二）"),
        _string("anomaly", "Anomaly noted", "异常说明"),
    ),
)

CUSTOMERS = Table(
    "customers",
    Text("Customers", "客户"),
    Text("one customer", "一个客户"),
    "first_purchase_at",
    (
        _string("customer_id", "Customer number", "客户编号", required=True, unique=True),
        _string("branch", "Branch", "分公司", **_BRANCH),
        _string("kind", "Customer kind", "客户类型", values=CUSTOMER_KINDS),
        _string("segment", "New, old or high-value", "新老及高价值", values=CUSTOMER_SEGMENTS),
        _time("lead_at", "Became a lead", "线索时间"),
        _time("converted_at", "Lead converted", "转化时间", not_before="lead_at"),
        _time("first_purchase_at", "First purchase", "首次购买"),
        _time("second_purchase_at", "Second purchase", "第二次购买", not_before="first_purchase_at"),
        _time("last_purchase_at", "Last purchase", "最近购买", not_before="first_purchase_at"),
        _integer("purchases", "Purchases", "购买次数"),
        _flag("active", "Active", "是否活跃"),
        _time("churned_at", "Left", "流失时间", not_before="first_purchase_at"),
        _string("churn_reason", "Reason for leaving", "流失原因"),
        _time("campaign_invited_at", "Invited to the latest campaign", "最近活动邀请时间"),
        _time("campaign_joined_at", "Joined the latest campaign", "最近活动参加时间", not_before="campaign_invited_at"),
        _string("phone", "Phone", "电话"),
    ),
)

PARTS = Table(
    "parts",
    Text("Parts", "备件"),
    Text("one parts order", "一次备件订单"),
    "ordered_at",
    (
        _string("part_order_id", "Parts order", "备件订单号", required=True, unique=True),
        _ticket_link(),
        _string("branch", "Branch", "分公司", **_TICKET_BRANCH),
        _string("part", "Part", "备件"),
        _time("ordered_at", "Ordered", "订购时间", required=True),
        _time("received_at", "Received", "到货时间", not_before="ordered_at"),
        _flag("urgent", "Urgent", "是否紧急"),
        _flag("failed_on_test", "Failed on test", "检测不合格"),
    ),
)

ORG = Table(
    "org",
    Text("Organisation", "组织"),
    Text("one engineer", "一名工程师"),
    "",
    (
        _string("engineer", "Engineer", "工程师", required=True, unique=True),
        _string("branch", "Branch", "分公司", **_BRANCH),
        _string("provider", "Service provider", "服务商"),
        _string("centre", "Service centre", "服务管理中心"),
        _string("region", "Region", "大区"),
    ),
)

MARKET = Table(
    "market",
    Text("Market", "市场"),
    Text("one branch in one month", "一个分公司的一个月"),
    "month_at",
    (
        _string("market_id", "Row name", "行编号", required=True, unique=True),
        _string("branch", "Branch", "分公司", **_BRANCH),
        _time("month_at", "First day of the month", "月份", required=True),
        _integer("units_sold", "Units we sold", "本公司销量", required=True, unit="units"),
        _integer("market_units", "Units the market sold", "市场销量", required=True, unit="units", minimum=1),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table for table in (TICKETS, CALLS, SURVEYS, COMPLAINTS, AUDITS, CUSTOMERS, PARTS, ORG, MARKET)
}
"""Every canonical table by name, in the order they are documented."""

VOIDED = "voided_columns"
"""Bookkeeping column of every prepared table (array of strings): the columns of this row whose value came but could
not be right and was set to missing. A KPI that needs one of them leaves the row out as unknown, not as "did not
happen"."""

SOURCE = "source"
"""Bookkeeping column of every prepared table: name of the source in ``params/sources.yml`` the row came from."""

SOURCE_ROW = "source_row"
"""Bookkeeping column of every prepared table: number of the row in its source, the first data row being 1."""
