"""What was asked on the command line, checked and laid out: every run, its key, its figures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_lib.commands.opened import listed, names, opened, prepared
from kpi_lib.errors import InputError, Issue

# The commands import what they need: loading the engines takes seconds, which --help and completion should not.
if TYPE_CHECKING:
    import pandas as pd

    from kpi_lib.batch.jobs import RunKey
    from kpi_lib.batch.keys import Key
    from kpi_lib.batch.plan import Given, RunSpec
    from kpi_lib.data.store import Store
    from kpi_lib.params import Period, Project
    from kpi_lib.session import Session


@dataclass(frozen=True)
class Planned:
    """What was asked for, with the project and the data it is asked of."""

    project: Project
    store: Store
    period: Period
    specs: tuple[RunSpec, ...]


def planned_runs(
    project: Path,
    period: str | None,
    branches: str | None,
    notebooks: str | None,
    lang: str | None,
    given: Sequence[str] | None,
    out_folder: Path | None,
    cell_timeout: float,
    *,
    exactly: bool = False,
) -> Planned:
    """Check everything that was asked for, before the data is read; then prepare it and return every run.

    Parameters
    ----------
    project
        Folder of the project.
    period, branches, notebooks, lang
        As typed; what is None comes from ``params/run.yml``.
    given
        Parameters of notebooks, ``[NOTEBOOK:]NAME=VALUE``.
    out_folder
        Of the reports.
    cell_timeout
        Seconds after which a step counts as hanging.
    exactly
        Take branch and notebook as they are, without commas or ``all``.

    Raises
    ------
    InputError
        Anything asked for that is not there; every problem is named.
    """
    from kpi_lib.batch import plan_batch
    from kpi_lib.params import latest_complete, parse_period

    loaded = opened(project)
    asked = period or loaded.run.period
    parsed = None
    values, issues = _given(loaded, given)

    def plan(label: str) -> tuple[RunSpec, ...]:
        return plan_batch(
            loaded,
            period=label,
            branches=(branches,) if exactly and branches else names(branches) or loaded.run.branches,
            notebooks=(notebooks,) if exactly and notebooks else names(notebooks) or loaded.run.notebooks,
            languages=listed(lang) or loaded.run.languages,
            out=out_folder or loaded.root / loaded.run.out,
            cell_timeout=cell_timeout,
            given=values,
        )

    # Before the data is read, and all at once.
    with _told(issues):
        parsed = None if asked == "latest" else parse_period(asked)
    with _told(issues):
        plan(asked)
    if issues:
        raise InputError(dict.fromkeys(issues))
    store = prepared(loaded)
    resolved = parsed or latest_complete("month", store.as_of)
    return Planned(loaded, store, resolved, plan(resolved.label))


@contextmanager
def _told(issues: list[Issue]) -> Iterator[None]:
    """Add what is wrong with the input to ``issues``."""
    try:
        yield
    except InputError as error:
        issues.extend(error.issues)


def _given(project: Project, texts: Sequence[str] | None) -> tuple[Given, list[Issue]]:
    """Return the notebooks' own parameters from params/run.yml and, over these, from the command line."""
    found: dict[str, dict[str, str | None]] = {name: dict(own) for name, own in project.run.parameters.items()}
    issues = []
    for text in texts or ():
        name, sign, value = text.partition("=")
        notebook, _, parameter = name.rpartition(":")
        if not sign or not parameter.strip():
            issues.append(Issue("-P", f"expected NAME=VALUE, got {text!r}"))
            continue
        found.setdefault(notebook.strip(), {})[parameter.strip()] = value
    return found, issues


def keys_of(planned: Planned) -> dict[RunKey, Key]:
    """Return the key of every run: a digest of all that it rests on."""
    from kpi_lib.analysis.rootcause.reference import AUTO
    from kpi_lib.batch.keys import run_keys
    from kpi_lib.batch.parameters import read_parameters

    # The languages of a report read the same.
    @cache
    def company_figures(branch: str) -> Sequence[pd.DataFrame]:
        return _session(planned, branch).company_figures()

    @cache
    def reads_others(branch: str, reference: str) -> bool:
        return _session(planned, branch).reads_others(reference)

    def others_read(spec: RunSpec) -> bool:
        defaults = read_parameters(spec.source).defaults or {}
        return reads_others(spec.branch, str(dict(spec.own).get("reference", defaults.get("reference", AUTO))))

    return run_keys(
        planned.project,
        planned.store,
        planned.specs,
        company_figures=company_figures,
        others_read=others_read,
    )


def keep_figures(planned: Planned) -> None:
    """Compute the figures of all branches once, where more than one report will read them."""
    branches = dict.fromkeys(spec.branch for spec in planned.specs)
    if len(planned.specs) > len(planned.specs[0].languages):
        for branch in branches:
            _session(planned, branch).keep_figures()


def _session(planned: Planned, branch: str) -> Session:
    from kpi_lib.session import Session
    from kpi_lib.text import language

    return Session(planned.project, planned.store, branch, planned.period, language("en"), Path())
