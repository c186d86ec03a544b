"""Pictures carry real text, their alt text and nothing that collides or runs."""

import re
import warnings
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest

from kpi_lib.plot import theme

SVG = "{http://www.w3.org/2000/svg}"


def drawn(name="one", words="电话 $5 vs $6 \\frac", alt='90 % "met" <now>'):
    with theme.canvas(3, 2) as (figure, ax):
        ax.plot([1, 2], [1, 2], marker="o")
        ax.set_title(words)
        return theme.to_picture(figure, name=name, alt=alt)


def test_text_stays_text_in_chinese_and_with_dollars():
    root = ET.fromstring(drawn().svg)
    assert "电话 $5 vs $6 \\frac" in [element.text for element in root.iter(f"{SVG}text")]


def test_the_picture_names_itself_for_those_who_cannot_see_it():
    root = ET.fromstring(drawn().svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == '90 % "met" <now>'


def test_two_pictures_on_a_page_share_no_id_and_point_into_themselves():
    ids = [set(re.findall(r'\bid="([^"]*)"', drawn(name).svg)) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]
    targets = set(re.findall(r'(?:href="|url\()#([^")]+)', drawn("one").svg))
    assert targets == ids[0]


def test_the_same_data_give_the_same_picture():
    assert drawn().svg == drawn().svg


def test_nothing_is_set_outside():
    before = dict(mpl.rcParams)
    drawn()
    assert dict(mpl.rcParams) == before


def test_no_style_element_or_outside_address():
    svg = drawn().svg
    assert "<style" not in svg
    assert set(re.findall(r"https?://[^\s\"']+", svg)) == {"http://www.w3.org/2000/svg"}


def test_a_missing_glyph_warns_instead_of_showing_a_box():
    with pytest.warns(UserWarning, match="Glyph"):
        drawn(words="\U000f1234")


def test_without_a_chinese_font_it_warns_once_with_the_remedy(monkeypatch):
    monkeypatch.setattr(theme, "CJK_FAMILIES", ("No Such Family",))
    monkeypatch.setattr(theme, "_packaged_fonts", list)
    theme.cjk_family.cache_clear()
    try:
        with pytest.warns(UserWarning, match="fonts-noto-cjk"):
            assert theme.cjk_family() is None
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert theme.cjk_family() is None
    finally:
        theme.cjk_family.cache_clear()


def test_the_packaged_font_is_used_when_none_is_installed(monkeypatch):
    if not theme._packaged_fonts():
        pytest.skip("the extra [cjk] is not installed")
    monkeypatch.setattr(theme.font_manager.fontManager, "ttflist", [])
    theme.cjk_family.cache_clear()
    try:
        assert theme.cjk_family() == "Noto Sans CJK SC"
    finally:
        theme.cjk_family.cache_clear()


def _luminance(colour):
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("meaning", sorted(set(theme.COLOURS) - {"grid"}))
def test_colours_that_mean_something_stand_out_from_the_ground(meaning):
    ratio = (_luminance(theme.PAPER) + 0.05) / (_luminance(theme.COLOURS[meaning]) + 0.05)
    assert ratio >= 3
