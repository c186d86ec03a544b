"""Centre lines, limits, flags and runs against qicharts2, on a set with every trap built in."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.stats.runs import anhoej
from kpi_lib.stats.spc import Limits, limits

FOLDER = Path(__file__).with_name("spc")
R_KINDS = {"p": "p", "pp": "p_prime", "ip": "i_prime", "u": "u", "up": "u_prime", "i": "i", "run": "run", "c": "c"}
COUNTS = {"ftf": ("ftf_num", "ftf_den"), "cmp": ("complaints", "tickets"), "resp": ("resp_hours", None)}
AS_R = {"sigma_z_floor": 0.0, "small_expected": 0.0}
"""The two deliberate differences of our limits turned off."""

POINTS = pd.read_csv(FOLDER / "synth_expected_points.csv", parse_dates=["x"])
SUMMARY = pd.read_csv(FOLDER / "synth_expected_summary.csv")
INPUT = pd.read_csv(FOLDER / "synth_kpi_input.csv", parse_dates=["month"])
CHARTS = [tuple(row) for row in SUMMARY[["case", "branch", "screened"]].drop_duplicates().itertuples(index=False)]

CHART_OF = dict(SUMMARY[["case", "chart"]].drop_duplicates().itertuples(index=False))
EXPECTED_POINTS = dict(list(POINTS.groupby(["case", "branch", "screened"])))

FLOORED = {
    ("ftf_pp", "B01"), ("ftf_pp", "B04"), ("ftf_pp", "B05"),
    ("ftf_pp_freeze24", "B02"), ("ftf_pp_freeze24", "B04"), ("ftf_pp_freeze24", "B05"),
    ("cmp_up", "B02"), ("cmp_up", "B05"),
}  # fmt: skip
"""Charts whose moving ranges put σz below 1: R narrows the limits, we do not. Screened, two more join them."""

UNFLAGGED_BY_EXACT = {
    ("cmp_u", "B03"): 1, ("cmp_u_part20", "B03"): 1, ("cmp_u", "B05"): 1, ("cmp_up", "B05"): 1,
    ("cmp_u_part20", "B05"): 1,
}  # fmt: skip
"""Points beyond normal limits that exact ones explain by chance: one or two complaints where fewer than 5 are
expected."""

ACROSS_A_GAP = {
    "ftf_pp", "ftf_pp_freeze24", "ftf_p_freeze24", "ftf_ip", "cmp_up", "cmp_u_part20", "resp_i", "resp_i_freeze12",
    "resp_i_excl19",
}  # fmt: skip
"""Charts of B04 that change on the full calendar: R joins moving ranges across its three missing months, and freezes
and splits by number of the row, not by date."""


@cache
def series(branch: str, *, calendar: bool) -> pd.DataFrame:
    own = INPUT[INPUT["branch"] == branch].set_index("month")
    return own.reindex(pd.date_range("2022-01-01", "2024-12-01", freq="MS")) if calendar else own


def parts(case: str, branch: str, *, calendar: bool) -> list[tuple[pd.DataFrame, np.ndarray]]:
    """Return each phase with the mask behind its limits."""
    own = series(branch, calendar=calendar)
    position = np.arange(len(own))
    match case.rpartition("_")[2]:
        case "freeze24":
            return [(own, position < 24)]
        case "freeze12":
            return [(own, position < 12)]
        case "excl19":
            return [(own, position != 18)]
        case "part20":
            return [(part, np.ones(len(part), dtype=bool)) for part in (own.iloc[:20], own.iloc[20:])]
        case _:
            return [(own, np.ones(len(own), dtype=bool))]


def charted(case: str, branch: str, screened: bool, *, calendar: bool = False, **options: float) -> list[Limits]:
    top, bottom = COUNTS[case.split("_")[0]]
    chart = CHART_OF[case]
    found = []
    for part, base in parts(case, branch, calendar=calendar):
        # A c chart counts complaints; months without tickets are months without activity in the others.
        below = None if bottom is None or chart == "c" else part[bottom].to_numpy(dtype=float)
        found.append(limits(R_KINDS[chart], part[top], below, base=base, screened=screened, **options))
    return found


UNSCREENED = [(case, branch) for case, branch, screened in CHARTS if not screened]


def joined(found: list[Limits], name: str) -> np.ndarray:
    return np.concatenate([getattr(part, name) for part in found])


def expected_points(case: str, branch: str, screened: bool) -> pd.DataFrame:
    return EXPECTED_POINTS[case, branch, screened].sort_values("x")


@pytest.mark.parametrize(("case", "branch", "screened"), CHARTS)
def test_every_point_equals_r(case: str, branch: str, screened: bool) -> None:
    found, expected = charted(case, branch, screened, **AS_R), expected_points(case, branch, screened)
    assert len(joined(found, "value")) == len(expected)
    names = {"value": "y", "centre": "cl"}
    if not case.endswith("run"):
        names |= {"lower": "lcl", "upper": "ucl", "inner_lower": "lcl.95", "inner_upper": "ucl.95"}
    for ours, theirs in names.items():
        # R left the limits of a month without activity empty or at infinity; there is no point to judge.
        there = expected["y"].notna().to_numpy()
        np.testing.assert_allclose(
            joined(found, ours)[there],
            expected[theirs].to_numpy(dtype=float)[there],
            rtol=1e-6,
            atol=2e-10,
            err_msg=ours,
        )
    np.testing.assert_array_equal(np.isnan(joined(found, "value")), expected["y"].isna())
    np.testing.assert_array_equal(joined(found, "beyond") != 0, expected["sigma.signal"] == True)  # noqa: E712


@pytest.mark.parametrize(
    "row",
    list(SUMMARY.rename(columns=lambda name: name.replace(".", "_")).itertuples(index=False)),
    ids=lambda r: f"{r.case}-{r.branch}-{r.screened}",
)
def test_runs_equal_r(row) -> None:
    found = charted(row.case, row.branch, row.screened, **AS_R)[int(row.part) - 1]
    # The months behind the limits of an exclusion are those whose runs are looked at.
    value = found.value.copy()
    if row.case.endswith("excl19"):
        value[18] = np.nan
    runs = anhoej(value, found.centre, join_gaps=True)
    assert found.centre[0] == pytest.approx(row.cl, rel=1e-6)
    assert (runs.n_useful, runs.longest_run, runs.crossings) == (row.n_useful, row.longest_run, row.n_crossings)
    assert (runs.longest_run_max, runs.crossings_min) == (row.longest_run_max, row.n_crossings_min)
    assert runs.signal == row.runs_signal


def limits_of(found: list[Limits]) -> np.ndarray:
    there = ~np.isnan(joined(found, "value"))
    return np.concatenate([joined(found, name)[there] for name in ("lower", "upper", "inner_lower", "inner_upper")])


def differing(changed: dict[str, float], *, calendar: bool = False) -> set[tuple[str, str]]:
    """Return the unscreened charts whose limits differ from R's when an option of ours is turned on."""
    found = set()
    for case, branch in UNSCREENED:
        as_r = limits_of(charted(case, branch, False, **AS_R))
        ours = limits_of(charted(case, branch, False, calendar=calendar, **{**AS_R, **changed}))
        if as_r.shape != ours.shape or not np.allclose(as_r, ours, rtol=1e-9, equal_nan=True):
            found.add((case, branch))
    return found


def test_only_named_charts_differ_by_the_floor_of_sigma_z() -> None:
    assert differing({"sigma_z_floor": 1.0}) == FLOORED


@pytest.mark.parametrize(("case", "branch"), sorted(FLOORED))
def test_a_floored_chart_is_the_plain_one(case: str, branch: str) -> None:
    plain = case.replace("_pp", "_p").replace("_up", "_u")
    floored = charted(case, branch, False, sigma_z_floor=1.0, small_expected=0.0)
    np.testing.assert_allclose(limits_of(floored), limits_of(charted(plain, branch, False, **AS_R)), rtol=1e-12)


def test_only_named_points_lose_their_flag_by_exact_limits() -> None:
    lost = {}
    for case, branch in UNSCREENED:
        as_r, ours = (
            joined(charted(case, branch, False, sigma_z_floor=0.0, small_expected=small), "beyond")
            for small in (0.0, 5.0)
        )
        assert not np.any((ours != 0) & (as_r == 0)), "an exact limit never flags what a normal one does not here"
        if (as_r != ours).any():
            lost[case, branch] = int((as_r != ours).sum())
    assert lost == UNFLAGGED_BY_EXACT


def test_only_the_branch_with_missing_months_differs_by_the_calendar() -> None:
    assert differing({}, calendar=True) == {(case, "B04") for case in ACROSS_A_GAP}


@pytest.mark.parametrize(("variant", "upper"), [("screened", 27.63886202), ("unscreened", 29.09)])
def test_screening_changes_the_verdict_of_point_15(variant: str, upper: float) -> None:
    expected = pd.read_csv(FOLDER / f"qic_spc4hc_ch41_i_{variant}.csv")
    found = limits("i", expected["y"], screened=variant == "screened")
    assert found.upper[0] == pytest.approx(upper, rel=1e-4)
    for ours, theirs in {"lower": "lcl", "upper": "ucl", "inner_lower": "lcl.95", "inner_upper": "ucl.95"}.items():
        np.testing.assert_allclose(getattr(found, ours), expected[theirs], rtol=1e-9)
    np.testing.assert_array_equal(found.beyond != 0, expected["sigma.signal"])
    assert (found.beyond[14] != 0) == (variant == "screened")


def test_the_critical_values_of_anhoej() -> None:
    table = pd.read_csv(FOLDER / "anhoej_critical_values.csv")
    for row in table.itertuples(index=False):
        runs = anhoej(np.tile([0.0, 1.0], row.n_useful)[: row.n_useful], 0.5)
        assert (runs.n_useful, runs.longest_run_max, runs.crossings_min) == tuple(row)
