"""A chart drawn, judged and watched among many is, to the last bit, the chart drawn alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.baseline.chart import ChartRequest, Fixed, control_chart, control_charts
from kpi_lib.analysis.baseline.evidence import Choice, Why, gather, gather_all
from kpi_lib.analysis.baseline.phases import replay, replays
from kpi_lib.analysis.baseline.quality import Check, baseline_qualities, baseline_quality
from kpi_lib.analysis.baseline.record import all_monitored, monitored, recorded
from kpi_lib.analysis.baseline.series import Family, Series, series_by, series_of
from kpi_lib.stats.rules import RULE_SETS, signals, signals_by_row
from kpi_lib.stats.runs import anhoej, runs_by_row
from kpi_lib.stats.spc import limits

FAMILIES: tuple[Family, ...] = ("share", "rate", "count", "mean", "value")
SHAPES = ("plain", "season", "shift", "overdispersed", "alike", "gaps", "missing", "equal", "all", "excess", "nothing")
COLUMNS: dict[Family, dict[str, str]] = {
    "share": {"numerator": "k", "denominator": "n"}, "rate": {"numerator": "k", "denominator": "n"},
    "count": {"numerator": "k"}, "mean": {"value": "k", "denominator": "n"}, "value": {"value": "k"},
}  # fmt: skip


def rows(family: Family, shape: str, months: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return a series of a family with one trap built in."""
    at = np.arange(months)
    n = rng.poisson(rng.choice([4, 30, 300]), months) + 1.0
    level = {
        "season": 0.6 + 0.2 * np.sin(2 * np.pi * at / 12),
        "shift": np.where(at < months // 2, 0.5, 0.8),
        "overdispersed": rng.beta(8, 3, months),
        "alike": np.clip(0.5 + np.cumsum(rng.normal(0, 0.05, months)), 0.05, 0.95),
    }.get(shape, np.full(months, 0.7))
    match family:
        case "share":
            k = rng.binomial(n.astype(int), level).astype(float)
        case "rate" | "count":
            k = rng.poisson(n * level / 5).astype(float)
        case "mean":
            k = 4 * level + rng.normal(0, 1 / np.sqrt(n))
        case _:
            k = np.exp(2 * level + rng.normal(0, 0.2, months)) * rng.choice([1, -1])
    if shape == "equal":
        k, n = np.full(months, 0.0 if family in {"share", "rate"} else k[0]), np.full(months, n[0])
    if shape == "all":
        k, n = n.copy(), np.where(at % 5 == 1, 0.0, n)
    if shape == "excess":
        k[months // 2] = n[months // 2] + 1
    if shape in {"missing", "nothing"}:
        k[rng.random(months) < (0.2 if shape == "missing" else 1.1)] = np.nan
    found = pd.DataFrame({"period": pd.date_range("2021-01-01", periods=months, freq="MS"), "k": k, "n": n})
    found["running"] = (at == months - 1) & (shape == "plain")
    return found[(at % 7 != 3) | (shape != "gaps")]


def some_series() -> Iterator[Series]:
    rng = np.random.default_rng(4)
    for family in FAMILIES:
        for shape in SHAPES:
            for months in (1, 9, 36):
                data = rows(family, shape, months, rng)
                yield series_of(
                    data, key=f"{family} {shape} {months}", family=family, provisional="running", **COLUMNS[family]
                )


EVERY = tuple(some_series())


def requests() -> Iterator[ChartRequest]:
    """Ask for every series in turn: plain, frozen, in phases, with exclusions, by other rules, fixed."""
    sets = tuple(RULE_SETS)
    for place, series in enumerate(EVERY):
        day, half = pd.DatetimeIndex(series.start), len(series) // 2
        yield ChartRequest(series=series)
        if series.ok[: half + 1].any():
            yield ChartRequest(series=series, freeze=(day[0], day[half]), phases=[day[-(-3 * half // 2)]])
        yield ChartRequest(
            series=series, exclude={day[0]: "move", day[half]: "flood"}, phases=[day[half]], screened=True,
            rules=sets[: 1 + place % len(sets)],
        )  # fmt: skip
        yield ChartRequest(series=series, kind="run" if place % 2 else "i")
        fixed = Fixed(0.7, 0.2 if place % 3 else np.nan, tuple(np.linspace(-0.01, 0.01, 12)) if place % 2 else ())
        choice = Choice("u_prime" if place % 4 else "p", False, place % 2 == 1, 1.2, (Why.SHARE,))
        yield ChartRequest(series=series, choice=choice, fixed=fixed)


def same(one: object, other: object, where: str) -> None:
    """Assert that two results are equal in every part, numbers to the last bit."""
    assert type(one) is type(other), where
    if one is other:
        return
    if is_dataclass(one):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name), f"{where}.{field.name}")
    elif isinstance(one, tuple | list) and isinstance(other, tuple | list):
        assert len(one) == len(other), where
        for place, (a, b) in enumerate(zip(one, other, strict=True)):
            same(a, b, f"{where}[{place}]")
    elif isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True, obj=where)  # type: ignore[arg-type]
    elif isinstance(one, np.ndarray | float):
        np.testing.assert_array_equal(one, other, err_msg=where)  # type: ignore[arg-type]
    else:
        assert one == other, where


def test_charts_and_verdicts_among_many_are_those_alone() -> None:
    asked = list(requests())
    charts = control_charts(asked)
    verdicts = baseline_qualities(charts)
    same(charts[0].points, control_chart(asked[0].series).points, "points")
    for request, chart, verdict in zip(asked, charts, verdicts, strict=True):
        options = {field.name: getattr(request, field.name) for field in fields(request)}
        alone = control_chart(**options)
        same(chart, alone, request.series.key)
        same(verdict, baseline_quality(alone), request.series.key)
    kinds = {chart.choice.kind for chart in charts}
    assert {"p", "p_prime", "u", "u_prime", "c", "i", "i_prime", "run"} <= kinds, "the set draws every chart"
    assert any(len(chart.parts) > 1 and chart.found for chart in charts)
    assert any(chart.choice.seasonal for chart in charts)
    assert any(chart.drawn.exact.any() for chart in charts)


def test_evidence_among_many_is_that_alone() -> None:
    bases = [series.ok & (np.arange(len(series)) % 11 != 2) for series in EVERY]
    for series, base, found in zip(EVERY, bases, gather_all(EVERY, bases), strict=True):
        same(found, gather(series, base), series.key)


def test_replays_and_monitoring_among_many_are_those_alone() -> None:
    charts = control_charts([ChartRequest(series=series) for series in EVERY if len(series) > 20])
    for chart, found in zip(charts, replays(charts), strict=True):
        same(found, replay(chart), chart.series.key)
    held = [
        (quality.chart.series, entry)
        for quality in baseline_qualities(charts)
        if (entry := recorded(quality, branch="north")) is not None
    ]
    for (series, entry), found in zip(held, all_monitored(held), strict=True):
        same(found, monitored(series, entry), series.key)


def test_series_placed_together_are_those_placed_alone() -> None:
    rng = np.random.default_rng(9)
    for family in FAMILIES:
        parts = {shape: rows(family, shape, 26, rng) for shape in SHAPES}
        table = pd.concat([part.assign(kpi=shape) for shape, part in parts.items()])
        options = {"family": family, "provisional": "running", **COLUMNS[family]}
        found = series_by(table.sample(frac=1, random_state=1), by=("kpi",), **options)
        assert set(found) == {(shape,) for shape in SHAPES}
        for shape, part in parts.items():
            alone, together = series_of(part, key=shape, **options), found[shape,]
            for field in fields(Series):
                same(getattr(together, field.name), getattr(alone, field.name), f"{family} {shape} {field.name}")


@pytest.mark.parametrize("kind", ["run", "i", "mr", "i_prime", "c", "p", "p_prime", "u", "u_prime"])
@pytest.mark.parametrize("screened", [False, True])
def test_a_row_of_limits_is_the_chart_alone(kind: str, screened: bool) -> None:
    rng = np.random.default_rng(3)
    n = rng.poisson(rng.choice([5, 200], (40, 1)), (40, 24)).astype(float)
    k = rng.binomial(n.astype(int), rng.beta(8, 3, (40, 1))).astype(float)
    k[rng.random(k.shape) < 0.1] = np.nan
    k[3], k[4] = np.nan, 0.0
    base = rng.random(k.shape) < 0.8
    base[5] = False
    many = limits(kind, k, n, base=base, screened=screened)
    rules = tuple(dict.fromkeys(rule for rules in RULE_SETS.values() for rule in rules))
    found = signals_by_row(many.value, many.centre, many.sigma, many.beyond, rules=rules, counted=base)
    runs = runs_by_row(many.value, many.centre)
    for row in range(40):
        one = limits(kind, k[row], n[row], base=base[row], screened=screened)
        for field in fields(one):
            np.testing.assert_array_equal(getattr(many.row(row, 24), field.name), getattr(one, field.name))
        assert found[row] == signals(one.value, one.centre, one.sigma, one.beyond, rules=rules, counted=base[row])
        assert runs.row(row) == anhoej(one.value, one.centre)


@pytest.mark.parametrize("value", [1.9361109990129601, 0.5508, 1 / 3, 1e6 / 7])
@pytest.mark.parametrize("months", [13, 24, 30, 36, 48])
def test_equal_values_show_nothing_but_that_they_are_equal(value: float, months: int) -> None:
    day = pd.date_range("2021-01-01", periods=months, freq="MS")
    data = pd.DataFrame({"period": day, "k": value, "n": 37.0})
    for columns in ({"value": "k"}, {"value": "k", "denominator": "n"}):
        chart = control_chart(series_of(data, **columns))
        assert chart.found == ()
        assert chart.evidence.shifts == ()
        assert np.isnan(chart.evidence.rho)
        quality = baseline_quality(chart)
        short = {Check.PERIODS} if months < 24 else set()
        assert {one.check for one in quality.remarks} == {Check.CONSTANT} | short
        assert quality.centre_lo == pytest.approx(value, rel=1e-12) == quality.centre_hi
