from __future__ import annotations

from typing import Any

import nbformat
import pytest

from kpi_lib.batch.export import export_page
from kpi_lib.batch.page import CONTENT_SECURITY_POLICY, Link, PageInfo

SVG = """<?xml version="1.0"?><svg viewBox="0 0 9 9"><defs><clipPath id="p"><rect width="9"/></clipPath>
<style>*{{fill:red}}</style></defs><g clip-path="url(#p)"><text>{}</text></g><use xlink:href="#p"/></svg>"""


def page(*cells: Any, lang: Any = "en") -> str:
    info = PageInfo(
        lang, "Company", "Chengdu <b>", "2025-11", "2_scorecard", "../index.html",
        (Link("2_scorecard.zh.html", "中文", "zh-CN"),), "2_scorecard.ipynb",
    )  # fmt: skip
    return export_page(nbformat.v4.new_notebook(cells=list(cells)), info).html


def markdown(text: str, *tags: str) -> Any:
    cell = nbformat.v4.new_markdown_cell(text)
    cell.metadata["tags"] = list(tags)
    return cell


def output(metadata: dict[str, Any] | None = None, **data: str) -> Any:
    names = {"html": "text/html", "svg": "image/svg+xml", "plain": "text/plain", "markdown": "text/markdown",
             "javascript": "application/javascript", "mermaid": "text/vnd.mermaid", "latex": "text/latex"}  # fmt: skip
    shown = nbformat.v4.new_output(
        "display_data", {names[name]: text for name, text in data.items()}, metadata=metadata or {}
    )  # fmt: skip
    return nbformat.v4.new_code_cell("show()", outputs=[shown])


def test_a_page_stands_alone() -> None:
    html = page(markdown("# Title"), output(html="<p>x</p>"))
    assert "<script" not in html
    assert "http://" not in html
    assert "https://" not in html
    assert CONTENT_SECURITY_POLICY.replace("'", "&#39;") in html
    assert "<title>Title · Chengdu &lt;b&gt; · 2025-11</title>" in html


def test_only_the_cells_of_the_language_are_kept() -> None:
    cells = [markdown("## Verdict", "lang-en"), markdown("## 结论", "lang-zh"), markdown("## Both")]
    assert "结论" not in page(*cells, lang="en")
    assert "Verdict" not in page(*cells, lang="zh")
    assert "Both" in page(*cells, lang="zh")
    assert '<html lang="zh-CN">' in page(*cells, lang="zh")


def test_contents_lead_to_the_headings() -> None:
    html = page(markdown("# T\n\n## One & two"), output(html="<h2 id='x'>Three</h2>"))
    assert '<li><a href="#s2">One &amp; two</a></li>' in html
    assert '<li><a href="#s3">Three</a></li>' in html
    assert '<h2 id="s3">Three</h2>' in html


def test_figures_keep_their_text_and_their_ids_apart() -> None:
    alt = {"image/svg+xml": {"alt": 'Rising "fast"'}}
    html = page(output(alt, svg=SVG.format("中文 one")), output(svg=SVG.format("two")))
    assert 'role="img" aria-label="Rising &quot;fast&quot;"' in html
    assert ">中文 one</text>" in html
    ids = [part.split('"')[0] for part in html.split('clipPath id="')[1:]]
    assert len(set(ids)) == 2
    for one in ids:
        assert f"url(#{one})" in html
        assert f'xlink:href="#{one}"' in html
    assert "fill:red" not in html


def test_a_table_scrolls_by_itself() -> None:
    html = page(output(html="<table><caption>Late <b>tickets</b></caption><tr><td>1</td></tr></table>"))
    assert '<div class="scroll" role="region" tabindex="0" aria-label="Table 1: Late tickets"><table>' in html


def test_code_is_folded_away() -> None:
    html = page(output(plain="1"))
    assert html.count('<details class="code"><summary>Code</summary>') == 1
    assert "open" not in html.split('class="code"')[1][:20]


@pytest.mark.parametrize("kind", ["html", "markdown", "plain", "svg"])
def test_an_output_cannot_break_out_of_its_place(kind: str) -> None:
    text = "</div></section></main></body><svg></svg><img src=x onerror=alert(1)><script>alert(1)</script>"
    html = page(output(**{kind: text}), markdown(text))
    assert "<script" not in html
    assert "<img>" in html or "<img" not in html
    assert "onerror=" not in html.replace("&lt;img src=x onerror=", "")
    assert html.count("</main>") == html.count("</body>") == 1


@pytest.mark.parametrize("kind", ["javascript", "mermaid", "latex"])
def test_outputs_that_need_a_program_are_not_shown(kind: str) -> None:
    assert "alert" not in page(output(**{kind: "alert(1)"}))
