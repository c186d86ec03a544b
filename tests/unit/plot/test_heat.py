import re
import xml.etree.ElementTree as ET

import pandas as pd

from kpi_lib.plot.heat import score_map
from kpi_lib.text import language

SVG = "{http://www.w3.org/2000/svg}"


def drawn(rows):
    scores = pd.DataFrame(rows, index=["回访 $5", "b"], columns=["2025-10", "2025-11"], dtype=float)
    return ET.fromstring(score_map(scores, language=language("en"), name="map", alt="x").svg)


def texts(root):
    return [element.text for element in root.iter(f"{SVG}text")]


def fills(root):
    styles = [element.get("style", "") for element in root.iter(f"{SVG}path")]
    return [found[1] for style in styles if (found := re.search(r"fill:(#\w+)", style))]


def test_every_field_has_its_number_and_a_missing_one_a_dash():
    found = texts(drawn([[1.0, 4.5], [None, 5.0]]))
    assert {"1", "4.5", "5", "–", "回访 $5", "b", "2025-10"} <= set(found)
    assert len(fills(drawn([[1.0, 4.5], [None, 5.0]]))) == 3


def test_the_same_score_has_the_same_colour_wherever_it_stands_and_whatever_the_others_are():
    first, second = fills(drawn([[1.0, 3.0], [3.0, 5.0]])), fills(drawn([[3.0, 4.0], [4.0, 3.0]]))
    assert first[1] == first[2] == second[0] == second[3]
    assert len({first[0], first[1], first[3]}) == 3


def test_scores_without_any_value_make_a_picture_of_dashes():
    assert texts(drawn([[None, None], [None, None]])).count("–") == 4
