"""A small simulated project the notebooks run on."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from kpi_lib.data.simulate import simulate
from kpi_lib.data.store import prepare
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.params import load_project

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def small_project(tmp_path_factory):
    """The sample's parameters with a few hundred simulated tickets of August to November 2025, prepared."""
    root = tmp_path_factory.mktemp("small")
    shutil.copytree(REPOSITORY / "params", root / "params", ignore=shutil.ignore_patterns("sources.yml"))
    simulate(root, tickets=700, months=4, start=date(2025, 8, 1))
    prepare(load_project(root, {key: kpi.better for key, kpi in CATALOG.items()}))
    return root
