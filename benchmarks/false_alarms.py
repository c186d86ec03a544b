"""Simulate how often each rule set signals on a stable chart; prints the table of ``kpi_lib.stats.false_alarms``.

Run: ``python benchmarks/false_alarms.py [simulations]``.
"""

from __future__ import annotations

import sys

import numpy as np

from kpi_lib.stats.false_alarms import LENGTHS
from kpi_lib.stats.rules import RULE_SETS, RuleSet, rules_of, signals_by_row
from kpi_lib.stats.spc import limits

COMBINATIONS: tuple[tuple[RuleSet, ...], ...] = (
    ("three_sigma",), ("anhoej",), ("anhoej", "three_sigma"), ("mdc",), ("western_electric",), ("nelson",), ("perla",),
)  # fmt: skip


def main(sims: int) -> None:
    rng = np.random.default_rng(20251101)
    hits = {sets: [0] * len(LENGTHS) for sets in COMBINATIONS}
    every = rules_of(tuple(RULE_SETS))
    for place, n in enumerate(LENGTHS):
        charts = limits("i", rng.standard_normal((sims, n)))
        for found in signals_by_row(charts.value, charts.centre, charts.sigma, charts.beyond, rules=every):
            seen = {signal.rule for signal in found}
            for sets in COMBINATIONS:
                hits[sets][place] += not seen.isdisjoint(rules_of(sets))
    for sets, hit in hits.items():
        print(f"    {sets}: {tuple(round(one / sims, 4) for one in hit)},")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6000)
