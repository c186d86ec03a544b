"""The key of a run: a digest of everything its report can depend on, part by part, so that a change can be named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import nbformat
import pandas as pd

from kpi_lib.batch.back_test import signed_off
from kpi_lib.batch.jobs import RunKey
from kpi_lib.batch.manifest import versions
from kpi_lib.batch.parameters import READS
from kpi_lib.batch.plan import RunSpec
from kpi_lib.data.derived import code_digest, digest
from kpi_lib.data.store import Store
from kpi_lib.errors import Issue, did_you_mean
from kpi_lib.params import Project

LOCK = "requirements.lock"


class Reads(StrEnum):
    """What a notebook can read beside its branch's own rows and policy, which every notebook may read."""

    COMPANY_FIGURES = "company_figures"
    COMPANY_ROWS = "company_rows"
    EXPORTS = "exports"
    BASELINES = "baselines"
    SIGNED_OFF = "signed_off"
    PARAMS = "params"


EVERYTHING = frozenset(Reads)

CompanyFigures = Callable[[str], Sequence[pd.DataFrame]]
"""Returns the figures of all branches that a branch's reports read."""

OthersRead = Callable[[RunSpec], bool]
"""Tells whether a run that may read other branches' rows would do so."""


@dataclass(frozen=True)
class Key:
    """Digest of everything a run depends on, by what it is; ``digest`` is that of all parts."""

    parts: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The whole key."""
        return digest(*(text for part in sorted(self.parts.items()) for text in part))

    def changes(self, before: Mapping[str, str]) -> tuple[str, ...]:
        """Return the names of the parts that differ from an earlier key's."""
        names = dict.fromkeys([*self.parts, *before])
        return tuple(name for name in names if self.parts.get(name) != before.get(name))


def run_keys(
    project: Project,
    store: Store,
    specs: Sequence[RunSpec],
    *,
    company_figures: CompanyFigures,
    others_read: OthersRead,
) -> dict[RunKey, Key]:
    """Return the key of every planned run.

    Parameters
    ----------
    project, store
        Parameters and prepared data.
    specs
        Planned runs.
    company_figures
        Where the figures of all branches come from; asked only for notebooks that read them.
    others_read
        Asked only for notebooks that may read other branches' rows.
    """
    return {spec.key: _key(project, store, spec, company_figures, others_read) for spec in specs}


def declared_reads(notebook: Path) -> frozenset[Reads]:
    """Return what a notebook says it reads beside its branch's own rows; everything where it says nothing."""
    declared = nbformat.read(notebook, as_version=4).metadata.get(READS)
    return EVERYTHING if declared is None else frozenset(Reads(one) for one in declared)


def reads_issues(declared: object, *, where: str) -> list[Issue]:
    """Return what is wrong with what a notebook says it reads."""
    known = [one.value for one in Reads]
    if declared is None:
        return []
    if not isinstance(declared, list):
        return [Issue(where, f"its {READS} is no list: {declared!r}", f"a list of {', '.join(known)}, or []")]
    return [
        Issue(where, f"there is no {READS} {one!r}", did_you_mean(str(one), known))
        for one in declared
        if one not in known
    ]


def _key(
    project: Project, store: Store, spec: RunSpec, company_figures: CompanyFigures, others_read: OthersRead
) -> Key:
    cells, reads = _notebook(spec.source, spec.source.stat().st_mtime_ns)
    own = store.slices.get(spec.branch, {})
    common = store.slices.get("", {})
    parts = {
        "notebook": cells,
        "program": code_digest(),
        "packages": _packages(project.root),
        "parameters": json.dumps([spec.lang, spec.period, dict(spec.own), spec.languages, spec.home]),
        "policy": digest(*_policy(project, spec.branch)),
        "moment of the data": store.as_of.isoformat(),
        "days with data": digest(*_coverage(store)),
        "columns with a source": json.dumps(store.available, sort_keys=True),
        **{f"own rows of {name}": own.get(name, common.get(name, "none")) for name in store.available},
    }
    if Reads.COMPANY_FIGURES in reads:
        parts["figures of all branches"] = digest(*(_frame_digest(one) for one in company_figures(spec.branch)))
        parts["branches"] = project.branches.model_dump_json()
    if Reads.COMPANY_ROWS in reads and others_read(spec):
        parts["rows of other branches"] = digest(*(f"{one}" for one in sorted(store.slices.items())))
    if Reads.EXPORTS in reads:
        parts["exports"] = digest(*sorted(source.sha256 for source in store.sources))
    if Reads.BASELINES in reads:
        parts["baselines and events"] = _files_digest(project.root / "params", ("baselines/*", "events.csv"))
    if Reads.SIGNED_OFF in reads:
        parts["signed-off figures"] = repr(signed_off(project.root, spec.branch))
    if Reads.PARAMS in reads:
        parts["params"] = _files_digest(project.root / "params", ("**/*",))
    return Key({name: _short(text) for name, text in parts.items()})


@cache
def _notebook(source: Path, mtime_ns: int) -> tuple[str, frozenset[Reads]]:
    """Return the digest of a notebook's cells and what it reads; its time tells whether it is the one seen before."""
    cells = nbformat.read(source, as_version=4).cells
    texts = [text for cell in cells for text in (cell.cell_type, cell.source, *cell.metadata.get("tags", []))]
    return digest(*texts), declared_reads(source)


@cache
def _packages(root: Path) -> str:
    lock = root / LOCK
    return digest(json.dumps(versions()), lock.read_text(encoding="utf-8") if lock.exists() else "")


def _policy(project: Project, branch: str) -> list[str]:
    """Return all that is declared about a branch; what is declared about others is no part of its reports."""
    policy = project.policy
    own = {key: policy.for_branch(key, branch).model_dump_json() for key in policy.kpis}
    return [
        json.dumps(own),
        policy.model_dump_json(exclude={"kpis"}),
        json.dumps(project.weights(branch)),
        "" if project.preset is None else project.preset.model_dump_json(),
        *(f"{key} {scenario.model_dump_json()}" for key, scenario in project.scenarios.items()),
        project.calendar(branch).model_dump_json(),
        project.branches.branches[branch].model_dump_json(),
        repr(project.branches.company),
        project.sources.timezone,
        str(project.run.months_shown),
    ]


def _coverage(store: Store) -> list[str]:
    """Return from which to which day each table has data: whether a period is covered hangs on no more than that."""
    return [
        f"{name} {extent.first and extent.first.date()} {extent.last and extent.last.date()}"
        for name, extent in store.coverage.items()
    ]


def _frame_digest(frame: pd.DataFrame) -> str:
    rows = pd.util.hash_pandas_object(frame, index=False).to_numpy()
    return hashlib.sha256(rows.tobytes()).hexdigest()


def _files_digest(folder: Path, patterns: Sequence[str]) -> str:
    files = sorted({path for pattern in patterns for path in folder.glob(pattern) if path.is_file()})
    parts = ((path.relative_to(folder).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files)
    return digest(*(text for part in parts for text in part))


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
