"""Plan a survey: the trade's rules, a wanted precision and what can be reached, solved together in whole people."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.floors import complainer_floors, rule_conflicts, within_kinds
from kpi_lib.analysis.sampling.worth import kind_rows
from kpi_lib.analysis.strict_json import strict_json
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.sampling import allocate as shares
from kpi_lib.stats.sampling.allocate import Allocation, Conflict, priorities
from kpi_lib.stats.sampling.plan import Coverage, CoverageRule, coverage
from kpi_lib.stats.sampling.size import SizeSteps, ceil, size_for_share, size_steps, smallest_change


@dataclass(frozen=True, eq=False)
class Plan:
    """Whom to ask, how many, and what it will be worth.

    Parameters
    ----------
    table
        One row per stratum: ``kind, complained, population, floor`` (answers the rules ask of it), ``answers`` (to
        get), ``invited`` (to ask at the expected response, never above the population), ``expected_answers``.
    kinds
        One row per kind, then ``all``: ``kind, population, answers, invited, expected_answers, required`` (answers for
        the wanted margin in this kind alone), ``margin`` (reachable with what is expected to come back; ``nan`` without
        answers), ``rule_answers`` (what 5 % of the kind would be) and ``rule_margin`` (what that alone would be worth).
    coverage
        The floors and the reading of the rule.
    steps
        The size for the wanted margin, step by step.
    conflicts
        Rules that cannot be kept, with their size; ``stratum`` counts the kinds.
    total
        Answers aimed at.
    detectable
        Smallest change since the last wave that the plan can show with 80 % power; ``nan`` without a last wave.
    share, margin, level, response
        What was assumed and wanted.
    """

    table: pd.DataFrame
    kinds: pd.DataFrame
    coverage: Coverage
    steps: SizeSteps
    conflicts: tuple[Conflict, ...]
    total: int
    detectable: float
    share: float
    margin: float
    level: float
    response: float

    @property
    def invited(self) -> int:
        """People to ask."""
        return int(self.table["invited"].sum())

    @property
    def whole(self) -> Mapping[str, float]:
        """The row of everybody."""
        return {str(k): v for k, v in self.kinds.iloc[-1].items() if k != "kind"}

    def n_by_stratum(self) -> dict[tuple[str, str], int]:
        """Return how many to draw by ``(kind, complained)``, as :func:`draw` takes it."""
        keys = zip(self.table["kind"].astype(str), self.table["complained"].astype(str), strict=True)
        return dict(zip(keys, self.table["invited"].astype(int).tolist(), strict=True))

    def to_json(self) -> str:
        """Return the plan as JSON."""
        return strict_json(
            {**{field.name: getattr(self, field.name) for field in fields(self)}, "invited": self.invited}
        )


def plan_sample(
    frame: pd.DataFrame,
    *,
    kind: str = "kind",
    complained: str = "complained",
    rule: CoverageRule | str = CoverageRule.BOTH,
    customer_rate: float = 0.05,
    complainer_rate: float = 0.30,
    least_per_kind: int = 30,
    total: int | None = None,
    margin: float = 0.05,
    share: float = 0.8,
    level: float = 0.95,
    deff: float = 1.0,
    response: float = 0.5,
    allocation: Allocation | str = Allocation.POWER,
    power: float = 0.5,
    sd: Mapping[str, float] | None = None,
    last_wave: int | None = None,
    overlap: float = 0.0,
    correlation: float = 0.0,
) -> Plan:
    """Plan a survey of a frame.

    Parameters
    ----------
    frame
        One row per customer.
    kind, complained
        Columns: kind of customer, and whether they complained recently (0 or 1).
    rule
        How "5 % of customers" and "30 % of recent complainers" go together: ``either``, ``both`` or ``larger``.
    least_per_kind
        Answers wanted of every kind, or all of a smaller one.
    total
        Answers wanted in all; absent, the most that rules, floors and the margin ask for.
    margin, share, level
        Half length wanted of the interval of a share, the share expected, confidence.
    deff
        Design effect expected.
    response
        Share of those asked who answer.
    allocation, power, sd
        How answers beyond the floors are shared out over kinds; ``sd`` by kind for ``neyman``.
    last_wave, overlap, correlation
        Answers of the last wave, share asked again, and how alike their answers are.

    Raises
    ------
    InputError
        A missing column, or an option out of range.
    """
    _check(frame, {kind, complained}, margin=margin, share=share, response=response)
    cells = frame.assign(**{complained: np.where(frame[complained].fillna(0) > 0, "yes", "no")})
    table = (
        cells.groupby([kind, complained], sort=True, observed=True)
        .size()
        .rename("population")
        .reset_index()
        .set_axis(["kind", "complained", "population"], axis=1)
    )
    by_kind = table.groupby("kind", sort=True)["population"].sum()
    population = by_kind.to_numpy(np.int64)
    complaining = table["complained"] == "yes"
    floors = coverage(
        int(population.sum()),
        int(table.loc[complaining, "population"].sum()),
        rule=CoverageRule(rule),
        customer_rate=customer_rate,
        complainer_rate=complainer_rate,
    )
    steps = size_steps(
        size_for_share(share, margin, level=level), population=float(population.sum()), deff=deff, response=response
    )
    table["floor"] = complainer_floors(table, floors)
    kind_floor = np.maximum(
        np.minimum(population, least_per_kind), table.groupby("kind", sort=True)["floor"].sum().to_numpy(np.int64)
    )
    wanted = max(floors.needed, steps.answers, int(kind_floor.sum())) if total is None else max(total, 0)
    wanted = min(wanted, int(population.sum())) if total is None else wanted
    spread = None if sd is None else np.array([sd[name] for name in by_kind.index])
    priority = priorities(Allocation(allocation), population.astype(float), sd=spread, power=power)
    given = shares.allocate(
        wanted, population, priority, floors=kind_floor, optimal=Allocation(allocation) is Allocation.NEYMAN
    )
    conflicts = [*given.conflicts, *rule_conflicts(floors, wanted, int(kind_floor.sum()))]
    table["answers"] = within_kinds(table, list(by_kind.index), given.n)
    table["invited"] = [
        min(ceil(answers / response), people)
        for answers, people in zip(table["answers"], table["population"], strict=True)
    ]
    table["expected_answers"] = np.minimum(table["invited"] * response, table["population"])
    kinds = kind_rows(table, share=share, margin=margin, level=level, deff=deff, rate=customer_rate)
    expected = float(table["expected_answers"].sum())
    detectable = (
        math.nan
        if last_wave is None
        else smallest_change(
            share,
            last_wave,
            expected,
            population=float(population.sum()),
            overlap=overlap,
            correlation=correlation,
            deff=deff,
            alpha=1 - level,
        )
    )
    return Plan(
        table, kinds, floors, steps, tuple(conflicts), int(given.n.sum()), detectable, share, margin, level, response
    )


def _check(frame: pd.DataFrame, columns: set[str], **options: float) -> None:
    issues = [
        Issue("frame", f"column {name!r} is missing", "rename it or name the column that holds it")
        for name in sorted(columns - set(frame.columns))
    ]
    issues += [
        Issue(name, f"must lie above 0 and up to 1, not {value}")
        for name, value in options.items()
        if not 0 < value <= 1
    ]
    if issues:
        raise InputError(issues)
