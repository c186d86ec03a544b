import re
import xml.etree.ElementTree as ET
from math import nan

import pytest

from kpi_lib.plot.course import EDGE, HEIGHT, WIDTH, course_svg
from kpi_lib.plot.theme import COLOURS


def drawn(values, band=None, beyond=None, worse=1):
    band = band or [(nan, nan)] * len(values)
    return course_svg(values, band=band, beyond=beyond or [0] * len(values), worse=worse, alt="how it went")


def points(svg, tag):
    found = [element for element in ET.fromstring(svg).iter() if element.tag.endswith(tag)]
    return [[tuple(map(float, pair.split(","))) for pair in one.get("points").split()] for one in found]


def test_it_is_drawn_from_zero_and_higher_is_up():
    (line,) = points(drawn([0.0, 0.2, 0.1]), "polyline")
    assert line == [(EDGE, HEIGHT - EDGE), (WIDTH / 2, EDGE), (WIDTH - EDGE, HEIGHT / 2)]


def test_the_band_lies_on_the_same_scale_as_the_line():
    svg = drawn([0.1, 0.1], band=[(0.0, 0.2), (0.05, 0.2)])
    (band,) = points(svg, "polygon")
    bottom, top = HEIGHT - EDGE, EDGE
    assert band == [(EDGE, bottom), (WIDTH - EDGE, pytest.approx(bottom - 0.25 * (bottom - top), abs=0.06)),
                    (WIDTH - EDGE, top), (EDGE, top)]  # fmt: skip


def test_a_gap_stays_a_gap():
    assert [len(line) for line in points(drawn([0.1, 0.2, nan, 0.2]), "polyline")] == [2, 1]


@pytest.mark.parametrize(("side", "worse", "shape", "colour"), [
    (1, 1, "polygon", "worse"), (-1, 1, "circle", "better"), (1, -1, "circle", "better"), (-1, -1, "polygon", "worse"),
])  # fmt: skip
def test_beyond_the_band_is_told_by_shape_as_well_as_colour(side, worse, shape, colour):
    svg = drawn([0.1, 0.2], beyond=[0, side], worse=worse)
    (mark,) = [one for one in ET.fromstring(svg).iter() if one.tag.endswith(("polygon", "circle"))]
    assert mark.tag.endswith(shape)
    assert COLOURS[colour] in (mark.get("fill"), mark.get("stroke"))


def test_the_last_value_is_marked_where_nothing_is_beyond():
    assert drawn([0.1, 0.2]).count("<circle") == 1
    assert "<circle" not in drawn([nan, nan])


def test_its_words_are_its_label():
    assert re.search('role="img" aria-label="how it went"', drawn([0.1]))
