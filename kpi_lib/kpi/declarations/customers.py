"""KPIs of the customers table: growth, conversion, repurchase, churn, participation."""

from __future__ import annotations

from ibis import _

from kpi_lib.kpi.declarations.roles import CUSTOMER_TEAM, GROWTH, RELATIONSHIP, SATISFACTION
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Count, Duration, Ratio, Share, Stock, Tally, Within
from kpi_lib.text import Text

_YEAR_HOURS = 365 * 24.0
_QUARTER_HOURS = 90 * 24.0

NEW_CUSTOMERS = Kpi(
    key="new_customers",
    name=Text("New customers", "新增客户数"),
    definition=Text("Customers whose first purchase falls in the period.", "首次购买在期内的客户数。"),
    formula=Text("count(first purchases)", "首次购买客户数"),
    dimension=GROWTH,
    owner=CUSTOMER_TEAM,
    table="customers",
    dated_by="first_purchase_at",
    measure=Count(Tally("customers", "first_purchase_at")),
    better="higher",
    unit="count",
    needs=("first_purchase_at",),
)

LEAD_CONVERSION = Kpi(
    key="lead_conversion_rate",
    name=Text("Lead conversion", "线索转化率"),
    definition=Text(
        "Leads converted within 90 days, of the leads whose 90 days ran out in the period.",
        "90 天期限在期内届满的线索中已转化的占比。",
    ),
    formula=Text("converted within the limit ÷ leads", "期限内转化 ÷ 线索"),
    dimension=GROWTH,
    owner=CUSTOMER_TEAM,
    table="customers",
    dated_by="lead_at",
    measure=Within(Duration("lead_at", "converted_at"), limit_hours=_QUARTER_HOURS, dated_by_limit=True),
    better="higher",
    unit="share",
    needs=("lead_at", "converted_at"),
)

REPURCHASE = Kpi(
    key="repurchase_rate",
    name=Text("Repurchase rate", "复购率"),
    definition=Text(
        "Customers who bought again within a year of their first purchase, of those whose year ran out in the period.",
        "首购满一年（期满日在期内）的客户中一年内再次购买的占比。",
    ),
    formula=Text("bought again within a year ÷ first-time buyers", "一年内复购 ÷ 首购客户"),
    dimension=SATISFACTION,
    owner=CUSTOMER_TEAM,
    table="customers",
    dated_by="first_purchase_at",
    measure=Within(Duration("first_purchase_at", "second_purchase_at"), limit_hours=_YEAR_HOURS, dated_by_limit=True),
    better="higher",
    unit="share",
    needs=("first_purchase_at", "second_purchase_at"),
)

CHURN = Kpi(
    key="churn_rate",
    name=Text("Churn rate", "流失率"),
    definition=Text(
        "Customers who left in the period, of the customers at its start.", "期内流失的客户占期初客户的比例。"
    ),
    formula=Text("left ÷ customers at the start", "流失客户 ÷ 期初客户"),
    dimension=RELATIONSHIP,
    owner=CUSTOMER_TEAM,
    table="customers",
    dated_by="churned_at",
    measure=Ratio(
        Tally("customers", "churned_at"),
        Stock("customers", entered="first_purchase_at", left="churned_at"),
        kind="rate",
    ),
    better="lower",
    unit="share",
    needs=("first_purchase_at", "churned_at"),
)

CAMPAIGN_PARTICIPATION = Kpi(
    key="campaign_participation_rate",
    name=Text("Campaign participation", "活动参与度"),
    definition=Text(
        "Customers who joined, of those whose latest invitation to a campaign falls in the period. The export keeps "
        "one invitation a customer, so earlier periods hold only customers not invited again since.",
        "最近一次活动邀请在期内的客户中参加的占比。导出只保留每位客户最近一次邀请，较早期间仅含此后未再受邀的客户。",
    ),
    formula=Text("joined ÷ invited", "参加 ÷ 受邀"),
    dimension=RELATIONSHIP,
    owner=CUSTOMER_TEAM,
    table="customers",
    dated_by="campaign_invited_at",
    measure=Share(hit=_.campaign_joined_at.notnull(), among=_.campaign_invited_at.notnull()),
    better="higher",
    unit="share",
    needs=("campaign_invited_at", "campaign_joined_at"),
)

KPIS = (NEW_CUSTOMERS, LEAD_CONVERSION, REPURCHASE, CHURN, CAMPAIGN_PARTICIPATION)
