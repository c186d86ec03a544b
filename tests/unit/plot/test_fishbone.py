"""A fishbone is readable: no text on another, everything on the paper, what it says written as text."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from kpi_lib.plot.fishbone import Arrow, draw, fishbone_picture
from kpi_lib.plot.fishbone_layout import WIDTH, laid_out
from kpi_lib.plot.fishbone_parts import Rib, Section, Twig
from kpi_lib.plot.measured import width_of, wrapped
from kpi_lib.plot.theme import COLOURS, canvas

WORDS = {
    "en": ("Waiting for parts", "not measured: needs appointment times", "Attitude and communication", "-3.1 pp",
           "provider 成都恒信服务部 · Smart TV", "Donaudampfschifffahrtsgesellschaftskapitän", "n 412, suggestive"),
    "zh": ("备件供应周期", "未测量：需要预约时间", "态度与沟通", "-3.1个百分点，[-4.2, -1.9]",
           "成都恒信服务部·智能电视", "服务不及时导致用户反复致电投诉的情况", "n 412，有迹象"),
}  # fmt: skip
HEAD = [("Not fixed at the first visit 未能一次修复", True), ("-5.0 pp", True), ("interval -8.0 pp to -2.0 pp", False)]
TAIL = ["Unexplained: -0.5 pp", "Offsetting: +0.6 pp"]
text = st.one_of(
    *(st.sampled_from(words) for words in WORDS.values()), st.text(alphabet="ab 中文，（X9-", min_size=1, max_size=60)
)
twigs = st.builds(
    Twig,
    name=text,
    details=st.lists(text, max_size=4).map(tuple),
    tone=st.sampled_from(["worse", "better", "unclear", "missing"]),
    dashed=st.booleans(),
)


@st.composite
def sections(pick):
    made = []
    for part in range(pick(st.integers(1, 3))):
        ribs = [
            Rib(
                f"{part}-{number}", pick(text), pick(text), pick(st.sampled_from(["worse", "better", "missing"])),
                pick(st.floats(0, 1)), pick(st.booleans()),
                tuple((f"c{place}", pick(twigs)) for place in range(pick(st.integers(0, 6)))),
            )
            for number in range(pick(st.integers(0, 6)))
        ]  # fmt: skip
        made.append(Section(pick(st.one_of(st.just(""), text)), tuple(ribs)))
    return made


def full(lang: str, staff: int = 4) -> list[Section]:
    words = WORDS[lang]
    details = (words[4], words[3], words[6])
    causes = tuple((f"c{n}", Twig(words[n % 2], details if n % 2 else (words[1],), "worse")) for n in range(5))
    ribs = [Rib(f"b{n}", words[2], words[3], "worse", n / 8, False, causes) for n in range(8)]
    return [Section("Caused by staff", tuple(ribs[:staff])), Section("Not caused by staff", tuple(ribs[staff:]))]


def boxes(layout, arrows=()):
    """Return the extent of every text, of every box and of the whole, in points, as the artists say."""
    with canvas(layout.width / 72, (layout.top - layout.bottom) / 72) as (figure, ax):
        draw(figure, ax, layout, arrows)
        figure.set_dpi(72)
        renderer = FigureCanvasAgg(figure).get_renderer()
        written = [one for one in ax.texts if one.get_text().strip()]
        return [(one.get_text(), one.get_window_extent(renderer)) for one in written], figure.bbox


def check(layout) -> None:
    found, paper = boxes(layout)
    for (first, a), (second, b) in combinations(found, 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        along = min(a.y1, b.y1) - max(a.y0, b.y0)
        assert not (across > 0.5 and along > 0.5), f"{first!r} lies on {second!r}"
    for words, box in found:
        assert box.x0 >= 0, words
        assert box.x1 <= paper.width, words
        assert box.y0 >= 0, words
        assert box.y1 <= paper.height, words


@given(sections())
@settings(max_examples=30, deadline=None)
def test_no_text_lies_on_another_or_beside_the_paper(made) -> None:
    check(laid_out(made, head=HEAD, tail=TAIL))


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("staff", [0, 2, 3, 4, 7])
def test_eight_bones_of_five_causes_fit_a_page(lang: str, staff: int) -> None:
    layout = laid_out(full(lang, staff), head=HEAD, tail=TAIL)
    assert layout.width == pytest.approx(WIDTH, abs=1), "1,100 pixels"
    assert layout.top - layout.bottom < 1.35 * WIDTH
    check(layout)
    assert min(placed.size for placed in layout.texts) >= 8


def test_nothing_of_a_figure_is_cut_off() -> None:
    written = " ".join(placed.text for placed in laid_out(full("en"), head=HEAD, tail=TAIL).texts)
    assert written.count("…") == 0


def test_bones_lie_on_both_sides_and_the_weightiest_nearest_the_head() -> None:
    layout = laid_out(full("en"), head=HEAD, tail=TAIL)
    above = [rib for rib in layout.ribs if rib.outer[1] > 0]
    assert len(above) == 4
    staff = [rib for rib in layout.ribs if rib.rib.key in {"b0", "b1", "b2", "b3"}]
    others = [rib for rib in layout.ribs if rib not in staff]
    assert max(rib.joint for rib in staff) < min(rib.joint for rib in others), "sections are kept apart"
    assert layout.ribs[0].joint > layout.ribs[2].joint, "the first of a section is nearer to the head"


def test_every_twig_meets_its_bone() -> None:
    layout = laid_out(full("zh"), head=HEAD, tail=TAIL)
    bones = {rib.rib.key: rib for rib in layout.ribs}
    for twig in layout.twigs:
        bone = bones[twig.place[0]]
        along = twig.y / bone.outer[1]
        assert 0 <= along <= 1
        assert twig.right == pytest.approx(bone.joint + along * (bone.outer[0] - bone.joint))


def test_lines_say_weight_tone_and_hypothesis() -> None:
    ribs = [Rib("a", "A", "x", "worse", 1.0, False, ()), Rib("b", "B", "y", "missing", 0.0, True, ())]
    layout = laid_out([Section("", tuple(ribs))], head=HEAD, tail=[])
    with canvas(5, 5) as (figure, ax):
        draw(figure, ax, layout)
        lines = ax.get_lines()[1:]
        assert lines[0].get_linewidth() > 4 * lines[1].get_linewidth()
        assert [line.get_linestyle() for line in lines] == ["-", "--"]
        assert lines[0].get_color() == COLOURS["worse"]
        assert lines[1].get_color() not in COLOURS.values(), "pale"


def test_arrows_need_both_ends() -> None:
    layout = laid_out(full("en"), head=HEAD, tail=TAIL)
    arrows = [Arrow(("b0", "c0"), ("b5", "c1"), True), Arrow(("b0", "c1"), ("nowhere", "c1"), False)]
    with canvas(5, 5) as (figure, ax):
        draw(figure, ax, layout, arrows)
        assert len([patch for patch in ax.patches if type(patch).__name__ == "FancyArrowPatch"]) == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_picture_is_text_with_title_and_description(lang: str) -> None:
    picture = fishbone_picture(full(lang), head=HEAD, tail=TAIL, name="f", title="T <b>", alt="A & B")
    root = ET.fromstring(picture.svg)
    ns = "{http://www.w3.org/2000/svg}"
    assert (root[0].tag, root[0].text) == (f"{ns}title", "T <b>")
    assert (root[1].tag, root[1].text) == (f"{ns}desc", "A & B")
    words = {element.text for element in root.iter(f"{ns}text")}
    assert {"-5.0 pp", WORDS[lang][0]} <= words
    assert len(picture.svg) < 200_000


def test_lines_break_between_words_and_never_before_a_closing_mark() -> None:
    lines = wrapped("未测量：需要预约时间，还有很多（其他）的内容。", width=60, size=9, lines=20)
    assert len(lines) > 2
    assert not any(line[0] in "，。：）" for line in lines)
    assert "".join(lines) == "未测量：需要预约时间，还有很多（其他）的内容。"
    assert wrapped("one two", width=width_of("one ", size=9), size=9) == ["one", "two"]
    assert all(width_of(line, size=9) <= 50 for line in wrapped("x" * 300, width=50, size=9, lines=99))


def test_a_number_keeps_its_unit() -> None:
    assert wrapped("aaaa -5.0\u00a0pp", width=width_of("aaaa -5.0", size=9), size=9) == ["aaaa", "-5.0\u00a0pp"]


def test_too_many_lines_end_in_an_ellipsis() -> None:
    lines = wrapped("a b c d e f g h", width=width_of("a b", size=9) + 1, size=9, lines=2)
    assert len(lines) == 2
    assert lines[-1].endswith("…")
