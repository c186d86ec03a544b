"""The mail: failures first, both languages, no script, no secret; sent only through what the environment names."""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from kpi_lib.batch.digest import digest, send
from kpi_lib.batch.manifest import Manifest, RunRecord
from kpi_lib.batch.outcome import Failure, FailureKind
from kpi_lib.batch.verdicts import Verdict
from kpi_lib.errors import InputError

SECRET = "postgresql://user:hunter2@host/db"
VERDICTS = {
    "chengdu": Verdict(81.0, 78.0, 84.0, "good", 2.5, 1.0, 4.0, True),
    "kunming": Verdict(61.0, 55.0, 66.0, "pass", -1.0, -5.0, 3.0),
}


def record(branch: str, lang: Any, failure: Failure | None = None) -> RunRecord:
    stem = "2_scorecard" if lang == "en" else f"2_scorecard.{lang}"
    return RunRecord(
        branch, "2_scorecard", lang, "2025-11", "failed" if failure else "ok", 1.0, "2025-12-04T09:00:00+00:00",
        f"{branch}/{stem}.html", f"{branch}/{stem}.ipynb", {"source": SECRET}, (), "Scorecard", failure,
    )  # fmt: skip


def mail(make_project: Any, lang: Any = "en", **options: Any) -> EmailMessage:
    failure = Failure(FailureKind.CELL_ERROR, "OperationalError", f"cannot reach {SECRET}", 4, SECRET, SECRET)
    runs = (
        *(record(branch, one) for branch in ("chengdu", "kunming") for one in ("en", "zh")),
        record("neijiang", "en", failure),
    )
    batch = Manifest(
        "2025-11", "2025-12-03 08:00:00", (), ("en", "zh"), "2025-12-04T08:00:00+00:00", "2025-12-04T09:00:00+00:00",
        1.0, 2, {}, runs,
    )  # fmt: skip
    return digest(batch, VERDICTS, make_project(), lang, **options)


def bodies(message: EmailMessage) -> tuple[str, str]:
    read = message_from_bytes(message.as_bytes(), policy=default)
    plain, html = read.get_body(("plain",)), read.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


def test_failures_come_first_then_the_weakest(make_project: Any) -> None:
    for body in bodies(mail(make_project)):
        places = [body.index(word) for word in ("4 of 5 reports made", "Neijiang", "Kunming", "Chengdu")]
        assert places == sorted(places)


def test_a_line_says_the_verdict(make_project: Any) -> None:
    plain, html = bodies(mail(make_project, link="https://share/kpi/"))
    line = "Kunming: 61.0 of 100, Pass (interval 55.0 to 66.0); change -1.0 (-5.0 – +3.0) within chance"
    assert line in plain
    assert line in html
    assert 'href="https://share/kpi/kunming/2_scorecard.html"' in html
    assert "https://share/kpi/index.html" in plain


def test_without_a_link_there_are_none(make_project: Any) -> None:
    assert "href" not in bodies(mail(make_project))[1]


def test_chinese(make_project: Any) -> None:
    message = mail(make_project, "zh", link="https://share")
    plain, html = bodies(message)
    assert "昆明" in plain
    assert 'lang="zh-CN"' in html
    assert "https://share/index.zh.html" in plain
    assert "样例家电服务" in str(message_from_bytes(message.as_bytes(), policy=default)["Subject"])


def test_no_secret_is_written(make_project: Any) -> None:
    assert not any("hunter2" in body for body in bodies(mail(make_project)))


class Server:
    """Stands for a mail server and remembers what it was told."""

    def __init__(self, *address: Any, **_: Any) -> None:
        self.told: list[Any] = [address]
        Server.last = self

    last: Server

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.told.append("quit")

    def starttls(self) -> None:
        self.told.append("starttls")

    def login(self, *who: str) -> None:
        self.told.append(who)

    def send_message(self, message: EmailMessage) -> None:
        self.told.append(message["To"])


def test_it_is_sent_encrypted_through_the_host_of_the_environment(make_project: Any) -> None:
    environ = {"KPI_SMTP_HOST": "mail", "KPI_SMTP_USER": "u", "KPI_SMTP_PASSWORD": "p"}
    send(mail(make_project, sender="a@x.cn", to=["b@x.cn", "c@x.cn"]), environ, connect=Server)  # type: ignore[arg-type]
    assert Server.last.told == [("mail", 587), "starttls", ("u", "p"), "b@x.cn, c@x.cn", "quit"]


def test_everything_that_is_missing_is_told_at_once(make_project: Any) -> None:
    with pytest.raises(InputError) as told:
        send(mail(make_project), {"KPI_SMTP_PORT": "x", "KPI_SMTP_SECURITY": "maybe"}, connect=Server)  # type: ignore[arg-type]
    assert [issue.where for issue in told.value.issues] == [
        "--from", "--to", "KPI_SMTP_HOST", "KPI_SMTP_PORT", "KPI_SMTP_SECURITY",
    ]  # fmt: skip


def test_a_name_in_the_data_cannot_write_a_header(make_project: Any, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"linefeed|newline"):
        mail(make_project, to=["a@x.cn\nBcc: everybody@x.cn"])
