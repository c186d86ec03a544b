"""``index.html``: branches × notebooks, failures first, the verdicts, and the branches under each weight scenario."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from kpi_lib.batch.failed_page import kind_text
from kpi_lib.batch.manifest import Manifest, RunRecord
from kpi_lib.batch.page import LANGUAGE_NAMES, LANGUAGE_TAGS, Link, render
from kpi_lib.batch.plan import index_name
from kpi_lib.batch.publish import write_whole
from kpi_lib.params import Project
from kpi_lib.text import Language, language
from kpi_lib.text.bilingual import Lang

SCORECARD = "2_scorecard"
"""The notebook whose ``summary.json`` holds a branch's verdict."""


@dataclass(frozen=True)
class Cell:
    """One report in the table: where it is and whether it was made."""

    href: str
    ok: bool
    label: str


@dataclass(frozen=True)
class Row:
    """One branch: verdict and reports."""

    branch: str
    composite: str
    interval: str
    grade: str
    change: str
    change_kind: str
    cells: tuple[Cell, ...]
    failed: bool
    order: tuple[float, str]


@dataclass(frozen=True)
class FailedRun:
    """One failed run, for the list on top."""

    href: str
    title: str
    cause: str
    detail: str


@dataclass(frozen=True)
class ScenarioRow:
    """One branch's composite, as weighted and under each scenario."""

    branch: str
    values: tuple[str, ...]


def write_index(manifest: Manifest, project: Project, out: Path) -> None:
    """Write the index page in every language of the batch."""
    summaries = read_summaries(manifest, out)
    for lang in manifest.languages:
        write_whole(out / index_name(lang, manifest.languages), index_page(manifest, summaries, project, lang))


def read_summaries(manifest: Manifest, out: Path) -> dict[str, Mapping[str, Any]]:
    """Return each branch's verdict, of those whose scorecard was made."""
    found = {}
    for run in manifest.runs:
        name = f"{run.branch}/{run.notebook}/summary.json"
        if run.notebook == SCORECARD and name in run.results and (out / name).exists():
            found[run.branch] = json.loads((out / name).read_text(encoding="utf-8"))
    return found


def index_page(
    manifest: Manifest, summaries: Mapping[str, Mapping[str, Any]], project: Project, lang: Lang
) -> str:  # fmt: skip
    """Return the index page in ``lang``."""
    say = language(lang)
    notebooks = tuple(dict.fromkeys(run.notebook for run in sorted(manifest.runs, key=lambda run: run.notebook)))
    branches = tuple(dict.fromkeys(run.branch for run in manifest.runs))
    rows = [_row(branch, notebooks, manifest, summaries.get(branch, {}), project, say) for branch in branches]
    rows.sort(key=lambda row: (not row.failed, row.order))
    others = [
        Link(index_name(other, manifest.languages), LANGUAGE_NAMES[other], LANGUAGE_TAGS[other])
        for other in manifest.languages
        if other != lang
    ]
    return render(
        "index.html.j2", lang,
        company=say.pick(project.branches.company), manifest=manifest, others=others, rows=rows,
        notebooks=[_title(notebook, manifest, lang) for notebook in notebooks], index=_words(manifest, say),
        failures=[_failed(run, manifest, project, say) for run in manifest.failures],
        scenarios=[say.pick(scenario.name) for scenario in project.scenarios.values()],
        as_of=say.timestamp(datetime.fromisoformat(manifest.as_of)),
        scenario_rows=_scenario_rows(branches, summaries, project, say),
        sources=[_source(source, say) for source in manifest.sources],
    )  # fmt: skip


def _row(
    branch: str,
    notebooks: tuple[str, ...],
    manifest: Manifest,
    summary: Mapping[str, Any],
    project: Project,
    say: Language,
) -> Row:
    runs = [run for run in manifest.runs if run.branch == branch]
    composite = _number(summary.get("composite"))
    return Row(
        branch=_branch(branch, project, say),
        composite=say.number(composite, 1),
        interval=f"{say.number(_number(summary.get('lo')), 1)} – {say.number(_number(summary.get('hi')), 1)}",
        grade=_grade(summary.get("grade"), project, say),
        change=_change(summary, say),
        change_kind=_change_kind(summary),
        cells=tuple(_cell(notebook, runs, say) for notebook in notebooks),
        failed=any(run.status != "ok" for run in runs),
        order=_order(summary, branch),
    )


def _cell(notebook: str, runs: list[RunRecord], say: Language) -> Cell:
    own = {run.lang: run for run in runs if run.notebook == notebook}
    run = own.get(say.lang) or next(iter(own.values()), None)
    if run is None:
        return Cell("", True, "–")
    ok = run.status == "ok"
    return Cell(run.page, ok, say.sentence("report") if ok else "✗ " + say.sentence("failed"))


def _change(summary: Mapping[str, Any], say: Language) -> str:
    change = _number(summary.get("change"))
    if change is None:
        return say.number(None)
    low, high = (_number(summary.get(name)) for name in ("change_lo", "change_hi"))
    interval = "" if low is None or high is None else f" ({_signed(low, say)} – {_signed(high, say)})"
    return _signed(change, say) + interval


def _signed(value: float, say: Language) -> str:
    return ("+" if value > 0 else "") + say.number(value, 1)


def _change_kind(summary: Mapping[str, Any]) -> str:
    change = _number(summary.get("change"))
    if not change or not summary.get("change_clear"):
        return "unclear"
    return "better" if change > 0 else "worse"


def _grade(grade: Any, project: Project, say: Language) -> str:
    names = {one.key: say.pick(one.name) for one in project.policy.grades}
    return names.get(grade, "")


def _failed(run: RunRecord, manifest: Manifest, project: Project, say: Language) -> FailedRun:
    failure = run.failure
    title = (
        f"{_branch(run.branch, project, say)} · {_title(run.notebook, manifest, say.lang)} · {LANGUAGE_NAMES[run.lang]}"
    )
    if failure is None:
        return FailedRun(run.page, title, "", "")
    where = say.sentence("Cell {number}", number=failure.cell) + ": " if failure.cell else ""
    return FailedRun(run.page, title, kind_text(failure.kind, say), f"{where}{failure.name}: {failure.message}")


def _scenario_rows(
    branches: tuple[str, ...], summaries: Mapping[str, Mapping[str, Any]], project: Project, say: Language
) -> list[ScenarioRow]:
    def values(summary: Mapping[str, Any]) -> tuple[str, ...]:
        under = [summary.get("composite"), *((summary.get("scenarios") or {}).get(key) for key in project.scenarios)]
        return tuple(say.number(_number(value), 1) for value in under)

    ranked = sorted((branch for branch in branches if branch in summaries), key=lambda one: _order(summaries[one], one))
    return [ScenarioRow(_branch(branch, project, say), values(summaries[branch])) for branch in ranked]


def _order(summary: Mapping[str, Any], branch: str) -> tuple[float, str]:
    """Return what sorts branches from the best composite to the worst, those without one at the end."""
    composite = _number(summary.get("composite"))
    return (math.inf if composite is None else -composite, branch)


def _source(source: Mapping[str, Any], say: Language) -> tuple[str, str, str]:
    return str(source.get("name", "")), say.number(_number(source.get("rows"))), str(source.get("sha256", ""))[:12]


def _branch(key: str, project: Project, say: Language) -> str:
    branch = project.branches.branches.get(key)
    return say.pick(branch.name) if branch else key


def _title(notebook: str, manifest: Manifest, lang: Lang) -> str:
    """Return the title its pages have in ``lang``; where none was made, its file name without underscores."""
    titles = [run.title for run in manifest.runs if (run.notebook, run.lang) == (notebook, lang) and run.title]
    return titles[0] if titles else notebook.replace("_", " ")


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _words(manifest: Manifest, say: Language) -> dict[str, str]:
    good = len(manifest.runs) - len(manifest.failures)
    return {
        "title": say.sentence("After-sales reports"),
        "made": say.sentence("{good} of {all} reports made", good=say.number(good), all=say.number(len(manifest.runs))),
        "as_of": say.sentence("Data as of"),
        "failures": say.sentence("Reports that failed"),
        "branches": say.sentence("Branches"),
        "branch": say.sentence("Branch"),
        "composite": say.sentence("Composite score"),
        "interval": say.sentence("Interval"),
        "grade": say.sentence("Grade"),
        "change": say.sentence("Change on the period before"),
        "beyond_chance": say.sentence("more than chance"),
        "within_chance": say.sentence("within chance"),
        "scenarios": say.sentence("Composite under other weights"),
        "as_weighted": say.sentence("As weighted"),
        "sources": say.sentence("Exports these reports rest on"),
        "source": say.sentence("Export"),
        "rows": say.sentence("Rows"),
    }
