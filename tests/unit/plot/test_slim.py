"""A slimmed drawing shows the same: every path passes the same points, every text stays, every reference arrives."""

import io
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from kpi_lib.plot.slim import _path, slim


def written(size=40):
    figure = Figure(figsize=(5, 3))
    axes = figure.subplots()
    x = np.arange(size)
    axes.step(x, np.repeat([1.0, 2.0], size // 2), where="mid")
    axes.fill_between(x, np.sin(x), np.cos(x))
    axes.plot(x, np.sin(x), marker="o", clip_on=True)
    axes.bar(x[:3], 1, hatch="//")
    axes.set_title("a < b & c")
    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(file, format="svg")
    svg = file.getvalue()
    return svg[svg.index("<svg") :]


def points(d):
    """Corners of a path of straight lines, whatever way they are written."""
    found, here = [], [0.0, 0.0]
    for command, given in re.findall(r"([MLHVz])([^MLHVz]*)", d):
        numbers = [float(one) for one in re.findall(r"-?[\d.]+", given)]
        match command:
            case "H":
                here = [numbers[0], here[1]]
            case "V":
                here = [here[0], numbers[0]]
            case "M" | "L":
                here = numbers
        found.append(tuple(here))
    return found


@pytest.mark.parametrize(
    ("d", "short"),
    [
        ("M 31.15 189.3 L 504.63 189.3 L 504.63 27.6 z", "M31.1 189.3H504.6V27.6z"),
        ("M 10 -5 L 10 -5", "M10-5V-5"),
        ("M 10 0 L 20 0 L 30 0 L 25 0 L 25 10 L 25 15", "M10 0H30H25V15"),
        ("M 10 0 L 12 3 L 12 3 L 11 2", "M10 0L12 3L11 2"),
        ("M 0 1.246 C 0.331 1.25 0.6 1 0.9 0.88 z", "M0 1.25C0.33 1.25 0.6 1 0.9 0.88z"),
    ],
)
def test_a_path_in_few_characters(d, short):
    assert _path(d) == short


def test_a_shortened_path_passes_every_corner_of_the_long_one():
    rng = np.random.default_rng(3)
    steps = rng.integers(0, 4, size=(200, 2)) * rng.integers(0, 2, size=(200, 2))
    corners = 100 + np.cumsum(steps - 1, axis=0)
    long = "M " + " L ".join(f"{x} {y}" for x, y in corners)
    kept = points(_path(long))
    assert len(kept) < len(corners)
    at = 0
    for x, y in corners:
        while not _between(kept[max(at - 1, 0)], kept[at], (x, y)):
            at += 1
    assert kept[-1] == tuple(map(float, corners[-1]))


def _between(first, last, point):
    inside = all(min(a, b) <= p <= max(a, b) for a, b, p in zip(first, last, point, strict=True))
    flat = first[0] == last[0] or first[1] == last[1] or point in (first, last)
    return inside and (flat or tuple(map(float, point)) == last)


def test_a_drawing_loses_weight_and_no_text_and_no_shape():
    before = written()
    after = f"<svg>{slim(before, name='one', inherited={})}</svg>"
    old, new = ET.fromstring(before), ET.fromstring(after)
    assert len(after) < 0.6 * len(before)
    assert [e.text for e in new.iter("text")] == [e.text for e in old.iter("{http://www.w3.org/2000/svg}text")]
    seen = [e for e in old.iter("{http://www.w3.org/2000/svg}path") if e.get("style") != "fill: none"]
    assert len(list(new.iter("path"))) == len(seen)
    assert len(list(new.iter("use"))) == len(list(old.iter("{http://www.w3.org/2000/svg}use")))


def test_every_reference_arrives_and_no_id_is_idle():
    after = slim(written(), name="one", inherited={})
    ids = re.findall(r'\bid="([^"]*)"', after)
    targets = re.findall(r'(?:href="|url\()#([^")]+)', after)
    assert len(ids) == len(set(ids)) > 2
    assert set(ids) == set(targets)


def test_drawings_of_other_names_share_no_id():
    one, two = (set(re.findall(r'\bid="([^"]*)"', slim(written(), name=name, inherited={}))) for name in ("a", "b"))
    assert not one & two


def test_what_the_outermost_element_sets_is_not_repeated_on_text():
    svg = '<svg><text style="font: 9.5px x; fill: #20262e; font-family: x; text-anchor: start">a</text></svg>'
    assert slim(svg, name="n", inherited={"fill": "#20262e", "font": "9.5px x"}) == "<text>a</text>"
