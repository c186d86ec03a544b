"""How a run ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from kpi_lib.batch.limits import Cost
from kpi_lib.batch.plan import RunSpec


class FailureKind(StrEnum):
    """Why a run failed, told from outside the notebook: a dead kernel cannot tell it itself."""

    CELL_ERROR = "cell_error"
    STOPPED_EARLY = "stopped_early"
    TIMEOUT = "timeout"
    OUT_OF_MEMORY = "out_of_memory"
    KERNEL_DIED = "kernel_died"
    LEFT_RUNNING = "left_running"
    WORKER_DIED = "worker_died"
    EXPORT_ERROR = "export_error"
    UNEXPECTED = "unexpected"


@dataclass(frozen=True)
class Failure:
    """What went wrong in a run.

    Parameters
    ----------
    kind
        Class of the failure.
    name, message
        Name and text of the error.
    cell
        Number of the failing cell in the executed notebook, from 1; ``None`` where no cell is to blame.
    source, traceback
        Code of that cell and the traceback, without terminal colours.
    """

    kind: FailureKind
    name: str
    message: str
    cell: int | None = None
    source: str = ""
    traceback: str = ""


@dataclass(frozen=True)
class RunResult:
    """One run's end: what it left in ``staged`` (``page.html``, ``notebook.ipynb``, ``results/``), its page's title.

    ``cost`` is what it took, where that could be measured; ``attempt`` counts from 1.
    """

    spec: RunSpec
    staged: Path
    seconds: float
    failure: Failure | None = None
    title: str = ""
    cost: Cost = field(default_factory=Cost)
    attempt: int = 1

    @property
    def ok(self) -> bool:
        """Whether every cell ran and the page was made."""
        return self.failure is None

    @property
    def page(self) -> Path:
        """The page, a report or a page that says what failed."""
        return self.staged / "page.html"

    @property
    def executed(self) -> Path:
        """The executed notebook; a run that never got a kernel leaves none."""
        return self.staged / "notebook.ipynb"

    @property
    def results(self) -> Path:
        """The folder with the tidy results."""
        return self.staged / "results" / self.spec.branch / self.spec.notebook


def staged(spec: RunSpec, staging: Path) -> Path:
    """Return the folder below ``staging`` that takes what a run makes."""
    return staging / spec.branch / f"{spec.notebook}.{spec.lang}"
