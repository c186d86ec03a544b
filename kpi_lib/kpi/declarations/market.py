"""KPIs of the market table."""

from __future__ import annotations

from kpi_lib.kpi.declarations.roles import BRANCH_MANAGER, GROWTH
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Growth, Ratio, Tally
from kpi_lib.text import Text

_SHARE = Ratio(
    Tally("market", "month_at", total="units_sold"), Tally("market", "month_at", total="market_units"), kind="share"
)

MARKET_SHARE = Kpi(
    key="market_share_rate",
    name=Text("Market share", "市场份额"),
    definition=Text("Units we sold, of the units the market sold in the period.", "期内本公司销量占市场销量的比例。"),
    formula=Text("our units ÷ market units", "本公司销量 ÷ 市场销量"),
    dimension=GROWTH,
    owner=BRANCH_MANAGER,
    table="market",
    dated_by="month_at",
    measure=_SHARE,
    better="higher",
    unit="share",
    needs=("units_sold", "market_units"),
)

MARKET_SHARE_GROWTH = Kpi(
    key="market_share_growth",
    name=Text("Market share growth", "市场份额增长"),
    definition=Text(
        "Market share of the period less that of the same period a year earlier.", "本期市场份额与上年同期之差。"
    ),
    formula=Text("market share − market share a year earlier", "市场份额 − 上年同期市场份额"),
    dimension=GROWTH,
    owner=BRANCH_MANAGER,
    table="market",
    dated_by="month_at",
    measure=Growth(_SHARE),
    better="higher",
    unit="share_change",
    needs=("units_sold", "market_units"),
)

KPIS = (MARKET_SHARE, MARKET_SHARE_GROWTH)
