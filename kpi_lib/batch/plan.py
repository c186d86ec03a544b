"""What a batch will run: every branch × notebook × language, checked before anything starts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Literal, get_args

from kpi_lib.batch.limits import CELL_SECONDS
from kpi_lib.batch.parameters import Parameters, Value
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.text import Text
from kpi_lib.text.bilingual import Lang

Given = Mapping[str, Mapping[str, str | None]]
"""Text of the parameters of a notebook's own, by notebook and name; under ``""`` those every notebook takes."""


COMMON = ("project", "branch", "period", "lang", "out")
"""Parameters every notebook has; the batch sets them."""


@dataclass(frozen=True)
class RunSpec:
    """One run: a notebook for one branch in one language. All of it can travel to another process or machine.

    Parameters
    ----------
    branch, notebook, lang
        Key of the branch, the notebook's file name without ``.ipynb``, and the language.
    period
        Label of the period.
    source
        The notebook.
    project
        Folder of the project.
    out
        Folder of the batch's reports.
    title
        Name of the branch.
    company
        Name of the company.
    languages
        Every language this notebook is made in for this branch, for the links between the pages.
    home
        File name of the index page in this language.
    cell_timeout
        Seconds after which a cell counts as hanging.
    own
        Parameters of the notebook's own that were given, with their values.
    run_key, key_parts
        Digest of everything the report depends on, and the same by what it is; empty where nobody asked.
    last_good
        Address, from the page, of the last report that was made; empty where there is none.
    """

    branch: str
    notebook: str
    lang: Lang
    period: str
    source: Path
    project: Path
    out: Path
    title: Text
    company: Text
    languages: tuple[Lang, ...]
    home: str
    cell_timeout: float = CELL_SECONDS
    own: tuple[tuple[str, Value], ...] = ()
    run_key: str = ""
    key_parts: tuple[tuple[str, str], ...] = ()
    last_good: str = ""

    @property
    def name(self) -> str:
        """The run in one word, such as ``kunming/2_scorecard.zh``."""
        return f"{self.branch}/{file_stem(self.notebook, self.lang)}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells this run from the others of its batch."""
        return (self.branch, self.notebook, self.lang)

    @property
    def page(self) -> PurePosixPath:
        """Address of the page below the folder of the reports."""
        return page_address(self.branch, self.notebook, self.lang)

    @property
    def executed(self) -> PurePosixPath:
        """Address of the executed notebook below the folder of the reports."""
        return PurePosixPath(f"{self.name}.ipynb")

    @property
    def results(self) -> PurePosixPath:
        """Address of the folder of tidy results, shared by all languages, below the folder of the reports."""
        return PurePosixPath(self.branch) / self.notebook

    def parameters(self, out: Path) -> dict[str, Value]:
        """Return the notebook's parameters with ``out`` as the folder of its results.

        Values are Python strings all the way: read back from YAML or a command line, a branch ``0571`` would become
        the number 571 or, as octal, 377.
        """
        return {
            "project": str(self.project),
            "branch": self.branch,
            "period": self.period,
            "lang": self.lang,
            "out": str(out),
            **dict(self.own),
        }


def file_stem(notebook: str, lang: Lang) -> str:
    """Return the file name of a notebook's page in ``lang`` without its suffix."""
    return notebook if lang == "en" else f"{notebook}.{lang}"


def page_address(branch: str, notebook: str, lang: Lang) -> PurePosixPath:
    """Return the address of a page below the folder of the reports."""
    return PurePosixPath(branch) / f"{file_stem(notebook, lang)}.html"


def index_name(lang: Lang, languages: Sequence[Lang]) -> str:
    """Return the file name of the index page: the first language's is ``index.html``."""
    return "index.html" if lang == languages[0] else f"index.{lang}.html"


def plan_runs(
    *,
    project: Path,
    company: Text,
    known_branches: Mapping[str, Text],
    known_notebooks: Mapping[str, Path],
    parameters: Mapping[str, Parameters],
    period: str,
    branches: Literal["all"] | Sequence[str],
    notebooks: Literal["all"] | Sequence[str],
    languages: Sequence[str],
    out: Path,
    cell_timeout: float = CELL_SECONDS,
    given: Given | None = None,
) -> tuple[RunSpec, ...]:
    """Return every run, branch by branch.

    Parameters
    ----------
    project, out
        Absolute folders of the project and of the reports.
    company, known_branches
        Names of the company and of the branches that can be reported.
    known_notebooks
        File of every notebook there is.
    parameters
        Parameters each notebook declares.
    period
        Label of the period, already resolved.
    branches, notebooks, languages
        What was asked for.
    cell_timeout
        Seconds after which a cell counts as hanging.
    given
        Text of the notebooks' own parameters.

    Raises
    ------
    InputError
        With every unknown name, and every notebook that cannot be run or does not take the parameters.
    """
    asked_branches = tuple(known_branches) if branches == "all" else tuple(dict.fromkeys(branches))
    asked_notebooks = tuple(known_notebooks) if notebooks == "all" else tuple(dict.fromkeys(notebooks))
    issues = [
        *_unknown("branch", asked_branches, tuple(known_branches)),
        *_unknown("notebook", asked_notebooks, tuple(known_notebooks)),
        *_unknown("language", languages, get_args(Lang)),
    ]
    # What is known is looked at all the same, so that everything wrong is told at once.
    chosen_branches = tuple(one for one in asked_branches if one in known_branches)
    chosen_notebooks = tuple(one for one in asked_notebooks if one in known_notebooks)
    langs: tuple[Lang, ...] = tuple(lang for lang in get_args(Lang) if lang in languages)
    ordered = tuple(sorted(langs, key=list(languages).index))
    own, wrong = _own_values(chosen_notebooks, parameters, known_notebooks, given or {})
    issues += wrong
    specs = tuple(
        RunSpec(
            branch=branch, notebook=notebook, lang=lang, period=period, source=known_notebooks[notebook],
            project=project, out=out, title=known_branches[branch], company=company, languages=ordered,
            home=index_name(lang, ordered), cell_timeout=cell_timeout, own=tuple(own[notebook].items()),
        )
        for branch in chosen_branches
        for notebook in chosen_notebooks
        for lang in ordered
    )  # fmt: skip
    if not specs and not issues:
        raise InputError(Issue("kpi run", "nothing to run: no branch, notebook or language was chosen"))
    first = {spec.notebook: spec.parameters(out) for spec in reversed(specs)}
    for notebook in chosen_notebooks:
        form = parameters[notebook]
        issues += form.issues(first[notebook], where=known_notebooks[notebook].name) if specs else form.problems
    if issues:
        raise InputError(dict.fromkeys(issues))
    return specs


def _own_values(
    notebooks: Sequence[str], parameters: Mapping[str, Parameters], files: Mapping[str, Path], given: Given
) -> tuple[dict[str, dict[str, Value]], list[Issue]]:
    """Return the given parameters of every notebook as values, and what is wrong with them."""
    issues = _unknown("notebook", [name for name in given if name], tuple(parameters))
    everyone = given.get("", {})
    # A notebook that cannot be read may take anything.
    unread = any(parameters[notebook].problems for notebook in notebooks)
    takers = {name for name in everyone if unread or any(name in parameters[one].types for one in notebooks)}
    known = tuple(dict.fromkeys(name for notebook in notebooks for name in parameters[notebook].types))
    for name in everyone:
        if name in COMMON:
            issues.append(
                Issue(name, "the batch sets this parameter itself", "use --branches, --period, --lang, --out")
            )
        elif name not in takers:
            issues.append(Issue("-P", f"no chosen notebook has a parameter {name!r}", did_you_mean(name, known)))
    values = {}
    for notebook in notebooks:
        texts = {name: text for name, text in everyone.items() if name in parameters[notebook].types}
        texts |= given.get(notebook, {})
        texts = {name: text for name, text in texts.items() if name not in COMMON}
        values[notebook], wrong = parameters[notebook].typed(texts, where=files[notebook].name)
        issues += [] if parameters[notebook].problems else wrong
    return values, issues


def _unknown(kind: str, asked: Sequence[str], known: Sequence[str]) -> list[Issue]:
    return [Issue(kind, f"there is no {kind} {one!r}", did_you_mean(one, known)) for one in asked if one not in known]
