"""Findings in every branch and month of the sample's last year, beside what was planted there.

    python benchmarks/root_cause_sample.py [branch ...]

Every look is one indicator of one branch in one month against the twelve months before. A finding counts as planted
when the truth (``data/truth/planted.yml``) names the branch, the month and the indicator or one it also moves; any
other is false, or something the simulator does by itself, such as a season.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import yaml

from kpi_lib.analysis.rootcause.cases import Case, explain_case
from kpi_lib.analysis.rootcause.gather import Asked, gather
from kpi_lib.session import Session, open_session

ROOT = Path(__file__).parents[1]
KPIS = (
    "first_response_hours_median", "first_response_within_limit_rate", "resolved_within_limit_rate",
    "first_time_fix_rate", "reopened_rate", "reassigned_rate", "phone_connect_rate", "csat_score", "satisfied_rate",
    "attitude_ok_rate", "complaint_rate", "classification_accuracy_rate", "process_compliance_rate",
)  # fmt: skip


def planted(branch: str, month: str, kpi: str) -> str:
    """Return what was planted there, empty for nothing."""
    day = pd.Timestamp(month)
    for truth in yaml.safe_load((ROOT / "data" / "truth" / "planted.yml").read_text(encoding="utf-8"))["planted"]:
        until = pd.Timestamp(truth["until"]) if truth["until"] else pd.Timestamp.max
        moved = (truth["kpi"], *truth["also_moves"])
        if truth["branch"] == branch and pd.Timestamp(truth["since"]) <= day < until and kpi in moved:
            return str(truth["key"])
    return ""


def cases(session: Session) -> list[Case]:
    """Return the month's indicators, sorted, without the question what was found the month before."""
    rows = [{"kpi": key} for key in KPIS if key not in session.missing]
    return gather(
        rows, kpis=session.kpis, policies=session.terms.policies, asked=Asked(session.period), scan=session.leaves,
        pin=False,
    )  # fmt: skip


def main() -> None:
    """Look everywhere and print what was found."""
    looks: Counter[str] = Counter()
    for branch in sys.argv[1:] or ["chengdu", "suining", "neijiang", "mianyang", "kunming"]:
        for period in pd.period_range("2024-12", "2025-11", freq="M").astype(str):
            for case in cases(open_session(str(ROOT), branch=branch, notebook="4_root_cause", period=period)):
                cause = explain_case(case, level=0.95, resamples=0, permutations=399)
                if cause.explanation is None:
                    continue
                truth = planted(branch, period, case.kpi.key)
                found = cause.explanation.verdict in ("segments", "broad", "mix")
                looks[f"{'planted' if truth else 'nothing planted'}, {cause.explanation.verdict}"] += 1
                if found:
                    named = "; ".join(segment.name for segment in cause.explanation.segments)
                    change = cause.explanation.gap.difference
                    print(
                        branch,
                        period,
                        case.kpi.key,
                        cause.explanation.verdict,
                        f"{change:+.3f}",
                        named,
                        truth,
                        sep=" | ",
                    )
    for what, n in sorted(looks.items()):
        print(f"{what}: {n}")


if __name__ == "__main__":
    main()
