"""KPIs of the calls table."""

from __future__ import annotations

from ibis import _

from kpi_lib.kpi.declarations.roles import CALL_CENTRE, EFFICIENCY
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Mean, Share
from kpi_lib.text import Text

PHONE_CONNECT = Kpi(
    key="phone_connect_rate",
    name=Text("Phone connect rate", "电话接通率"),
    definition=Text("Calls answered, of the calls offered in the period.", "期内来电中已接通的占比。"),
    formula=Text("answered ÷ offered calls", "接通 ÷ 来电"),
    dimension=EFFICIENCY,
    owner=CALL_CENTRE,
    table="calls",
    dated_by="called_at",
    measure=Share(hit=_.answered, known=("answered",)),
    better="higher",
    unit="share",
    needs=("answered",),
)

TALK_TIME = Kpi(
    key="talk_seconds_mean",
    name=Text("Talk time, mean", "平均通话时长"),
    definition=Text("Mean talk time of the answered calls of the period.", "期内已接通来电的平均通话时长。"),
    formula=Text("mean(talk time)", "平均值（通话时长）"),
    dimension=EFFICIENCY,
    owner=CALL_CENTRE,
    table="calls",
    dated_by="called_at",
    measure=Mean("talk_seconds", among=_.answered),
    better="lower",
    unit="seconds",
    needs=("answered", "talk_seconds"),
)

TRANSFERS_PER_CALL = Kpi(
    key="transfers_per_call",
    name=Text("Transfers per call", "平均转接次数"),
    definition=Text("Mean transfers of the answered calls of the period.", "期内已接通来电的平均转接次数。"),
    formula=Text("mean(transfers)", "平均值（转接次数）"),
    dimension=EFFICIENCY,
    owner=CALL_CENTRE,
    table="calls",
    dated_by="called_at",
    measure=Mean("transfers", among=_.answered),
    better="lower",
    unit="rate",
    needs=("answered", "transfers"),
)

KPIS = (PHONE_CONNECT, TALK_TIME, TRANSFERS_PER_CALL)
