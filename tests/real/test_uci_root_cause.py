"""Root causes on the real incidents: what the search names is counted again by plain pandas on the raw file."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest

from kpi_lib.analysis.rootcause.cases import explain_case
from kpi_lib.analysis.rootcause.gather import Asked, gather
from kpi_lib.data.store import prepare
from kpi_lib.params import load_project
from kpi_lib.session import open_session

REAL = os.environ.get("KPI_REAL_DATA", "")
pytestmark = pytest.mark.skipif(not REAL, reason="KPI_REAL_DATA names no folder of real data")
COLUMNS = {"provider": "assignment_group", "product": "category", "fault": "subcategory", "priority": "priority"}


@pytest.fixture(scope="module")
def raw():
    frame = pd.read_csv(Path(REAL) / "uci_incidents" / "tickets.csv.gz", parse_dates=["opened_at"])
    hour = frame["opened_at"].dt.hour
    shift = pd.Series("night", index=frame.index).mask((hour >= 8) & (hour < 20), "day")
    shift = shift.mask(frame["opened_at"].dt.day_of_week >= 5, "weekend")
    return frame.assign(shift=shift, month=frame["opened_at"].dt.strftime("%Y-%m"))


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    root = tmp_path_factory.mktemp("uci")
    shutil.copytree(Path(__file__).parent / "uci", root, dirs_exist_ok=True)
    prepare(load_project(root))
    return str(root)


def explained(root, period):
    session = open_session(root, branch="location_204", notebook="4_root_cause", period=period)
    (case,) = gather(
        [{"kpi": "sla_met_rate"}], kpis=session.kpis, policies=session.terms.policies,
        asked=Asked(session.period, "previous"), scan=session.leaves, pin=False,
    )  # fmt: skip
    return explain_case(case, level=0.95, resamples=0).explanation


def cases(raw, month, dims=()):
    own = raw[(raw["location"] == "Location 204") & (raw["month"] == month)]
    for dimension, value in dims:
        own = own[own[COLUMNS.get(dimension, dimension)] == value]
    return own


def test_april_against_march_is_the_count_of_the_raw_file(root, raw):
    found = explained(root, "2016-04")
    march, april = cases(raw, "2016-03"), cases(raw, "2016-04")
    assert (found.gap.n_reference, found.gap.n_current) == (len(march), len(april))
    assert found.gap.difference == pytest.approx(april["made_sla"].mean() - march["made_sla"].mean())
    assert found.broad.found, "the service level rose everywhere"
    assert len(found.segments) > 0
    for segment in found.segments:
        now, then = cases(raw, "2016-04", segment.dims), cases(raw, "2016-03", segment.dims)
        assert (segment.n, segment.n_reference) == (len(now), len(then)), segment.name
        if segment.kind == "mix":
            assert segment.before == pytest.approx(len(then) / len(march))
            assert segment.after == pytest.approx(len(now) / len(april))
        else:
            assert segment.before == pytest.approx(then["made_sla"].mean())
            assert segment.after == pytest.approx(now["made_sla"].mean())


def test_what_is_suggested_for_may_is_the_count_of_the_raw_file(root, raw):
    found = explained(root, "2016-05")
    assert found.gap.worse
    for segment in (*found.segments, *found.suggestive):
        now, then = cases(raw, "2016-05", segment.dims), cases(raw, "2016-04", segment.dims)
        assert (segment.n, segment.n_reference) == (len(now), len(then)), segment.name
        assert segment.after == pytest.approx(now["made_sla"].mean())
        assert segment.before == pytest.approx(then["made_sla"].mean())
    total = found.mix.total + found.broad.contribution + sum(one.contribution for one in found.found) + found.rest
    assert total == pytest.approx(found.gap.difference)
