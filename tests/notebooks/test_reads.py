"""The keys are honest: a notebook whose undeclared sources are poisoned gives the same page and the same results."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pandas as pd
import pytest
import yaml

from kpi_lib.batch import plan_batch
from kpi_lib.batch.isolated import run_warm
from kpi_lib.batch.jobs import Job
from kpi_lib.batch.keys import Reads, declared_reads
from kpi_lib.batch.limits import Limits
from kpi_lib.batch.outcome import FailureKind, RunResult
from kpi_lib.batch.warm import fork_is_safe
from kpi_lib.params import load_project
from kpi_lib.session import open_session

pytestmark = pytest.mark.skipif(not fork_is_safe(), reason="forking is not safe on this system")

REPOSITORY = Path(__file__).parents[2]
NOTEBOOKS = sorted(path.stem for path in (REPOSITORY / "notebooks").glob("*.ipynb"))
BRANCH = "chengdu"
POISON = b"poison: a report that opens this file reads what it did not declare"


def rows_of_others(root: Path) -> None:
    """Make every file of another branch's rows unreadable."""
    files = [path for path in (root / "data/prepared").glob("*/branch=*/*.parquet") if BRANCH not in path.parent.name]
    assert files
    for path in files:
        path.write_bytes(POISON)


def figures_of_others(root: Path) -> None:
    """Make other branches' kept figures wrong: a report may open the table of all for its own rows."""
    _kept_wrong(root, filling=False)


def _kept_wrong(root: Path, *, filling: bool) -> None:
    kept = {path: pd.read_feather(path) for path in (root / "data/prepared/derived").glob("*.feather")}
    chosen = {path: frame for path, frame in kept.items() if ("n_filled" in frame) is filling}
    assert chosen
    for path, frame in chosen.items():
        numbers = frame.select_dtypes("number").columns
        frame.loc[frame["branch"] != BRANCH, numbers] = -7
        frame.to_feather(path)


def exports(root: Path) -> None:
    """Make unreadable what is known of the exports beside the accepted rows, and wrong how full others' columns are."""
    _kept_wrong(root, filling=True)
    store = root / "data/prepared"
    files = [*store.glob("*.parquet"), *store.glob("quarantine/*"), *store.glob("voided/*")]
    assert {"checks.parquet", "accounts.parquet"} <= {path.name for path in files}
    for path in files:
        path.write_bytes(POISON)


def baselines(root: Path) -> None:
    (root / "params/baselines").mkdir()
    (root / "params/baselines/2025-10.json").write_bytes(POISON)
    (root / "params/events.csv").write_bytes(POISON)


def signed_off(root: Path) -> None:
    (root / "params/signed_off").mkdir()
    (root / "params/signed_off/2025-11.csv").write_bytes(
        b"branch,kpi,period,value\nchengdu,csat_score,2025-11,poison\n"
    )


def params(root: Path) -> None:
    """Change what every project loads and few reports show."""
    path = root / "params/themes.yml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["themes"].popitem() if isinstance(content["themes"], dict) else content["themes"].pop()
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")


POISONS: dict[Reads, Callable[[Path], None]] = {
    Reads.COMPANY_ROWS: rows_of_others,
    Reads.COMPANY_FIGURES: figures_of_others,
    Reads.EXPORTS: exports,
    Reads.BASELINES: baselines,
    Reads.SIGNED_OFF: signed_off,
    Reads.PARAMS: params,
}


@pytest.fixture(scope="module")
def root(small_project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project with the figures of all branches kept, as a batch of several branches leaves it."""
    root = tmp_path_factory.mktemp("reads") / "project"
    shutil.copytree(small_project, root)
    session = open_session(str(root), branch=BRANCH, notebook="x", period="2025-11")
    session.keep_figures()
    session.company_figures()
    return root


@contextmanager
def poisoned(root: Path, *reads: Reads) -> Iterator[None]:
    """Have these sources poisoned for the block."""
    kept = root.with_name("kept")
    shutil.copytree(root, kept)
    try:
        for one in reads:
            POISONS[one](root)
        yield
    finally:
        shutil.rmtree(root)
        kept.rename(root)


def run(root: Path, notebook: str, staging: Path) -> RunResult:
    # Causes are looked for in the branch's own history, so that its declaration of other branches' rows is void.
    given = {"4_root_cause": {"reference": "history"}}
    specs = plan_batch(
        load_project(root), period="2025-11", branches=[BRANCH], notebooks=[notebook], languages=["en"],
        out=root / "reports", given=given if notebook in given else None,
    )  # fmt: skip
    (result,) = run_warm(Job(specs, Limits()), staging)
    return result


def made(result: RunResult) -> dict[str, bytes]:
    """Page and results; a workbook has the time of its making in it."""
    assert result.failure is None, result.failure
    files = [path for path in result.results.rglob("*.*") if path.suffix != ".xlsx"]
    assert files
    return {path.name: path.read_bytes() for path in [result.page, *files]}


def test_every_source_a_notebook_can_declare_is_poisoned() -> None:
    assert set(POISONS) == set(Reads)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_notebook_reads_what_it_declares_and_nothing_else(root: Path, notebook: str, tmp_path: Path) -> None:
    declared = declared_reads(REPOSITORY / "notebooks" / f"{notebook}.ipynb") - {Reads.COMPANY_ROWS}
    clean = made(run(root, notebook, tmp_path / "clean"))
    undeclared = set(Reads) - declared
    if Reads.EXPORTS in declared:
        # What came is counted branch by branch.
        undeclared -= {Reads.COMPANY_ROWS}
    with poisoned(root, *sorted(undeclared)):
        assert made(run(root, notebook, tmp_path / "poisoned")) == clean


@pytest.mark.parametrize(
    ("read", "code"),
    [
        (Reads.COMPANY_ROWS, "session.store.table('tickets').count().to_pyarrow()"),
        (Reads.EXPORTS, "session.store.accounts"),
        (Reads.BASELINES, "session.in_force"),
        (Reads.SIGNED_OFF, "session.write(session.indicators(), 'history')"),
    ],
)
def test_the_poison_is_felt(root: Path, tmp_path: Path, read: Reads, code: str) -> None:
    notebook = nbformat.read(REPOSITORY / "notebooks" / "5_survey_sampling.ipynb", as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"][:2]
    cells[1].source = cells[1].source.rpartition("\n")[0] + f"\n{code}"
    notebook.cells = cells
    with poisoned(root, read):
        (root / "notebooks").mkdir()
        nbformat.write(notebook, root / "notebooks" / "5_survey_sampling.ipynb")
        result = run(root, "5_survey_sampling", tmp_path / "staging")
    assert result.failure is not None
    assert result.failure.kind in {FailureKind.CELL_ERROR, FailureKind.EXPORT_ERROR}


def test_figures_of_others_are_felt_by_the_one_that_compares(root: Path, tmp_path: Path) -> None:
    with poisoned(root, Reads.COMPANY_FIGURES):
        result = run(root, "3_baseline", tmp_path / "staging")
    assert result.failure is not None
    assert "numerator must lie between" in result.failure.message
