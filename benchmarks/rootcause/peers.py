"""Peers on the same cases, with their defaults: run by any Python that has them, for they bring older libraries.

``python peers.py FOLDER`` reads ``*.parquet`` and prints one JSON line per case and tool:
``{"case": ..., "tool": ..., "segments": [...], "seconds": ...}``. A tool that is not installed prints a plain message.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import pandas as pd

MOST = 3
"""Segments asked for: these tools always answer with as many as they are asked for."""

Answer = Callable[[pd.DataFrame, list[str]], list[str]]


def wise_pizza() -> Answer:
    from wise_pizza import explain_changes_in_totals

    def answer(tickets: pd.DataFrame, dimensions: list[str]) -> list[str]:
        both = {}
        for period, own in tickets.groupby("period"):
            leaves = own.groupby(dimensions, as_index=False)[["numerator", "denominator"]].sum()
            # Totals are compared, so the reference is brought to the size of the current period.
            scale = len(tickets[tickets["period"] == "current"]) / len(own)
            leaves[["numerator", "denominator"]] *= scale
            both[period] = leaves
        found = explain_changes_in_totals(
            both["reference"], both["current"], dimensions, "numerator", "denominator", how="totals",
            max_segments=MOST, verbose=0,
        )  # fmt: skip
        ranked = sorted(found.segments, key=lambda one: -abs(one.get("impact", one.get("total", 0.0))))
        return [named({key: value for key, value in one["segment"].items() if key in dimensions}) for one in ranked]

    return answer


def pysubgroup() -> Answer:
    import pysubgroup as ps

    def answer(tickets: pd.DataFrame, dimensions: list[str]) -> list[str]:
        current = tickets[tickets["period"] == "current"]
        rows = current[dimensions].assign(missed=current["numerator"] == 0)
        target = ps.BinaryTarget("missed", True)
        space = ps.create_selectors(rows, ignore=["missed"])
        task = ps.SubgroupDiscoveryTask(rows, target, space, result_set_size=MOST, depth=2, qf=ps.WRAccQF())
        found = ps.BeamSearch().execute(task).to_dataframe()
        return [
            named({one.attribute_name: one.attribute_value for one in rule.selectors}) for rule in found["subgroup"]
        ]

    return answer


TOOLS = {"wise-pizza": wise_pizza, "pysubgroup": pysubgroup}


def named(pairs: dict[str, object]) -> str:
    return "&".join(f"{key}={value}" for key, value in sorted(pairs.items()))


def main(folder: Path) -> None:
    warnings.simplefilter("ignore")
    answers = {}
    for name, tool in TOOLS.items():
        try:
            answers[name] = tool()
        except ImportError as missing:
            print(f"{name} is not installed here, left out: {missing}", file=sys.stderr)
    for file in sorted(folder.glob("*.parquet")):
        tickets = pd.read_parquet(file)
        dimensions = [name for name in tickets.columns if name not in {"period", "block", "numerator", "denominator"}]
        for name, answer in answers.items():
            begun = time.perf_counter()
            segments = answer(tickets, dimensions)
            seconds = time.perf_counter() - begun
            print(json.dumps({"case": file.stem, "tool": name, "segments": segments, "seconds": seconds}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
