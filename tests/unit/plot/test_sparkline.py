import re
import xml.etree.ElementTree as ET

import pytest

from kpi_lib.plot.sparkline import EDGE, HEIGHT, WIDTH, sparkline


def points(svg):
    return [
        [tuple(map(float, pair.split(","))) for pair in line.split()] for line in re.findall(r'points="([^"]*)"', svg)
    ]


def test_the_line_fills_its_room_and_higher_is_up():
    (line,) = points(sparkline([1.0, 3.0, 2.0], alt="x"))
    assert line == [(EDGE, HEIGHT - EDGE), (WIDTH / 2, EDGE), (WIDTH - EDGE, HEIGHT / 2)]


def test_a_missing_value_leaves_a_gap_and_keeps_its_place():
    lines = points(sparkline([1.0, 2.0, None, 2.0, 1.0], alt="x"))
    assert [len(line) for line in lines] == [2, 2]
    assert lines[1][0][0] == pytest.approx(EDGE + 3 * (WIDTH - 2 * EDGE) / 4)


def test_the_last_value_there_is_is_marked():
    svg = sparkline([1.0, 3.0, None], alt="x")
    circle = ET.fromstring(svg).find("circle")
    assert (float(circle.get("cx")), float(circle.get("cy"))) == points(svg)[0][-1]


def test_a_level_line_lies_in_the_middle():
    assert {y for _, y in points(sparkline([2.0, 2.0], alt="x"))[0]} == {HEIGHT / 2}


def test_nothing_is_drawn_of_nothing():
    assert sparkline([None, None], alt="x") == sparkline([], alt="x") == ""


def test_the_words_are_escaped():
    assert ET.fromstring(sparkline([1.0], alt='a "b" <c>')).get("aria-label") == 'a "b" <c>'
