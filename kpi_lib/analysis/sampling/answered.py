"""The design of those who answered: their strata, thin ones joined, and weights that add up to the frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.identity import places
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.design import Design, Stage, element_design


@dataclass(frozen=True, eq=False)
class Joined:
    """The strata as they are counted.

    Parameters
    ----------
    codes
        Counted stratum of every answer.
    population
        Units of the counted stratum of every answer.
    joins
        ``stratum, into``: what was joined to a neighbour.
    """

    codes: Ints
    population: Floats
    joins: pd.DataFrame


def joined_strata(heard: pd.DataFrame, draw: Draw, collapse: Mapping[str, str]) -> Joined:
    """Return the stratum every answer is counted in: one with fewer than two answers goes to its neighbour.

    Raises
    ------
    InputError
        Such a stratum without a neighbour.
    """
    names = [str(name) for name in draw.strata["stratum"]]
    people = dict(zip(names, draw.strata["population"].astype(float).tolist(), strict=True))
    own = places(heard["stratum"], draw.strata["stratum"])
    answered = dict(zip(names, np.bincount(own, minlength=len(names)).tolist(), strict=True))
    home = {name: name for name in names}
    joins: list[dict[str, str]] = []
    while lonely := _lonely(home, people, answered):
        stratum, n, size = lonely
        neighbour = _neighbour(stratum, collapse, home)
        if neighbour is None:
            problem = f"{n} of {size:.0f} answered: no variance can be had from it"
            raise InputError(Issue(f"stratum {stratum}", problem, "declare a neighbour it may be joined to"))
        joins.append({"stratum": stratum, "into": neighbour})
        home = {name: neighbour if where == stratum else where for name, where in home.items()}
    counted = sorted(set(home.values()))
    place = np.array([counted.index(home[name]) for name in names], dtype=np.int64)
    size_of = np.bincount(place, weights=np.array([people[name] for name in names])).astype(float)
    codes = place[own]
    return Joined(codes, size_of[codes], pd.DataFrame(joins, columns=["stratum", "into"]))


def _lonely(
    home: Mapping[str, str], people: Mapping[str, float], answered: Mapping[str, int]
) -> tuple[str, int, float] | None:
    """Return the first counted stratum with too few answers for a variance, with its answers and units."""
    n, size = dict.fromkeys(home.values(), 0), dict.fromkeys(home.values(), 0.0)
    for stratum, into in home.items():
        n[into] += answered[stratum]
        size[into] += people[stratum]
    return next(((into, n[into], size[into]) for into in sorted(n) if n[into] < min(2, size[into])), None)


def _neighbour(stratum: str, collapse: Mapping[str, str], home: Mapping[str, str]) -> str | None:
    seen = {stratum}
    neighbour = collapse.get(stratum)
    while neighbour is not None and neighbour not in seen:
        seen.add(neighbour)
        where = home.get(neighbour)
        if where is not None and where != stratum:
            return where
        neighbour = collapse.get(neighbour)
    return None


def answered_design(heard: pd.DataFrame, strata: Joined, draw: Draw) -> Design:
    """Return the design of those who answered; weights add up to the frame."""
    if "cluster" in heard:
        return _two_stage(heard)
    unequal = draw.rule.get("size") is not None
    base = heard["weight"].to_numpy(float) if unequal else np.ones(len(heard))
    answered = np.bincount(strata.codes, weights=base)[strata.codes]
    # Unequal probabilities: no correction, the with-replacement variance is on the safe side.
    population = None if unequal else strata.population
    return element_design(base * strata.population / answered, strata=strata.codes, population=population)


def _two_stage(heard: pd.DataFrame) -> Design:
    cluster = pd.factorize(heard["cluster"], sort=True)[0].astype(np.int64)
    answered = np.bincount(cluster)[cluster].astype(float)
    size, clusters = heard["cluster_size"].to_numpy(float), heard["clusters"].to_numpy(float)
    weights = clusters / heard["cluster"].nunique() * size / answered
    one = np.zeros(len(heard), dtype=np.int64)
    first = Stage(one, cluster, clusters)
    # An engineer with one answer of several tickets has no second-stage variance; the first stage's stands for it.
    second = Stage(one, np.arange(len(heard)), np.where(answered == 1, 1.0, size))
    return Design(weights, (first, second))
