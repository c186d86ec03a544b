"""``index.html``: branches × notebooks, failures first, the verdicts, other weights, and all results to download."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from kpi_lib.batch.back_test import Moved, back_test, moved_words, signed_off
from kpi_lib.batch.branch_rows import VIEWS, BranchReports, branch_name, ordered, row
from kpi_lib.batch.collect import RESULTS, Collected, collect
from kpi_lib.batch.failed_page import kind_text
from kpi_lib.batch.manifest import NAME, Manifest, RunRecord
from kpi_lib.batch.page import LANGUAGE_NAMES, LANGUAGE_TAGS, Link, render
from kpi_lib.batch.plan import index_name
from kpi_lib.batch.publish import write_whole
from kpi_lib.batch.verdicts import ROOT_CAUSES, SCORECARD, Verdict, number, read_verdicts
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.params import Project
from kpi_lib.text import Language, language
from kpi_lib.text.bilingual import Lang

HOME = next(iter(VIEWS))
"""The order of the index page itself."""


@dataclass(frozen=True)
class FailedRun:
    """One failed run, for the list on top."""

    href: str
    title: str
    cause: str
    detail: str


@dataclass(frozen=True)
class Standing:
    """What stands out in a branch, with the page that explains it."""

    branch: str
    href: str
    sentence: str


@dataclass(frozen=True)
class ScenarioRow:
    """One branch's composite, as weighted and under each scenario."""

    branch: str
    values: tuple[str, ...]


def write_index(manifest: Manifest, project: Project, out: Path) -> None:
    """Collect the results and write the index page in every language of the batch and every order."""
    verdicts, collected = read_verdicts(manifest, out), collect(manifest, out)
    moved = {
        branch: found
        for branch in verdicts
        if (found := back_test(signed_off(project.root, branch), out / branch / SCORECARD))
    }
    for lang in manifest.languages:
        notices = _notices(moved, project, language(lang))
        for view in VIEWS:
            page = index_page(manifest, verdicts, project, lang, view=view, collected=collected, notices=notices)
            write_whole(out / view_name(lang, manifest.languages, view), page)


def view_name(lang: Lang, languages: Sequence[Lang], view: str) -> str:
    """Return the file name of the index in an order: ``index.html``, or for others such as ``index.fallen.html``."""
    name = index_name(lang, languages)
    return name if view == HOME else f"{name.removesuffix('.html')}.{view}.html"


def index_page(
    manifest: Manifest,
    verdicts: Mapping[str, Verdict],
    project: Project,
    lang: Lang,
    *,
    view: str = HOME,
    collected: Sequence[Collected] = (),
    notices: Sequence[str] = (),
) -> str:
    """Return the index page in ``lang``, its branches in the order of ``view``, the notices above its title."""
    say = language(lang)
    notebooks = tuple(dict.fromkeys(run.notebook for run in sorted(manifest.runs, key=lambda run: run.notebook)))
    branches = branch_reports(manifest, verdicts)
    others = [
        Link(view_name(other, manifest.languages, view), LANGUAGE_NAMES[other], LANGUAGE_TAGS[other])
        for other in manifest.languages
        if other != lang
    ]
    titles = {notebook: notebook_title(notebook, manifest, lang) for notebook in notebooks}
    return render(
        "index.html.j2", lang,
        company=say.pick(project.branches.company), manifest=manifest, others=others, index=_words(manifest, say),
        rows=[row(one, notebooks, project, say) for one in ordered(branches, view)],
        views=[
            (view_name(lang, manifest.languages, one), words, one == view) for one, words in _view_words(say).items()
        ],
        notebooks=list(titles.values()), failures=failed_runs(manifest, project, say),
        scenarios=[say.pick(scenario.name) for scenario in project.scenarios.values()],
        scenario_rows=_scenario_rows(ordered(branches, view), project, say),
        sources=[_source(source, say) for source in manifest.sources],
        tables=[(one.address, titles[one.notebook], one.name, say.number(one.n_rows)) for one in collected],
        results=RESULTS, record=NAME, notices=notices, standings=_standings(ordered(branches, view), project, say),
    )  # fmt: skip


def branch_reports(manifest: Manifest, verdicts: Mapping[str, Verdict]) -> list[BranchReports]:
    """Return every branch of a batch with its reports and its verdict."""
    days = _newest_days(manifest)
    found = []
    for branch in dict.fromkeys(run.branch for run in manifest.runs):
        own, day = tuple(run for run in manifest.runs if run.branch == branch), days.get(branch)
        behind = 0 if day is None else (max(days.values()) - day).days
        found.append(BranchReports(branch, own, verdicts.get(branch, Verdict()), day, behind))
    return found


def _newest_days(manifest: Manifest) -> dict[str, date]:
    return {branch: datetime.fromisoformat(moment).date() for branch, moment in manifest.newest.items()}


def _company_newest(manifest: Manifest, say: Language) -> str:
    """Return up to when the company has data, which its branches are held against."""
    days = _newest_days(manifest).values()
    return say.sentence("company: {day}", day=say.date(max(days))) if days else ""


def failed_runs(manifest: Manifest, project: Project, say: Language) -> list[FailedRun]:
    """Return every failed run in words."""
    return [_failed(run, manifest, project, say) for run in manifest.failures]


def notebook_title(notebook: str, manifest: Manifest, lang: Lang) -> str:
    """Return the title its pages have in ``lang``; where none was made, its file name without underscores."""
    titles = [run.title for run in manifest.runs if (run.notebook, run.lang) == (notebook, lang) and run.title]
    return titles[0] if titles else notebook.replace("_", " ")


def made_words(manifest: Manifest, say: Language) -> str:
    """Return how many of the reports were made."""
    good = len(manifest.runs) - len(manifest.failures)
    return say.sentence("{good} of {all} reports made", good=say.number(good), all=say.number(len(manifest.runs)))


def age_words(manifest: Manifest, say: Language) -> str:
    """Return the moment the data speak of and how old they were when the reports were made."""
    as_of = datetime.fromisoformat(manifest.as_of)
    days = (datetime.fromisoformat(manifest.finished_at).date() - as_of.date()).days
    return say.plural(
        "Data as of {moment}, {n} day old when these reports were made",
        "Data as of {moment}, {n} days old when these reports were made",
        days,
        moment=say.timestamp(as_of),
    )


def _notices(moved: Mapping[str, Sequence[Moved]], project: Project, say: Language) -> list[str]:
    """Return for each branch which of its published figures come out differently now."""
    return [
        say.sentence(
            "{branch}: {what}", branch=branch_name(branch, project, say), what=moved_words(found, CATALOG, say)
        )
        for branch, found in moved.items()
    ]


def _failed(run: RunRecord, manifest: Manifest, project: Project, say: Language) -> FailedRun:
    names = (branch_name(run.branch, project, say), notebook_title(run.notebook, manifest, say.lang))
    title = " · ".join((*names, LANGUAGE_NAMES[run.lang]))
    failure = run.failure
    if failure is None:
        return FailedRun(run.page, title, "", "")
    where = say.sentence("Cell {number}", number=failure.cell) + ": " if failure.cell else ""
    return FailedRun(run.page, title, kind_text(failure.kind, say), f"{where}{failure.name}: {failure.message}")


def _standings(branches: Sequence[BranchReports], project: Project, say: Language) -> list[Standing]:
    return [
        Standing(branch_name(one.branch, project, say), run.page, one.verdict.stands_out[say.lang])
        for one in branches
        for run in one.runs
        if (run.notebook, run.lang) == (ROOT_CAUSES, say.lang) and say.lang in one.verdict.stands_out
    ]


def _scenario_rows(branches: Sequence[BranchReports], project: Project, say: Language) -> list[ScenarioRow]:
    return [
        ScenarioRow(
            branch_name(one.branch, project, say),
            tuple(
                say.number(value, 1)
                for value in (one.verdict.composite, *(one.verdict.scenarios.get(key) for key in project.scenarios))
            ),
        )
        for one in branches
        if one.verdict.scenarios
    ]


def _source(source: Mapping[str, Any], say: Language) -> tuple[str, str, str]:
    return str(source.get("name", "")), say.number(number(source.get("rows"))), str(source.get("sha256", ""))[:12]


def _view_words(say: Language) -> dict[str, str]:
    return {
        "best": say.sentence("best first"),
        "weakest": say.sentence("weakest first"),
        "fallen": say.sentence("largest fall first"),
        "name": say.sentence("by name"),
    }


def _words(manifest: Manifest, say: Language) -> dict[str, str]:
    return {
        "title": say.sentence("After-sales reports"),
        "made": made_words(manifest, say),
        "age": age_words(manifest, say),
        "failures": say.sentence("Reports that failed"),
        "branches": say.sentence("Branches"),
        "order": say.sentence("Order"),
        "colon": "：" if say.lang == "zh" else ": ",
        "branch": say.sentence("Branch"),
        "composite": say.sentence("Composite score"),
        "interval": say.sentence("Interval"),
        "grade": say.sentence("Grade"),
        "change": say.sentence("Change on the period before"),
        "course": say.sentence("Course"),
        "newest": say.sentence("Data to"),
        "company_newest": _company_newest(manifest, say),
        "status": say.sentence("Reports"),
        "made_at": say.sentence("Made on"),
        "beyond_chance": say.sentence("more than chance"),
        "within_chance": say.sentence("within chance"),
        "stands_out": say.sentence("What stands out"),
        "scenarios": say.sentence("Composite under other weights"),
        "as_weighted": say.sentence("As weighted"),
        "sources": say.sentence("Exports these reports rest on"),
        "source": say.sentence("Export"),
        "rows": say.sentence("Rows"),
        "results": say.sentence("All results, to compute on"),
        "table": say.sentence("Table"),
        "report": say.sentence("Report"),
        "verdicts": say.sentence("Every verdict in one file"),
    }
