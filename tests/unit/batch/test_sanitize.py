from __future__ import annotations

import pytest

from kpi_lib.batch.sanitize import clean

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://example.org/x.png'>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "<svg><use href='https://example.org/x.svg#a'></use></svg>",
    "<svg><image href='https://example.org/x.png'/></svg>",
    "<svg><foreignObject><iframe src=//example.org></iframe></foreignObject></svg>",
    "<svg><rect fill='url(https://example.org/#x)'/></svg>",
    "<svg><style>*{background:url(https://example.org)}</style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<iframe src='https://example.org'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action='https://example.org'><button>x</button></form>",
    "<meta http-equiv=refresh content='0;url=https://example.org'>",
    "<link rel=stylesheet href='https://example.org/x.css'>",
    "<base href='https://example.org'>",
    "<object data='https://example.org'></object>",
    "<video src='https://example.org/x.mp4' autoplay></video>",
    "<p style='background:url(https://example.org/x)'>x</p>",
    "<p style='position:fixed;top:0;left:0;width:100%;height:100%'>x</p>",
    "<p style='fill:u\\72l(https://example.org)'>x</p>",
    "<td style='border-image:url(https://example.org/x)'>x</td>",
    "<details ontoggle=alert(1) open>x</details>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_runs_or_asks_the_network_is_left(attack: str) -> None:
    left = clean(attack).lower()
    tags = [part.split(">")[0] for part in left.split("<")[1:]]
    for word in ("example.org", "javascript:", " on", "position", "data:text", "src="):
        assert not any(word in tag for tag in tags), left
    for element in ("script", "iframe", "form", "meta", "link", "base", "object", "video", "style", "foreignobject"):
        assert not any(tag.split()[:1] == [element] for tag in tags), left


@pytest.mark.parametrize(
    "kept",
    [
        '<th scope="col" id="r1">x</th>',
        '<svg viewBox="0 0 9 9"><defs><clipPath id="p"><rect width="1"></rect></clipPath></defs></svg>',
        '<svg><g clip-path="url(#p)" style="fill:#ff0000;stroke:none"><path d="M 0 0"></path></g></svg>',
        '<svg><use xlink:href="#m" x="3"></use><text transform="rotate(-90)">a &lt; b 中文</text></svg>',
        '<svg><image xlink:href="data:image/png;base64,AAAA"></image></svg>',
        '<img src="data:image/png;base64,AAAA" alt="x">',
        '<a href="#s1" rel="noopener noreferrer">x</a>',
        '<details open=""><summary>x</summary>y</details>',
        '<td style="color:#cc0000;text-align:right">1</td>',
    ],
)
def test_what_reports_are_made_of_is_kept(kept: str) -> None:
    wrapped = {"<th": "<table><tbody><tr>{}</tr></tbody></table>", "<td": "<table><tbody><tr>{}</tr></tbody></table>"}
    page = wrapped.get(kept[:3], "{}").format(kept)
    assert clean(page) == page


def test_what_was_left_open_is_closed() -> None:
    assert clean("<div><p>x") == "<div><p>x</p></div>"
    assert clean("</div></main>x") == "x"


def test_cleaning_twice_changes_nothing() -> None:
    for attack in ATTACKS:
        assert clean(clean(attack)) == clean(attack)
