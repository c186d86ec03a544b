"""Charts of series: choice by evidence, phases and windows by date, and series that are hardly there."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.baseline.chart import control_chart
from kpi_lib.analysis.baseline.evidence import Why
from kpi_lib.analysis.baseline.phases import propose_phases, replay
from kpi_lib.analysis.baseline.quality import Grade, baseline_quality, sigma_range
from kpi_lib.analysis.baseline.record import decided, monitored, recorded
from kpi_lib.analysis.baseline.series import Series, series_of
from kpi_lib.analysis.baseline.targets import Assurance, Origin, propose_target
from kpi_lib.errors import InputError
from kpi_lib.params.baselines import Exclusion, PhaseDecision

MONTHS = pd.date_range("2022-01-01", periods=36, freq="MS")


def shares(hits: object, cases: object) -> Series:
    rows = pd.DataFrame({"period": MONTHS[: len(np.atleast_1d(hits))], "hits": hits, "cases": cases})
    return series_of(rows, numerator="hits", denominator="cases", key="fix", higher_is_better=True)


def drawn(p: object, cases: int = 200, *, seed: int = 7) -> Series:
    level = np.broadcast_to(p, 36) if np.ndim(p) == 0 else np.asarray(p)
    return shares(np.random.default_rng(seed).binomial(cases, level), np.full(36, cases))


def test_a_stable_share_gets_the_plain_chart_and_an_a() -> None:
    chart = control_chart(drawn(0.85))
    assert chart.choice.kind == "p"
    assert baseline_quality(chart).grade is Grade.A
    assert chart.signals.empty


def test_months_that_vary_more_than_chance_widen_the_limits() -> None:
    rng = np.random.default_rng(3)
    chart = control_chart(shares(rng.binomial(2000, rng.beta(40, 8, 36)), np.full(36, 2000)))
    assert chart.choice.kind == "p_prime"
    assert Why.OVERDISPERSED in chart.choice.why
    assert chart.phases["spread"].iloc[0] > 2


def test_a_season_moves_the_limits_and_takes_the_false_flags_away() -> None:
    wave = 0.85 + 0.08 * np.sin(2 * np.pi * np.arange(36) / 12)
    series = drawn(wave, 500)
    seasonal, naive = control_chart(series), control_chart(series, kind="p")
    assert seasonal.choice.seasonal
    assert np.ptp(seasonal.points["centre"]) == pytest.approx(0.16, abs=0.04)
    assert (naive.points["signal"] != 0).sum() > (seasonal.points["signal"] != 0).sum()


def test_a_frozen_window_goes_together_with_a_later_phase() -> None:
    series = drawn(np.repeat([0.80, 0.88], [24, 12]))
    window = (pd.Timestamp("2022-01-01"), pd.Timestamp("2022-12-01"))
    chart = control_chart(series, freeze=window, phases=[pd.Timestamp("2024-01-01")])
    assert chart.phases["n"].tolist() == [12, 12]
    first = series.numerator[:12].sum() / series.denominator[:12].sum()
    assert chart.points["centre"].iloc[23] == pytest.approx(first)
    assert chart.points["centre"].iloc[24] == pytest.approx(series.numerator[24:].sum() / 2400)


def test_a_phase_the_window_does_not_touch_is_judged_by_its_own_months() -> None:
    data = pd.DataFrame({"period": MONTHS, "y": np.random.default_rng(2).normal(np.repeat([5, 9], [24, 12]), 0.5)})
    window = (pd.Timestamp("2022-01-01"), pd.Timestamp("2022-12-01"))
    series = series_of(data, value="y")
    chart = control_chart(series, kind="i", freeze=window, phases=[pd.Timestamp("2024-01-01")])
    alone = control_chart(series.part(24), kind="i")
    quality, own = baseline_quality(chart), baseline_quality(alone)
    assert (quality.centre_lo, quality.centre_hi) == (own.centre_lo, own.centre_hi)
    assert quality.centre_lo < 9 < quality.centre_hi
    entry = recorded(quality, branch="north")
    assert entry is not None
    assert (entry.first, entry.last, entry.n) == ("2024-01", "2024-12", 12)


def test_an_excluded_month_sets_no_limits_and_gives_no_signal() -> None:
    hits = np.full(36, 170)
    hits[10] = 90
    plain = control_chart(shares(hits, 200), kind="p")
    without = control_chart(shares(hits, 200), kind="p", exclude={MONTHS[10]: "flood"})
    assert plain.points["rule"].iloc[10] != ""
    assert without.points["rule"].iloc[10] == ""
    assert without.points["centre"].iloc[0] == 0.85
    with pytest.raises(InputError, match="no period starts on"):
        control_chart(shares(hits, 200), exclude={pd.Timestamp("2019-01-01"): "typing error"})


def test_a_gap_breaks_a_run() -> None:
    # Seven above, a missing month, seven above: nobody knows what the missing month was.
    level = [0.8] * 14 + [0.9] * 7 + [np.nan] + [0.9] * 7 + [0.8] * 7
    series = series_of(pd.DataFrame({"period": MONTHS, "y": level}), value="y")
    assert control_chart(series, kind="i", rules=("western_electric",)).signals["rule"].tolist().count("shift_8") < 3
    assert control_chart(series, kind="i").runs.longest_run == 14


@pytest.mark.parametrize(
    ("hits", "cases", "grade"),
    [
        ([], [], None),
        ([8], [10], Grade.TRIAL),
        ([10] * 3, [10] * 3, Grade.TRIAL),
        ([200] * 36, [200] * 36, Grade.B),
        ([0] * 36, [200] * 36, Grade.B),
        ([170] * 20 + [0] * 16, [200] * 20 + [0] * 16, Grade.C),
        ([11] * 36, [10] * 36, Grade.TRIAL),
    ],
    ids=["none", "one month", "three months", "all 100 %", "all 0 %", "closed mid-year", "part above whole"],
)
def test_series_that_are_hardly_there(hits: list[int], cases: list[int], grade: Grade | None) -> None:
    if not hits:
        assert series_of(pd.DataFrame({"period": [], "y": []}), value="y").n == 0
        return
    series = shares(hits, cases)
    chart = control_chart(series)
    found = propose_target(chart, proposals={Origin.AMBITION: 1.0}, higher_is_better=True, cuts=(0.7, 0.8, 0.9, 1.0))
    assert baseline_quality(chart).grade is not None
    if grade is Grade.TRIAL:
        assert baseline_quality(chart).grade is grade
    propose_phases(series)
    replay(chart)
    assert len(found.targets) == 1


def test_a_kpi_always_at_100_percent_meets_a_target_of_100_percent() -> None:
    chart = control_chart(shares([200] * 36, [200] * 36))
    assert chart.signals.empty
    row = propose_target(chart, proposals={Origin.AMBITION: 1.0}, higher_is_better=True).targets.iloc[0]
    # The level may truly lie a little below 100 %: 7,200 of 7,200 leaves a quarter of the months in doubt.
    assert row["chance_next"] > 0.9
    assert row["assurance"] != Assurance.WILL_NOT_MEET


def test_a_planted_shift_is_dated_and_its_event_named() -> None:
    events = pd.DataFrame(
        {"date": pd.to_datetime(["2024-01-10", "2022-05-01"]), "event": ["new dispatch desk", "fair"]}
    )
    found = propose_phases(drawn(np.repeat([0.80, 0.88], [24, 12])), events=events).candidates
    assert len(found) == 1
    row = found.iloc[0]
    assert row["first"] <= pd.Timestamp("2024-01-01") <= row["last"]
    assert row["effect"] == pytest.approx(0.08, abs=0.02)
    assert row["event"] == "new dispatch desk"


def test_a_replay_flags_a_shift_only_after_it_has_come() -> None:
    chart = control_chart(drawn(np.repeat([0.80, 0.90], [24, 12])))
    told = replay(chart)
    flagged = told.loc[told["rules"] != "", "period"]
    assert flagged.iloc[0] >= "2024-01"


def test_monitoring_estimates_nothing() -> None:
    series = drawn(np.repeat([0.80, 0.90], [24, 12]))
    known = series.part(0, 24)
    entry = recorded(baseline_quality(control_chart(known)), branch="north")
    assert entry is not None
    watched = monitored(series, entry)
    assert np.ptp(watched.points["centre"]) == 0
    assert watched.points["centre"].iloc[-1] == pytest.approx(entry.centre)
    assert (watched.points["signal"].iloc[24:] > 0).sum() >= 8
    assert monitored(series, entry.model_validate_json(entry.model_dump_json())).points.equals(watched.points)


def test_decisions_on_a_proposal_are_kept_and_acted_on() -> None:
    series = drawn(np.repeat([0.80, 0.90], [24, 12]))
    entry = recorded(baseline_quality(control_chart(series)), branch="north", proposal=propose_phases(series))
    assert entry is not None
    assert [phase.decision for phase in entry.phases] == ["proposed"]
    with pytest.raises(InputError, match="write accepted or rejected"):
        decided(series, entry)
    start = entry.phases[0].start
    accepted = decided(series, entry.model_copy(update={"phases": (PhaseDecision(start=start, decision="accepted"),)}))
    rejected = decided(series, entry.model_copy(update={"phases": (PhaseDecision(start=start, decision="rejected"),)}))
    assert accepted.n == 12
    assert accepted.level == pytest.approx(0.90, abs=0.02)
    assert rejected.n == 36
    bare = entry.model_copy(update={"phases": (), "exclusions": (Exclusion(period="2022-03", reason=" "),)})
    with pytest.raises(InputError, match="has no reason"):
        decided(series, bare)


def test_the_range_of_sigma_is_that_of_the_simulation() -> None:
    # The estimate lies between 0.59 and 1.48 times the truth (24 points: 0.71 and 1.33), so the truth is its inverse.
    assert sigma_range(12) == (pytest.approx(1 / 1.48, abs=0.03), pytest.approx(1 / 0.59, abs=0.07))
    assert sigma_range(24) == (pytest.approx(1 / 1.33, abs=0.03), pytest.approx(1 / 0.71, abs=0.06))


def test_a_short_series_of_shares_is_charted_by_its_shares_and_not_by_its_hits() -> None:
    chart = control_chart(shares([28, 30, 25, 29], [30, 32, 30, 30]))
    assert chart.choice.kind == "run"
    assert chart.points["centre"].iloc[0] == pytest.approx(np.median([28 / 30, 30 / 32, 25 / 30, 29 / 30]))
    quality = baseline_quality(chart)
    assert quality.centre_lo < quality.centre < quality.centre_hi <= 1
