"""How process signals went over the year: each beside the limits its earlier periods leave."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kpi_lib.analysis.cases.signals import Signals, rows_of
from kpi_lib.kpi.definition import Kpi
from kpi_lib.stats.intervals import Floats
from kpi_lib.stats.spc import limits


@dataclass(frozen=True, eq=False)
class Course:
    """One signal, oldest period first.

    Parameters
    ----------
    kpi
        What is counted.
    periods
        Labels; the last is the one looked at.
    n, of, share
        Cases, of how many, and their share; ``nan`` where nothing was looked at.
    level, lower, upper
        Share of the earlier periods together, and the limits it leaves each period: p′, or p where periods do not vary
        more than chance; ``nan`` without earlier periods.
    beyond
        +1 above, -1 below the limits of its period, else 0.
    """

    kpi: Kpi
    periods: tuple[str, ...]
    n: Floats
    of: Floats
    share: Floats
    level: float
    lower: Floats
    upper: Floats
    beyond: tuple[int, ...]


def courses(found: Signals) -> tuple[Course, ...]:
    """Return the course of every signal that could be counted and has cases to count among, in the order shown."""
    made = (_course(str(row["signal"]), found) for row in rows_of(found))
    return tuple(course for course in made if np.nansum(course.of) > 0)


def _course(key: str, found: Signals) -> Course:
    own = found.series[found.series["signal"] == key]
    n, of = (own[name].to_numpy(dtype=float) for name in ("n", "of"))
    earlier = (own["period"] != found.period).to_numpy()
    chart = limits("p_prime", n, of, base=earlier)
    return Course(
        kpi=found.kpis[key],
        periods=tuple(own["period"]),
        n=n,
        of=of,
        share=chart.value,
        level=float(chart.centre[0]) if chart.centre.size else np.nan,
        lower=chart.lower,
        upper=chart.upper,
        beyond=tuple(int(step) for step in chart.beyond),
    )
