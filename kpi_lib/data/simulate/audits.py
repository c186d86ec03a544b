"""Audits: a random tenth or so of the resolved tickets, each judged by two inspectors who do not always agree."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from kpi_lib.data.simulate.cell import DAY, HOUR
from kpi_lib.data.simulate.columns import Columns, Words
from kpi_lib.data.simulate.draw import Flags, choose
from kpi_lib.data.simulate.tickets import TicketBlock

INSPECTORS = ("检查员01", "检查员02", "检查员03", "检查员04")
ANOMALIES = ("CRM记录不完整", "未按约定时间上门", "收费未出示标准", "未使用规范用语", "完工照片缺失", "未回访即关单")
_AUDITED = 0.13
_RECORD_TRUE = 0.97
_RIGHT_IF_UNCHANGED, _RIGHT_IF_CHANGED = 0.955, 0.10
_COMPLIANT, _IF_RUDE, _IF_LATE = 0.945, -0.45, -0.15
_MISSED, _FALSE_ALARM = 0.15, 0.015
"""An inspector overlooks this share of the faults, and sees a fault in this share of the faultless tickets."""


@dataclass(frozen=True)
class Audited:
    """The audits of a block of tickets, and what was really so (the simulator's labels)."""

    audits: Columns
    truth: Columns


def audit(block: TicketBlock) -> Audited:
    """Audit tickets at random; the inspectors err independently of each other."""
    rng = block.rng("audits")
    tickets, traits = block.columns, block.traits
    n = len(tickets)
    resolved = tickets.floats("resolved_at")
    morning = resolved - resolved % DAY + rng.integers(4, 16, n) * DAY
    audited = np.floor(morning + rng.uniform(9.0, 17.0, n) * HOUR)
    changed = pc.not_equal(tickets.text("first_fault"), tickets.text("fault")).to_numpy(zero_copy_only=False)
    truth = {
        "record_true": rng.random(n) < _RECORD_TRUE,
        "classification_right": rng.random(n) < np.where(changed, _RIGHT_IF_CHANGED, _RIGHT_IF_UNCHANGED),
        "process_compliant": rng.random(n) < _COMPLIANT + _IF_RUDE * traits["rude"] + _IF_LATE * traits["late"],
    }
    first = rng.integers(0, len(INSPECTORS), n)
    second = (first + rng.integers(1, len(INSPECTORS), n)) % len(INSPECTORS)
    seen = {name: _seen(rng, value) for name, value in truth.items()}
    seen |= {f"{name}_2": _seen(rng, value) for name, value in truth.items()}
    wrong = (seen["record_true"] == 0) | (seen["process_compliant"] == 0)
    anomaly = np.where(wrong, choose(rng, (0.3, 0.2, 0.15, 0.1, 0.15, 0.1), n), -1)
    picked = (rng.random(n) < _AUDITED) & block.resolved & (audited <= block.cell.extracted)
    rows = np.flatnonzero(picked)
    audits = Columns(
        {
            "audit_id": block.numbers("CC"),
            "ticket_id": tickets.text("ticket_id"),
            "branch": tickets.words("branch"),
            "audited_at": audited,
            "inspector_1": Words(first, INSPECTORS),
            "inspector_2": Words(second, INSPECTORS),
            **{name: value.astype(float) for name, value in seen.items()},
            "anomaly": Words(anomaly, ANOMALIES),
        }
    ).take(rows)
    labels = Columns({name: Words(value.astype(np.int64), ("false", "true")) for name, value in truth.items()})
    return Audited(audits, Columns({"audit_id": block.numbers("CC"), **labels.of}).take(rows))


def _seen(rng: np.random.Generator, truth: Flags) -> Flags:
    """Return what one inspector sees."""
    return np.asarray(rng.random(len(truth)) < np.where(truth, 1.0 - _FALSE_ALARM, _MISSED))
