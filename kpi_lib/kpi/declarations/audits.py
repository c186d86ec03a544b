"""KPIs of the audits table."""

from __future__ import annotations

from ibis import _

from kpi_lib.kpi.declarations.roles import QUALITY, QUALITY_TEAM
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Share
from kpi_lib.text import Text

CLASSIFICATION_ACCURACY = Kpi(
    key="classification_accuracy_rate",
    name=Text("Classification accuracy", "问题分类准确率"),
    definition=Text(
        "Audited tickets classified right at first, of those audited in the period on it.",
        "期内抽查工单中首次分类正确的占比。",
    ),
    formula=Text("classified right ÷ audited", "分类正确 ÷ 抽查"),
    dimension=QUALITY,
    owner=QUALITY_TEAM,
    table="audits",
    dated_by="audited_at",
    measure=Share(hit=_.classification_right, known=("classification_right",)),
    better="higher",
    unit="share",
    needs=("classification_right",),
)

PROCESS_COMPLIANCE = Kpi(
    key="process_compliance_rate",
    name=Text("Process compliance", "服务规范性"),
    definition=Text(
        "Audited tickets done by the standard, of those audited in the period on it.",
        "期内抽查工单中按规范服务的占比。",
    ),
    formula=Text("done by the standard ÷ audited", "规范 ÷ 抽查"),
    dimension=QUALITY,
    owner=QUALITY_TEAM,
    table="audits",
    dated_by="audited_at",
    measure=Share(hit=_.process_compliant, known=("process_compliant",)),
    better="higher",
    unit="share",
    needs=("process_compliant",),
)

KPIS = (CLASSIFICATION_ACCURACY, PROCESS_COMPLIANCE)
