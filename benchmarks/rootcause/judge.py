"""Figures from results: exact-segment F1, hit at first place, false findings, coverage, seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

SILENT = ("null", "mix", "simpson")
"""Scenarios in which no rate segment fell."""

CAUSES = ("rate1", "rate2", "multi", "correlated")
"""Scenarios in which a named segment fell."""

Result = Mapping[str, Any]


def table(results: Sequence[Result]) -> str:
    """Return the table of all results by version, size and tool."""
    frame = pd.DataFrame([{**result, **marks(result)} for result in results])
    rows = [
        {**dict(zip(("version", "size", "tool"), key, strict=True)), **figures(own)}
        for key, own in frame.groupby(["version", "size", "tool"])
    ]
    return pd.DataFrame(rows).to_string(index=False, float_format=lambda value: f"{value:.3f}")


def marks(result: Result) -> dict[str, Any]:
    """Return what is right and wrong with one answer; peers cannot name a common change and are not asked to."""
    truth = set(result["truth"])
    found = [name for name in result["segments"] if name not in result["aside"]]
    return {
        "tp": len(truth & set(found)), "fp": len(set(found) - truth), "fn": len(truth - set(found)),
        "hit": bool(found) and found[0] in truth, "false": bool(set(found) - truth),
    }  # fmt: skip


def figures(own: pd.DataFrame) -> dict[str, object]:
    asked = own if (own["tool"] == "ours").all() else own[own["scenario"] != "global"]
    causes = own[own["scenario"].isin(CAUSES)]
    named = own[~own["scenario"].isin(["null", "global"])]
    intervals = np.array([one for many in own["intervals"] for one in many]).reshape(-1, 4)
    covered = (intervals[:, 0] <= intervals[:, 3]) & (intervals[:, 3] <= intervals[:, 2])
    return {
        "cases": len(own),
        "f1": f1(asked),
        "f1_no_global": f1(own[own["scenario"] != "global"]),
        "f1_causes": f1(causes),
        "hit1": named["hit"].mean() if len(named) else np.nan,
        **{f"false_{name}": own.loc[own["scenario"] == name, "false"].mean() for name in SILENT},
        "fp_null": own.loc[own["scenario"] == "null", "fp"].mean(),
        "coverage": covered.mean() if len(covered) else np.nan,
        "intervals": len(covered),
        "seconds": own["seconds"].median(),
    }


def f1(own: pd.DataFrame) -> float:
    tp, fp, fn = (int(own[name].sum()) for name in ("tp", "fp", "fn"))
    return 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else float("nan")
