"""The frame around a page's body: head, language switch, contents, footer. Plain HTML that opens with no network."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from kpi_lib.batch.plan import RunSpec, file_stem
from kpi_lib.text import language
from kpi_lib.text.bilingual import Lang

_TEMPLATES = Path(__file__).parent / "template"

LANGUAGE_TAGS = {"en": "en", "zh": "zh-CN"}
"""Language tags of HTML."""

LANGUAGE_NAMES = {"en": "English", "zh": "中文"}
"""What each language calls itself, for the language switch."""

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)
"""Nothing runs and nothing is fetched, even if something got past the allow-list."""


@dataclass(frozen=True)
class Heading:
    """One entry of the contents."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Link:
    """One link of a page."""

    href: str
    text: str
    lang: str


@dataclass(frozen=True)
class Page:
    """A finished page and its title, the first heading of its notebook."""

    title: str
    html: str


@dataclass(frozen=True)
class PageInfo:
    """What a page says about itself.

    Parameters
    ----------
    lang
        Language of the page.
    company, branch, period
        Shown in the head.
    name
        File name of the notebook, the title where the page has no heading of its own.
    home
        Address of the index page.
    others
        The same page in the other languages.
    notebook
        Address of the executed notebook.
    notices
        Sentences put above the title, such as that a published figure moved.
    """

    lang: Lang
    company: str
    branch: str
    period: str
    name: str
    home: str
    others: tuple[Link, ...]
    notebook: str
    notices: tuple[str, ...] = ()

    @classmethod
    def of(cls, spec: RunSpec, notices: Sequence[str] = ()) -> PageInfo:
        """Return the page of a planned run, with what is to be said above its title."""
        say = language(spec.lang)
        others = tuple(
            Link(f"{file_stem(spec.notebook, lang)}.html", LANGUAGE_NAMES[lang], LANGUAGE_TAGS[lang])
            for lang in spec.languages
            if lang != spec.lang
        )
        return cls(
            spec.lang, say.pick(spec.company), say.pick(spec.title), spec.period, spec.notebook,
            f"../{spec.home}", others, spec.executed.name, tuple(notices),
        )  # fmt: skip


def render_page(info: PageInfo, *, title: str, body: str, sheet: str, headings: Sequence[Heading]) -> str:
    """Return the page around a body that has been through the allow-list, and the sheet of its own styles."""
    contents = [heading for heading in headings if heading.level == 2]
    return render(
        "page.html.j2", info.lang, info=info, title=title, body=Markup(body), sheet=Markup(sheet), contents=contents
    )


def render(template: str, lang: Lang, **values: Any) -> str:
    """Return one of our templates filled in; every value is escaped."""
    frame = {
        "csp": CONTENT_SECURITY_POLICY,
        "css": Markup(_stylesheet()),
        "lang_tag": LANGUAGE_TAGS[lang],
        "words": frame_words(lang),
    }
    return _environment().get_template(template).render(**frame, **values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=select_autoescape(["html.j2"], default=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


@cache
def _stylesheet() -> str:
    sheet = (_TEMPLATES / "style.css").read_text(encoding="utf-8")
    return re.sub(r"\s*([{};,])\s*|/\*.*?\*/", r"\1", re.sub(r"\s+", " ", sheet)).strip()


def frame_words(lang: Lang) -> Mapping[str, str]:
    """Return the words of the frame itself: in Python, where the catalogue of translations finds them."""
    say = language(lang)
    return {
        "skip": say.sentence("Skip to the content"),
        "home": say.sentence("All reports"),
        "contents": say.sentence("Contents"),
        "code": say.sentence("Code"),
        "setup": say.sentence("Code of the set-up"),
        "messages": say.sentence("Messages of the program"),
        "language": say.sentence("Language"),
        "period": say.sentence("Period"),
        "notebook": say.sentence("Notebook of this page"),
    }
