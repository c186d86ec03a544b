"""On a machine without a Chinese font a Chinese picture fails its page; with one, or without Chinese, it does not."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest

from kpi_lib.batch.glyphs import MissingGlyphError, check_glyphs, missing_glyphs
from kpi_lib.plot import theme

DEJAVU = "DejaVu Sans"


def run(title: str) -> Any:
    """Return the executed notebook of a run that drew a picture: what it warned of is on its standard error."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with theme.canvas(3, 2) as (figure, ax):
            ax.set_title(title)
            theme.to_picture(figure, name="n", alt="x")
    told = "".join(warnings.formatwarning(one.message, one.category, "x.py", 1) for one in caught)
    output = nbformat.v4.new_output("stream", name="stderr", text=told)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("draw()", outputs=[output] if told else [])])


@pytest.fixture
def only_dejavu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with no font but the one matplotlib brings."""
    manager = theme.font_manager.fontManager
    monkeypatch.setattr(manager, "ttflist", [one for one in manager.ttflist if one.name == DEJAVU])
    monkeypatch.setattr(theme, "_packaged_fonts", list)
    theme.cjk_family.cache_clear()
    yield
    theme.cjk_family.cache_clear()


@pytest.mark.usefixtures("only_dejavu")
def test_without_a_chinese_font_every_missing_character_is_named_once_with_the_remedy() -> None:
    notebook = run("接通率率 90 %")
    assert missing_glyphs(notebook) == "".join(sorted("接通率"))
    with pytest.raises(MissingGlyphError, match=r"3 of the characters.*fonts-noto-cjk"):
        check_glyphs(notebook)


@pytest.mark.usefixtures("only_dejavu")
def test_without_a_chinese_font_an_english_page_is_made() -> None:
    notebook = run("Connect rate 90 %")
    assert "no font with Chinese" in notebook.cells[0].outputs[0].text
    check_glyphs(notebook)


def test_with_a_chinese_font_a_chinese_page_is_made() -> None:
    if theme.cjk_family() is None:
        pytest.skip("needs a Chinese font: apt-get install fonts-noto-cjk, or the extra [cjk]")
    check_glyphs(run("接通率"))


def test_a_long_list_is_cut() -> None:
    told = "".join(f"Glyph {code} (\\N{{X}}) missing from font(s) DejaVu Sans.\n" for code in range(20000, 20100))
    output = nbformat.v4.new_output("stream", name="stderr", text=told)
    cell = nbformat.v4.new_code_cell("draw()", outputs=[output])
    with pytest.raises(MissingGlyphError, match=r"100 of the characters in pictures: .{20}…"):
        check_glyphs(nbformat.v4.new_notebook(cells=[cell]))
