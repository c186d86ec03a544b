"""The batch in a mail: failures first, then every branch's verdict, the weakest first."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from kpi_lib.batch.branch_rows import BranchReports, branch_name, change_words, ordered
from kpi_lib.batch.index import age_words, branch_reports, failed_runs, made_words
from kpi_lib.batch.manifest import Manifest
from kpi_lib.batch.page import render
from kpi_lib.batch.plan import index_name
from kpi_lib.batch.verdicts import SCORECARD, Verdict
from kpi_lib.errors import InputError, Issue
from kpi_lib.params import Project
from kpi_lib.text import Language, language
from kpi_lib.text.bilingual import Lang

HOST, PORT, USER, PASSWORD, SECURITY = (
    "KPI_SMTP_HOST", "KPI_SMTP_PORT", "KPI_SMTP_USER", "KPI_SMTP_PASSWORD", "KPI_SMTP_SECURITY"
)  # fmt: skip
"""Environment variables that say how to send; none of them is written anywhere."""

TIMEOUT_SECONDS = 60

Connect = Callable[..., smtplib.SMTP]


def digest(
    manifest: Manifest,
    verdicts: Mapping[str, Verdict],
    project: Project,
    lang: Lang,
    *,
    sender: str = "",
    to: Sequence[str] = (),
    link: str = "",
) -> EmailMessage:
    """Return the mail in ``lang``, as plain text and as HTML that asks for nothing.

    Parameters
    ----------
    manifest, verdicts
        The batch and what its scorecards say.
    project
        For the names.
    sender, to
        Addresses.
    link
        Address of the folder of the reports as its readers reach it; without one the mail has no links.
    """
    say = language(lang)
    failures = failed_runs(manifest, project, say)
    reports = ordered(branch_reports(manifest, verdicts), "weakest")
    title = f"{say.pick(project.branches.company)} · {manifest.period}: {made_words(manifest, say)}"
    words = {
        "made": f"{made_words(manifest, say)} · {age_words(manifest, say)}",
        "failures": say.sentence("Reports that failed"),
        "branches": say.sentence("Branches, the weakest first"),
        "all": say.sentence("All reports"),
        "no_verdict": say.sentence("no verdict: there is no scorecard"),
    }
    lines = [(_address(link, _scorecard(one, lang)), _line(one, project, say, words["no_verdict"])) for one in reports]
    failed = [(_address(link, one.href), one.title, one.cause) for one in failures]
    home = _address(link, index_name(lang, manifest.languages))
    message = EmailMessage(policy=SMTP)
    message["Subject"] = title
    message["Date"] = format_datetime(datetime.fromisoformat(manifest.finished_at))
    if sender:
        message["From"] = sender
    if to:
        message["To"] = ", ".join(to)
    message.set_content(_text(words, failed, lines, home))
    html = render("digest.html.j2", lang, title=title, digest=words, failures=failed, lines=lines, home=home)
    message.add_alternative(html, subtype="html")
    return message


def send(message: EmailMessage, environ: Mapping[str, str], *, connect: Connect | None = None) -> None:
    """Send a mail through the host named in the environment.

    Parameters
    ----------
    message
        With sender and receivers.
    environ
        ``KPI_SMTP_HOST``, and where they are needed ``KPI_SMTP_PORT`` (587), ``KPI_SMTP_USER``, ``KPI_SMTP_PASSWORD``
        and ``KPI_SMTP_SECURITY`` (``starttls``, ``tls`` or ``none``).
    connect
        Opens a connection; by default as the security asks.

    Raises
    ------
    InputError
        No sender, receiver or host, or settings that are none.
    """
    security = environ.get(SECURITY, "starttls")
    issues = [
        Issue(where, "is needed to send", hint)
        for where, given, hint in (
            ("--from", message["From"], "the address the mail comes from"),
            ("--to", message["To"], "one or more addresses"),
            (HOST, environ.get(HOST), "set it in the environment"),
        )
        if not given
    ]
    port = environ.get(PORT, "465" if security == "tls" else "587")
    if not port.isdecimal():
        issues.append(Issue(PORT, f"expected a number, got {port!r}"))
    if security not in {"starttls", "tls", "none"}:
        issues.append(Issue(SECURITY, f"expected starttls, tls or none, got {security!r}"))
    if issues:
        raise InputError(issues)
    opened = connect or (smtplib.SMTP_SSL if security == "tls" else smtplib.SMTP)
    with opened(environ[HOST], int(port), timeout=TIMEOUT_SECONDS) as server:
        if security == "starttls":
            server.starttls()
        if environ.get(USER):
            server.login(environ[USER], environ.get(PASSWORD, ""))
        server.send_message(message)


def _address(link: str, page: str) -> str:
    return f"{link.rstrip('/')}/{page}" if link and page else ""


def _scorecard(one: BranchReports, lang: Lang) -> str:
    pages = {run.lang: run.page for run in one.runs if run.notebook == SCORECARD}
    return pages.get(lang, "")


def _line(one: BranchReports, project: Project, say: Language, no_verdict: str) -> str:
    verdict, name = one.verdict, branch_name(one.branch, project, say)
    if verdict.composite is None:
        return say.sentence("{branch}: {what}", branch=name, what=no_verdict)
    grades = {grade.key: say.pick(grade.name) for grade in project.policy.grades}
    return say.sentence(
        "{branch}: {composite} of 100, {grade} (interval {lo} to {hi}); change {change}",
        branch=name,
        composite=say.number(verdict.composite, 1),
        grade=grades.get(verdict.grade, say.number(None)),
        lo=say.number(verdict.lo, 1),
        hi=say.number(verdict.hi, 1),
        change=change_words(verdict, say),
    )


def _text(
    words: Mapping[str, str], failed: Sequence[tuple[str, str, str]], lines: Sequence[tuple[str, str]], home: str
) -> str:
    parts = [words["made"]]
    if failed:
        parts.append("\n".join((words["failures"], *(_entry(f"{title}: {cause}", at) for at, title, cause in failed))))
    parts.append("\n".join((words["branches"], *(_entry(line, at) for at, line in lines))))
    if home:
        parts.append(f"{words['all']}: {home}")
    return "\n\n".join(parts) + "\n"


def _entry(text: str, address: str) -> str:
    return f"- {text}" + (f"\n  {address}" if address else "")
