"""Answers the rules ask of each stratum, and rules that cannot be kept."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kpi_lib.stats.intervals import Ints
from kpi_lib.stats.sampling import allocate as shares
from kpi_lib.stats.sampling.allocate import Conflict
from kpi_lib.stats.sampling.plan import Coverage, CoverageRule


def complainer_floors(table: pd.DataFrame, floors: Coverage) -> Ints:
    """Spread the complainers' floor over their strata, where the reading of the rule asks for it."""
    wanted = 0
    if floors.rule is CoverageRule.BOTH or (
        floors.rule is CoverageRule.EITHER and 0 < floors.of_complainers <= floors.of_customers
    ):
        wanted = floors.of_complainers
    people = np.where(table["complained"] == "yes", table["population"], 0).astype(np.int64)
    if wanted == 0:
        return np.zeros(len(table), dtype=np.int64)
    return shares.allocate(wanted, people, people.astype(float)).n


def rule_conflicts(floors: Coverage, wanted: int, least: int) -> list[Conflict]:
    """Name a total that keeps the kinds' floors and still breaks the rule."""
    if wanted >= floors.needed or least >= floors.needed:
        return []
    return [Conflict("total_below_rule", wanted, floors.needed)]


def within_kinds(table: pd.DataFrame, names: list[str], n: Ints) -> Ints:
    """Share each kind's answers out over complainers and others, in proportion, keeping the complainers' floor."""
    answers = np.zeros(len(table), dtype=np.int64)
    for name, total in zip(names, n, strict=True):
        rows = np.flatnonzero(table["kind"] == name)
        people = table["population"].to_numpy(np.int64)[rows]
        least = table["floor"].to_numpy(np.int64)[rows]
        answers[rows] = shares.allocate(int(total), people, people.astype(float), floors=least).n
    return answers
