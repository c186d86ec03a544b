"""The page of a run that failed: at the report's address, so that nobody takes an old report for this one."""

from __future__ import annotations

from kpi_lib.batch.outcome import Failure, FailureKind
from kpi_lib.batch.page import PageInfo, render
from kpi_lib.batch.plan import RunSpec
from kpi_lib.text import Language, language


def failed_page(spec: RunSpec, failure: Failure, *, last_good: str = "") -> str:
    """Return a page that says what failed, where, and what to do.

    Parameters
    ----------
    spec, failure
        The run and how it failed.
    last_good
        Address, from this page, of the last report that was made; empty where there is none.
    """
    say = language(spec.lang)
    words = {
        "headline": say.sentence("This report could not be made"),
        "no_numbers": say.sentence("There are no figures for this branch and period on this page."),
        "cell": say.sentence("Cell {number}", number=failure.cell),
        "source": say.sentence("Code of the cell"),
        "traceback": say.sentence("Traceback"),
        "last_good": say.sentence("The last report that could be made (of an earlier run)"),
    }
    return render(
        "failed.html.j2", spec.lang, info=PageInfo.of(spec), title=words["headline"], failure=failure,
        failed=words, kind=kind_text(failure.kind, say), last_good=last_good,
    )  # fmt: skip


def kind_text(kind: FailureKind, say: Language) -> str:
    """Return what a class of failure means and what to do about it."""
    match kind:
        case FailureKind.CELL_ERROR:
            return say.sentence("A step of the analysis failed.")
        case FailureKind.STOPPED_EARLY:
            return say.sentence("The analysis ended before its last step.")
        case FailureKind.TIMEOUT:
            return say.sentence("A step took too long and was stopped.")
        case FailureKind.OUT_OF_MEMORY:
            return say.sentence("The analysis needed more memory than there was; try fewer jobs.")
        case FailureKind.KERNEL_DIED:
            return say.sentence("The analysis was killed or crashed, perhaps for want of memory; try fewer jobs.")
        case FailureKind.LEFT_RUNNING:
            return say.sentence(
                "The analysis left a thread or a program running behind it, so its figures are not kept."
            )
        case FailureKind.WORKER_DIED:
            return say.sentence("The process that made the report was killed; try fewer jobs.")
        case FailureKind.EXPORT_ERROR:
            return say.sentence("The analysis ran, but its page could not be made.")
        case FailureKind.UNEXPECTED:
            return say.sentence("The analysis could not be started or ended in an unexpected way.")
