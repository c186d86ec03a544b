"""The allow-list every piece of HTML passes before it is put on a page.

Text from tickets reaches a page through tables, captions and Markdown. Whatever is not listed here is taken out:
scripts, handlers, frames, forms, links that run code, and styles or pictures that would ask another computer.
"""

from __future__ import annotations

import re

import nh3


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TEXT = _names("""
a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure
h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp section small span strong sub summary sup table tbody td
tfoot th thead time tr u ul var""")
_SVG = _names("""
svg g defs clipPath mask marker pattern linearGradient radialGradient stop symbol use path rect circle ellipse
line polyline polygon text tspan title desc image""")
TAGS = _TEXT | _SVG
"""Elements a page may hold."""

_DROPPED_WITH_CONTENT = frozenset({"script", "style", "iframe", "object", "embed", "noscript", "template"})
_EVERYWHERE = {"class", "id", "style", "title", "lang", "dir", "role", "tabindex",
               "aria-label", "aria-labelledby", "aria-describedby", "aria-hidden", "aria-roledescription"}  # fmt: skip
_DRAWING = _names("""
x y x1 x2 y1 y2 cx cy r rx ry dx dy d points width height viewBox preserveAspectRatio transform fill
fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-dasharray stroke-dashoffset stroke-linecap
stroke-linejoin stroke-miterlimit opacity clip-path clip-rule mask marker-start marker-mid marker-end markerWidth
markerHeight markerUnits refX refY orient offset stop-color stop-opacity gradientUnits gradientTransform clipPathUnits
patternUnits patternTransform font-family font-size font-weight font-style text-anchor dominant-baseline
alignment-baseline text-rendering xlink:href href version""")
_OWN = {
    "a": {"href"},
    "col": {"span"},
    "colgroup": {"span"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"colspan", "rowspan", "headers"},
    "th": {"colspan", "rowspan", "scope", "abbr", "headers"},
    "time": {"datetime"},
}
ATTRIBUTES = {"*": _EVERYWHERE} | {tag: set(_DRAWING) for tag in _SVG} | _OWN
"""Attributes an element may have."""

STYLES = _names("""
background-color border border-bottom border-collapse border-color border-left border-right
border-spacing border-style border-top border-width clip-path color dominant-baseline fill fill-opacity fill-rule
font font-family font-size font-style font-variant font-weight height letter-spacing line-height margin margin-bottom
margin-left margin-right margin-top mask max-width min-width opacity padding padding-bottom padding-left padding-right
padding-top stroke stroke-dasharray stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity
stroke-width text-align text-anchor text-decoration vertical-align white-space width stop-color
stop-opacity""")
"""Style properties an element may set: none that leaves its place on the page."""

_OUTSIDE = re.compile(r"url\s*\(\s*(?!['\"]?#)|\\|/\*", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]*", re.ASCII)


def clean(html: str) -> str:
    """Return ``html`` with nothing left that could run, ask the network or leave its place; elements are closed."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        attributes=ATTRIBUTES,
        attribute_filter=_kept,
        clean_content_tags=set(_DROPPED_WITH_CONTENT),
        filter_style_properties=set(STYLES),
        url_schemes={"data", "http", "https", "mailto"},
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def _kept(element: str, attribute: str, value: str) -> str | None:
    """Return the attribute's value, or ``None`` to drop it."""
    match element, attribute:
        case "img" | "image", "src" | "href" | "xlink:href":
            return value if _PICTURE.fullmatch(value) else None
        case "a", "href":
            return None if value.strip().lower().startswith("data:") else value
        case _, "href" | "xlink:href":
            return value if value.startswith("#") else None
    # A style or a drawing attribute may point into the page (a clip path), never out of it.
    return None if attribute in {"style", *_DRAWING} and _OUTSIDE.search(value) else value
