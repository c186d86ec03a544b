from __future__ import annotations

from typing import Any

import nbformat
import pytest

from kpi_lib.batch.export import export_page
from kpi_lib.batch.glyphs import MissingGlyphError
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


def test_a_heading_starts_a_part_that_folds() -> None:
    html = page(markdown("# T\n\nlead\n\n## One\n\ntext"), output(plain="1"), markdown("## Two"), output(plain="2"))
    first, second = html.split('<details class="part" open="">')[1:]
    assert first.startswith('<summary><h2 id="s2">One</h2></summary>')
    assert ">text<" in first
    assert ">2<" not in first
    assert second.startswith('<summary><h2 id="s3">Two</h2></summary>')
    assert html.index("lead") < html.index('class="part"')


def test_a_line_of_code_is_no_heading() -> None:
    html = page(markdown("# T\n\n```\n## not one\n```\n\n## One"))
    assert html.count('<details class="part"') == 1
    assert "## not one" in html


def test_the_code_of_a_part_is_one_closed_block_at_its_end() -> None:
    html = page(markdown("# T\n\n## One"), output(plain="1"), output(plain="2"), markdown("## Two"), output(plain="3"))
    first, second = html.split('<details class="part" open="">')[1:]
    assert first.count('<details class="code"><summary>Code</summary>') == 1
    assert first.index(">2<") < first.index("Code") < first.rindex("show")
    assert first.count("highlight") == 2
    assert second.count("highlight") == 1


def test_the_code_before_the_first_part_stands_at_the_end_of_the_page() -> None:
    html = page(markdown("# T"), output(plain="1"), markdown("## One"), output(plain="2"))
    assert html.index(">2<") < html.index("<summary>Code of the set-up</summary>") < html.index("</main>")
    assert html.index(">1<") < html.index("One</h2>")


def test_styles_that_repeat_are_written_once() -> None:
    cells = "".join(f'<td style="text-align:right;color:#123456">{number}</td>' for number in range(9))
    html = page(output(html=f"<table><tr>{cells}</tr></table>"))
    assert html.count("#123456") == 1


def test_a_character_without_a_font_fails_the_page_with_the_remedy() -> None:
    warned = nbformat.v4.new_output(
        "stream", name="stderr", text="x.py:1: UserWarning: Glyph 30005 (\\N{CJK}) missing from font(s) DejaVu Sans.\n"
    )
    with pytest.raises(MissingGlyphError, match=r"电.*aftersales-kpi\[cjk\]"):
        page(markdown("# T"), nbformat.v4.new_code_cell("draw()", outputs=[warned]))


def test_what_is_to_be_said_first_stands_above_the_title() -> None:
    info = PageInfo("en", "C", "B", "2025-11", "n", "../index.html", (), "n.ipynb", ("A figure <moved>.",))
    html = export_page(nbformat.v4.new_notebook(cells=[markdown("# T")]), info).html
    assert html.index('<p class="notice" role="note">A figure &lt;moved&gt;.</p>') < html.index("<h1")


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
