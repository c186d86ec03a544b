"""What a change in the exports makes stale: the keys of the real notebooks over prepared data."""

from __future__ import annotations

import gzip
import io
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from kpi_lib.batch import plan_batch
from kpi_lib.batch.isolated import run_warm
from kpi_lib.batch.jobs import Job
from kpi_lib.batch.keys import run_keys
from kpi_lib.batch.limits import Limits
from kpi_lib.batch.run import run_cold
from kpi_lib.batch.warm import fork_is_safe
from kpi_lib.data.store import prepare
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.params import Project, load_project, parse_period
from kpi_lib.session import Session
from kpi_lib.text import language

BRANCHES = ["suining", "chengdu"]
OWN = {"2_scorecard", "4_root_cause", "5_survey_sampling"}
"""Notebooks that read their branch's rows alone."""


def project_of(root: Path) -> Project:
    return load_project(root, {key: kpi.better for key, kpi in CATALOG.items()})


def keys(root: Path, reference: str) -> dict[tuple[str, str], dict[str, str]]:
    project = project_of(root)
    store, period = prepare(project), parse_period("2025-11")

    def session(branch: str) -> Session:
        return Session(project, store, branch, period, language("en"), root)

    specs = plan_batch(
        project, period=period.label, branches=BRANCHES, notebooks="all", languages=["en"], out=root / "reports"
    )  # fmt: skip
    found = run_keys(
        project,
        store,
        specs,
        company_figures=lambda branch: session(branch).company_figures(),
        others_read=lambda spec: session(spec.branch).reads_others(reference),
    )
    return {(key[0], key[1]): dict(one.parts) for key, one in found.items()}


def late_ticket(root: Path, branch: str) -> None:
    """Write a ticket of the branch once more under a number of its own."""
    path = max((root / "data/raw").glob("tickets*"))
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig") as file:
        lines = file.read().splitlines()
    row = [line for line in lines if branch in line and "2025-10" in line][-1]
    number = re.search(r"GD\d+", row)
    assert number is not None
    with opened(path, "wt", encoding="utf-8-sig") as file:
        file.write("\n".join([*lines, row.replace(number[0], "GD0000000000001")]) + "\n")


@pytest.fixture(scope="module")
def before_and_after(small_project, tmp_path_factory):
    root = tmp_path_factory.mktemp("late")
    shutil.copytree(small_project, root, dirs_exist_ok=True)
    shutil.copytree(Path(__file__).parents[2] / "notebooks", root / "notebooks")
    before = keys(root, "history"), keys(root, "peers"), forced(root, tmp_path_factory.mktemp("before"))
    late_ticket(root, "遂宁")
    after = keys(root, "history"), keys(root, "peers"), forced(root, tmp_path_factory.mktemp("after"))
    return dict(zip(("history", "peers", "forced"), zip(before, after, strict=True), strict=True))


def forced(root: Path, staging: Path) -> dict[tuple[str, str], bytes]:
    """Pages and results of a branch, made whatever the keys say, by notebook and name."""
    found = {}
    for notebook in OWN:
        specs = plan_batch(
            project_of(root), period="2025-11", branches=["chengdu"], notebooks=[notebook], languages=["en"],
            out=root / "reports", given={notebook: {"reference": "history"}} if notebook == "4_root_cause" else None,
        )  # fmt: skip
        (result,) = (run_warm if fork_is_safe() else run_cold)(Job(specs, Limits()), staging)
        assert result.ok, result.failure
        page = result.page.read_text(encoding="utf-8")
        # The files the page was made from are named on it; that another branch's rows in them changed is to be seen.
        told = re.sub(r"<table><caption>Raw exports and their fingerprints.*?</table>", "", page, flags=re.DOTALL)
        assert told != page
        found[notebook, "page.html"] = told.encode()
        for path in result.results.rglob("*.*"):
            if path.suffix != ".xlsx":
                found[notebook, path.name] = path.read_bytes()
    return found


def changed(before_and_after, run, reference="history"):
    before, after = before_and_after[reference]
    return {name for name in after[run] if after[run][name] != before[run].get(name)}


def test_a_late_ticket_makes_its_branch_stale_and_says_why(before_and_after):
    for notebook in OWN:
        assert changed(before_and_after, ("suining", notebook)) == {"own rows of tickets"}


def test_a_late_ticket_of_another_branch_changes_nothing_a_branch_reads(before_and_after):
    for notebook in OWN:
        assert changed(before_and_after, ("chengdu", notebook)) == set()


def test_and_what_it_would_be_made_to_is_what_it_is(before_and_after):
    before, after = before_and_after["forced"]
    assert {notebook for notebook, _ in before} == OWN
    assert len(before) > 15
    assert set(after) == set(before)
    for one in before:
        if one[1].endswith(".csv"):
            # Prepared anew, rows lie in another order, and sums of hours differ in their last digit.
            frames = [pd.read_csv(io.BytesIO(made[one])) for made in (after, before)]
            pd.testing.assert_frame_equal(*frames, check_exact=False, rtol=1e-12, atol=1e-12)
        else:
            assert after[one] == before[one], one


def test_a_column_that_comes_without_a_value_in_a_branch_is_in_its_keys(small_project):
    # No row changes, but an indicator that was not available now is, with nothing to count.
    project = project_of(small_project)
    store = prepare(project)
    fewer = replace(store, available={**store.available, "tickets": store.available["tickets"][:-1]})
    specs = plan_batch(project, period="2025-11", branches=["chengdu"], notebooks=["2_scorecard"], languages=["en"],
                       out=small_project / "reports")  # fmt: skip
    asked = {"company_figures": lambda _: [], "others_read": lambda _: False}
    (more,), (less,) = (run_keys(project, one, specs, **asked).values() for one in (store, fewer))
    assert more.changes(less.parts) == ("columns with a source",)


def test_notebooks_that_read_more_say_so(before_and_after):
    assert changed(before_and_after, ("chengdu", "1_data_quality")) == {"exports"}
    assert changed(before_and_after, ("chengdu", "3_baseline")) == {"figures of all branches"}


def test_causes_asked_for_against_the_others_rest_on_their_rows(before_and_after):
    run = ("chengdu", "4_root_cause")
    assert changed(before_and_after, run, "peers") == {"rows of other branches"}
