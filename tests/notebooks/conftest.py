"""A small simulated project the notebooks run on."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from kpi_lib.data.simulate import simulate

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def small_project(tmp_path_factory):
    """The sample's parameters with a few hundred simulated tickets of August to November 2025."""
    root = tmp_path_factory.mktemp("small")
    shutil.copytree(REPOSITORY / "params", root / "params", ignore=shutil.ignore_patterns("sources.yml"))
    simulate(root, tickets=700, months=4, start=date(2025, 8, 1))
    return root
