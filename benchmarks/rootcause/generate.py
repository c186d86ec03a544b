"""Simulated tickets with known causes: eight scenarios, an easy and a hard version.

A ticket's chance of a hit is a logistic main-effects model of seven dimensions. Branches lie in regions, providers
serve one or two branches, faults depend on products. *Hard* adds what real exports have: weaker falls, standing
interactions between dimensions, days on which a whole branch does badly, days with bursts of tickets, a level that
drifts from week to week in each branch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy.special import expit

Scenario = Literal["null", "rate1", "rate2", "multi", "mix", "simpson", "global", "correlated"]
SCENARIOS: tuple[Scenario, ...] = ("null", "rate1", "rate2", "multi", "mix", "simpson", "global", "correlated")
DIMENSIONS = ("branch", "channel", "fault", "priority", "product", "provider", "region")
SIZES = {"branch": 24, "channel": 5, "fault": 9, "priority": 3, "product": 10, "provider": 18, "region": 6}
LETTER = {name: name[0].upper() if name not in ("product", "provider", "priority") else
          {"product": "P", "provider": "V", "priority": "Y"}[name] for name in DIMENSIONS}  # fmt: skip
DAYS = {"reference": 91, "current": 28}

Conjunction = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Version:
    """How hard it is.

    Parameters
    ----------
    fall
        Range of a planted fall in logits.
    standing
        Standard deviation of standing interactions of branch and product, product and channel, provider and fault.
    branch_day, day, drift
        Standard deviations, in logits, of a branch's day, of a day, and of a branch's level after eight weeks.
    bursts
        Coefficient of variation of the tickets a day.
    """

    fall: tuple[float, float]
    standing: float = 0.0
    branch_day: float = 0.0
    day: float = 0.0
    drift: float = 0.0
    bursts: float = 0.0


EASY = Version(fall=(1.2, 2.0))
HARD = Version(fall=(0.8, 1.3), standing=0.4, branch_day=0.3, day=0.2, drift=0.15, bursts=0.4)


@dataclass(frozen=True, eq=False)
class Case:
    """One set of tickets.

    Parameters
    ----------
    tickets
        ``period`` (reference, current), ``block`` (day), the dimensions, ``numerator`` and ``denominator``.
    rate, mix
        Names of the segments whose rate fell (``*`` for all) and whose share grew.
    aside
        What is true as well and is not asked for: with Simpson's paradox every segment gets a little better.
    effect
        True change of the mean chance of each rate segment's current tickets, the others' changes given.
    """

    tickets: pd.DataFrame
    rate: tuple[str, ...]
    mix: tuple[str, ...]
    aside: tuple[str, ...]
    effect: dict[str, float]


def simulate(scenario: Scenario, version: Version, current: int, seed: int) -> Case:
    """Draw one case with three times as many reference tickets as current ones."""
    rng = np.random.default_rng([seed, SCENARIOS.index(scenario), current, version is HARD])
    for _ in range(200):
        drawn = _draw(scenario, version, current, rng)
        if drawn is not None:
            return drawn
    raise RuntimeError(f"no case of {scenario} in 200 draws")


def _draw(scenario: Scenario, version: Version, n: int, rng: np.random.Generator) -> Case | None:
    shares = {name: rng.dirichlet(np.full(size, 4.0)) for name, size in SIZES.items()}
    region_of = rng.permutation(np.arange(SIZES["branch"]) % SIZES["region"])
    served = np.zeros((SIZES["branch"], SIZES["provider"]))
    for provider in range(SIZES["provider"]):
        homes = rng.choice(SIZES["branch"], size=1 + int(rng.random() < 0.5), replace=False)
        served[homes, provider] = shares["provider"][provider]
    for branch in np.flatnonzero(served.sum(axis=1) == 0):
        served[branch, rng.integers(SIZES["provider"])] = 0.02
    faults = rng.dirichlet(np.full(SIZES["fault"], 0.5), size=SIZES["product"])
    effects = {name: rng.normal(0, 0.35, size) for name, size in SIZES.items()}
    kinds = [shares["branch"], shares["product"], shares["channel"], shares["priority"]]
    periods = {"reference": 3 * n, "current": n}
    grown: tuple[str, int] | None = None
    if scenario in ("mix", "simpson"):
        name = str(rng.choice(["branch", "product"]))
        small = np.flatnonzero((shares[name] > 0.03) & (shares[name] < 0.12))
        if not len(small):
            return None
        grown = (name, int(rng.choice(small)))
        effects[name][grown[1]] = -1.3
    parts = []
    for period, number in periods.items():
        own = [part.copy() for part in kinds]
        if grown is not None and period == "current":
            place = 0 if grown[0] == "branch" else 1
            own[place][grown[1]] *= 3
        own = [part / part.sum() for part in own]
        drawn = dict(
            zip(("branch", "product", "channel", "priority"), (rng.choice(len(p), number, p=p) for p in own),
                strict=True)
        )  # fmt: skip
        drawn["region"] = region_of[drawn["branch"]]
        drawn["provider"] = _given(served / served.sum(axis=1, keepdims=True), drawn["branch"], rng)
        drawn["fault"] = _given(faults, drawn["product"], rng)
        weight = rng.gamma(1 / version.bursts**2, size=DAYS[period]) if version.bursts else np.ones(DAYS[period])
        drawn["day"] = rng.choice(DAYS[period], number, p=weight / weight.sum())
        parts.append(drawn)
    tickets = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    is_current = np.repeat([False, True], [3 * n, n])
    logit = 1.9 + sum(effects[name][tickets[name]] for name in DIMENSIONS) + _standing(tickets, version, rng)
    logit += _days(tickets, is_current, version, rng)
    if scenario == "simpson":
        logit = logit + 0.15 * is_current
    wanted = {"rate1": (1,), "rate2": (2,), "multi": (1, 2), "correlated": (1,)}.get(scenario, ())
    changes: list[tuple[Conjunction, float]] = []
    for depth in wanted:
        found = _segment(tickets, is_current, depth, scenario == "correlated", rng)
        if found is None:
            return None
        changes.append((found, float(-rng.uniform(*version.fall))))
    if len(changes) == 2 and set(changes[0][0]) <= set(changes[1][0]):
        return None
    if scenario == "global":
        changes.append(((), float(-rng.uniform(*version.fall)) / 2))
    after = logit.copy()
    for conjunction, fall in changes:
        after += fall * (_held(tickets, conjunction) & is_current)
    hit = rng.random(4 * n) < expit(after)
    frame = pd.DataFrame(
        {name: pd.Categorical.from_codes(tickets[name], _values(name)).astype("str") for name in DIMENSIONS}
    )
    frame.insert(0, "period", np.where(is_current, "current", "reference"))
    start = pd.Timestamp("2025-01-01") + pd.to_timedelta(np.where(is_current, 91, 0) + tickets["day"], unit="D")
    frame.insert(1, "block", start.strftime("%Y-%m-%d"))
    frame["numerator"], frame["denominator"] = hit.astype(int), 1
    effect = {}
    for conjunction, fall in changes:
        here = _held(tickets, conjunction) & is_current
        effect[_name(conjunction)] = float((expit(after[here]) - expit(after[here] - fall)).mean())
    mix = () if grown is None else (_name((grown,)),)
    return Case(frame, tuple(effect), mix, ("*",) if scenario == "simpson" else (), effect)


def _given(chances: np.ndarray, of: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (rng.random(len(of))[:, None] > chances.cumsum(axis=1)[of]).sum(axis=1).clip(max=chances.shape[1] - 1)


def _standing(tickets: dict[str, np.ndarray], version: Version, rng: np.random.Generator) -> np.ndarray:
    out = np.zeros(len(tickets["branch"]))
    for a, b in (("branch", "product"), ("product", "channel"), ("provider", "fault")):
        out += rng.normal(0, version.standing, (SIZES[a], SIZES[b]))[tickets[a], tickets[b]]
    return out


def _days(
    tickets: dict[str, np.ndarray], is_current: np.ndarray, version: Version, rng: np.random.Generator
) -> np.ndarray:
    day = tickets["day"] + np.where(is_current, DAYS["reference"], 0)
    days = sum(DAYS.values())
    common = rng.normal(0, version.day, days)
    local = rng.normal(0, version.branch_day, (SIZES["branch"], days))
    week = np.arange(days) // 7
    walk = rng.normal(0, version.drift / np.sqrt(8), (SIZES["branch"], week[-1] + 1)).cumsum(axis=1)
    return common[day] + local[tickets["branch"], day] + walk[tickets["branch"], week[day]]


def _segment(
    tickets: dict[str, np.ndarray], is_current: np.ndarray, depth: int, correlated: bool, rng: np.random.Generator
) -> Conjunction | None:
    """Choose a segment of 4 to 15 % of the current tickets; correlated: a provider or a fault."""
    names = ("provider", "fault") if correlated else ("branch", "product", "provider", "fault", "channel")
    for _ in range(200):
        first = str(rng.choice(names))
        others = [name for name in ("priority", "channel", "product") if name != first]
        chosen = sorted([first, str(rng.choice(others))] if depth == 2 else [first])
        pairs = tuple((name, int(rng.integers(SIZES[name]))) for name in chosen)
        held = _held(tickets, pairs)
        if 0.04 <= held[is_current].mean() <= 0.15 and not _other_name(tickets, pairs, held):
            return pairs
    return None


def _other_name(tickets: dict[str, np.ndarray], pairs: Conjunction, held: np.ndarray) -> bool:
    """Whether one value of another dimension holds the very same tickets, so that nobody could tell which fell."""
    others = [name for name in ("branch", "fault", "product", "provider") if name not in dict(pairs)]
    return any(
        len(inside := np.unique(tickets[name][held])) == 1 and not np.isin(tickets[name][~held], inside).any()
        for name in others
    )


def _held(tickets: dict[str, np.ndarray], conjunction: Conjunction) -> np.ndarray:
    out = np.ones(len(tickets["branch"]), dtype=bool)
    for name, value in conjunction:
        out &= tickets[name] == value
    return out


def _values(name: str) -> list[str]:
    return [f"{LETTER[name]}{value:02d}" for value in range(SIZES[name])]


def _name(conjunction: Conjunction) -> str:
    return "&".join(f"{name}={_values(name)[value]}" for name, value in conjunction) or "*"
