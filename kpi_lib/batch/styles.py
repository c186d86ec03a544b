"""A page's repeated inline styles written once: a table of a thousand cells repeats the same one a thousand times."""

from __future__ import annotations

import re
from collections import Counter
from html import escape, unescape

SCOPE = "#content"
"""The part of the page the shared styles hold for; also makes them count for more than the page's own, as inline ones
did."""

_TAG = re.compile(r'<[A-Za-z][^\s<>/]*(?:\s+[^\s<>="/]+(?:="[^"]*")?)*\s*/?>')
_STYLE = re.compile(r'\sstyle="([^"]*)"')
_CLASS = re.compile(r'\sclass="([^"]*)"')
_PLAIN = re.compile(r"[\w\s#%.,:;()'\"+-]+")
"""What may stand in a style sheet: nothing that could close a rule or open another."""


def share_styles(body: str) -> tuple[str, str]:
    """Return the body with a class for every inline style used more than once, and the sheet of these classes.

    Parameters
    ----------
    body
        HTML that has been through the allow-list.
    """
    seen = Counter(found[1] for tag in _TAG.finditer(body) for found in _STYLE.finditer(tag[0]))
    repeated = [style for style, times in seen.most_common() if times > 1 and _PLAIN.fullmatch(unescape(style))]
    names = {style: f"k{number:x}" for number, style in enumerate(repeated)}

    def shared(tag: re.Match[str]) -> str:
        style = _STYLE.search(tag[0])
        if style is None or style[1] not in names:
            return tag[0]
        bare = tag[0][: style.start()] + tag[0][style.end() :]
        if _CLASS.search(bare):
            return _CLASS.sub(lambda found: f' class="{found[1]} {names[style[1]]}"', bare, count=1)
        end = re.match(r"<[^\s<>/]+", bare)
        assert end is not None
        return f'{end[0]} class="{names[style[1]]}"{bare[end.end() :]}'

    sheet = "".join(f"{SCOPE} .{name}{{{unescape(style)}}}" for style, name in names.items())
    return _TAG.sub(shared, body), sheet


def inline_styles(page: str) -> str:
    """Return a page with its shared styles back on each element, for readers that apply no sheet inside drawings."""
    styles = dict(re.findall(re.escape(SCOPE) + r" \.(k[0-9a-f]+)\{([^}]*)\}", page))

    def own(tag: re.Match[str]) -> str:
        classes = _CLASS.search(tag[0])
        names = classes[1].split() if classes else []
        if classes is None or not names or names[-1] not in styles:
            return tag[0]
        rest = f' class="{" ".join(names[:-1])}"' if names[:-1] else ""
        style = escape(styles[names[-1]], quote=True)
        return f'{tag[0][: classes.start()]}{rest} style="{style}"{tag[0][classes.end() :]}'

    return _TAG.sub(own, page)
