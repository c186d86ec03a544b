"""What is measured beside an indicator: reasons of complaints, what audits found, workload and other quantities.

Each is counted like an indicator and named as the selectors of ``params/fishbone.yml`` write it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import ibis.expr.types as ir
from ibis import _

from kpi_lib.kpi.declarations.roles import QUALITY, QUALITY_TEAM
from kpi_lib.kpi.definition import Kpi, Unit
from kpi_lib.kpi.measures import Duration, Mean, Measure, Ratio, Share, Tally
from kpi_lib.text import Text

CircumstanceSource = Literal["reason", "audit", "quantity"]


@dataclass(frozen=True, eq=False)
class Circumstance:
    """One thing measured beside an indicator.

    Parameters
    ----------
    source, key
        As ``source:key`` is written in ``params/fishbone.yml``.
    kpi
        How it is counted; more of it is worse.
    same_as
        Indicators it is but another count of: it is no evidence for them.
    only
        Indicators it says something about; empty for all of the same trade (calls or tickets).
    """

    source: CircumstanceSource
    key: str
    kpi: Kpi
    same_as: tuple[str, ...] = ()
    only: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """Return ``source:key``."""
        return f"{self.source}:{self.key}"

    def speaks_of(self, kpi: Kpi) -> bool:
        """Return whether it can be evidence for an indicator: calls carry no ticket, and tickets no call."""
        if kpi.key in self.same_as or (self.only and kpi.key not in self.only):
            return False
        return (self.kpi.table == "calls") == (kpi.table == "calls")


def measured(
    source: CircumstanceSource,
    key: str,
    name: Text,
    *,
    table: str,
    dated_by: str,
    measure: Measure,
    needs: tuple[str, ...],
    unit: Unit = "share",
    same_as: tuple[str, ...] = (),
    only: tuple[str, ...] = (),
) -> Circumstance:
    """Return a circumstance; parameters as of :class:`Kpi` and :class:`Circumstance`."""
    kpi = Kpi(
        key=f"{source}:{key}", name=name, definition=name, formula=name, dimension=QUALITY, owner=QUALITY_TEAM,
        table=table, dated_by=dated_by, measure=measure, better="lower", unit=unit, needs=needs,
    )  # fmt: skip
    return Circumstance(source, key, kpi, same_as, only)


def _flag(table: Literal["audits", "surveys"], key: str, column: str, name: Text, *same_as: str) -> Circumstance:
    """Return how often an audit, or an answer, says no."""
    source: CircumstanceSource = "audit" if table == "audits" else "quantity"
    dated_by = "audited_at" if table == "audits" else "answered_at"
    return measured(
        source, key, name, table=table, dated_by=dated_by, measure=Share(hit=~_[column], known=(column,)),
        needs=(dated_by, column), same_as=same_as,
    )  # fmt: skip


DECLARED: tuple[Circumstance, ...] = (
    _flag(
        "audits", "process", "process_compliant", Text("Audited: not to the standard", "抽查：服务不规范"),
        "process_compliance_rate",
    ),
    _flag("audits", "record", "record_true", Text("Audited: record not true", "抽查：记录不属实")),
    _flag(
        "audits", "classification", "classification_right", Text("Audited: classified wrongly", "抽查：首次分类错误"),
        "classification_accuracy_rate",
    ),
    _flag("surveys", "attitude", "attitude_ok", Text("Answers: bad attitude", "回访：态度不好"), "attitude_ok_rate"),
    _flag("surveys", "solution_clear", "solution_clear", Text("Answers: solution not clear", "回访：方案不清楚")),
    measured(
        "quantity", "staff_tickets_per_engineer", Text("Tickets per engineer at work", "人均工单量（当期在岗工程师）"),
        table="tickets", dated_by="created_at", unit="rate", needs=("created_at", "engineer"),
        measure=Ratio(
            Tally("tickets", "created_at", among=_.engineer.notnull()),
            Tally("tickets", "created_at", distinct="engineer"),
            kind="rate",
        ),
    ),
    measured(
        "quantity", "cost", Text("Cost per ticket", "单均服务成本"), table="tickets", dated_by="resolved_at",
        measure=Mean("cost"), unit="rate", needs=("resolved_at", "cost"),
    ),
    measured(
        "quantity", "parts_supply_hours", Text("Hours from order to receipt of parts", "备件订购到货时长"),
        table="parts", dated_by="received_at", measure=Mean(Duration("ordered_at", "received_at")), unit="hours",
        needs=("ordered_at", "received_at"),
    ),
    measured(
        "quantity", "parts_failed_rate", Text("Parts that failed on test", "备件检测不合格"), table="parts",
        dated_by="received_at", measure=Share(hit=_.failed_on_test, known=("failed_on_test",)),
        needs=("received_at", "failed_on_test"),
    ),
    measured(
        "quantity", "parts_urgent_rate", Text("Parts received on urgent orders", "紧急订购的到货备件"), table="parts",
        dated_by="received_at", measure=Share(hit=_.urgent, known=("urgent",)), needs=("received_at", "urgent"),
    ),
    measured(
        "quantity", "calls_per_day", Text("Calls per day", "日均来电量"), table="calls", dated_by="called_at",
        measure=Ratio(
            Tally("calls", "called_at"), Tally("calls", "called_at", distinct="called_on"), kind="rate"
        ),
        unit="rate", needs=("called_at",),
    ),
    measured(
        "quantity", "talk_seconds", Text("Talk time", "通话时长"), table="calls", dated_by="called_at",
        measure=Mean("talk_seconds"), unit="seconds", needs=("called_at", "talk_seconds"),
        same_as=("talk_seconds_mean",),
    ),
    measured(
        "quantity", "transfers", Text("Transfers per call", "次均转接"), table="calls", dated_by="called_at",
        measure=Mean("transfers"), unit="rate", needs=("called_at", "transfers"), same_as=("transfers_per_call",),
    ),
    measured(
        "quantity", "wait_of_lost_calls", Text("Wait before giving up", "放弃前等待"), table="calls",
        dated_by="called_at", measure=Mean("wait_seconds", among=~_.answered), unit="seconds",
        needs=("called_at", "wait_seconds", "answered"),
    ),
)  # fmt: skip
"""What needs no look at the data to be named. Hours per stage are :mod:`kpi_lib.kpi.stages`; tickets that waited for
parts are a signal."""


def circumstance_tables(tables: Mapping[str, ir.Table]) -> dict[str, ir.Table]:
    """Return the tables circumstances are counted in: calls with the day they came."""
    found = dict(tables)
    if "calls" in tables:
        found["calls"] = tables["calls"].mutate(called_on=tables["calls"].called_at.truncate("D"))
    return found
