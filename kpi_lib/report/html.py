"""HTML built from escaped text: what came from data can never become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape, unescape


@dataclass(frozen=True)
class Fragment:
    """A piece of HTML that is known to be safe; a notebook shows it when it is the last value of a cell."""

    html: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        """Return the words without markup, for a console."""
        return " ".join(unescape(re.sub(r"<svg.*?</svg>|<[^>]*>", " ", self.html, flags=re.DOTALL)).split())


Child = str | Fragment


def element(tag: str, *children: Child, **attributes: str) -> Fragment:
    """Return ``<tag>`` around its children.

    Parameters
    ----------
    tag
        Name of the element.
    children
        Strings, which are escaped, and fragments, which are kept.
    attributes
        Escaped; ``class_`` is written ``class``, ``_`` in a name ``-``.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value, quote=True)}"' for name, value in attributes.items()
    )
    return Fragment(f"<{tag}{written}>{joined(children).html}</{tag}>")


def joined(children: Iterable[Child]) -> Fragment:
    """Return the children one after the other."""
    return Fragment("".join(child.html if isinstance(child, Fragment) else escape(child) for child in children))


def bullets(items: Sequence[Child]) -> Fragment:
    """Return a list with one entry per item."""
    return element("ul", *(element("li", item) for item in items))


def folded(summary: str, *children: Child, open_: bool = False) -> Fragment:
    """Return a part of the page that opens on a click."""
    head = element("summary", summary)
    tag = "details open" if open_ else "details"
    return Fragment(f"<{tag}>{head.html}{joined(children).html}</details>")
