"""The same drawing in a third of the bytes: what matplotlib writes for an editor of drawings is left out."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from itertools import count
from xml.etree import ElementTree as ET

DIGITS = 1
"""Decimals of a coordinate: a tenth of a point is less than a sixth of a pixel on any screen."""

_COMMAND = re.compile(r"([MLHVCQZz])([^MLHVCQZz]*)")
_NUMBER = re.compile(r"-?\d+\.\d{2,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_NO_ROTATION = re.compile(r"rotate\(-0 [^)]*\)")
_DEFAULTS = {"text-anchor": "start", "stroke-dashoffset": "0"}
_COORDINATES = frozenset({"x", "y", "cx", "cy", "r", "width", "height", "transform", "points"})


def slim(svg: str, *, name: str, inherited: Mapping[str, str]) -> str:
    """Return what is inside an ``<svg>`` element, shorter and with the same look.

    Parameters
    ----------
    svg
        An ``<svg>`` element as matplotlib writes it.
    name
        Unique on the page: ids are made of it, so that those of two drawings never meet.
    inherited
        Styles the outermost element sets; they are not repeated on text.
    """
    root = ET.fromstring(svg)
    for element in root.iter():
        element.tag = _local(element.tag)
        for key in [key for key in element.attrib if "}" in key]:
            element.attrib[_local(key)] = element.attrib.pop(key)
    _without_the_unseen(root)
    for element in root.iter():
        _shorten(element, inherited)
    _rename(root, f"p{zlib.crc32(name.encode()):x}")
    _unwrap(root)
    return (root.text or "").strip() + "".join(_written(child) for child in root)


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _written(element: ET.Element) -> str:
    tail, element.tail = (element.tail or "").strip(), None
    return ET.tostring(element, encoding="unicode") + tail


def _without_the_unseen(parent: ET.Element) -> None:
    for child in list(parent):
        if child.tag in {"metadata", "style"} or (child.tag == "path" and _style(child) == {"fill": "none"}):
            parent.remove(child)
        else:
            _without_the_unseen(child)


def _style(element: ET.Element) -> dict[str, str]:
    pairs = (part.partition(":") for part in element.get("style", "").split(";") if part.strip())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _shorten(element: ET.Element, inherited: Mapping[str, str]) -> None:
    if element.tag != "text" and not (element.text or "").strip():
        element.text = None
    if not (element.tail or "").strip():
        element.tail = None
    if "d" in element.attrib:
        element.set("d", _path(element.attrib["d"]))
    for key in _COORDINATES & element.attrib.keys():
        element.set(key, _NUMBER.sub(lambda found: _number(float(found[0])), element.attrib[key]))
    if _NO_ROTATION.fullmatch(element.get("transform", "")):
        del element.attrib["transform"]
    if "style" in element.attrib:
        style = _style(element)
        style = {key: value for key, value in style.items() if _DEFAULTS.get(key) != value}
        if element.tag == "text":
            # One list of fonts for the picture: the reader's machine may lack those the labels were measured with.
            style.pop("font-family", None)
            style = {key: value for key, value in style.items() if inherited.get(key) != value}
        element.set("style", ";".join(f"{key}:{_rounded(value)}" for key, value in style.items()))
        if not style:
            del element.attrib["style"]


def _rounded(value: str) -> str:
    return re.sub(r"-?\d+\.\d{3,}", lambda found: _number(float(found[0]), 2), value)


def _number(value: float, digits: int = DIGITS) -> str:
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"
    return "0" if text in {"-0", ""} else text


def _path(d: str) -> str:
    """Return path data with a horizontal or vertical step as one number, and steps that go nowhere left out."""
    digits = DIGITS if any(len(one.lstrip("-").partition(".")[0]) > 1 for one in d.split()) else DIGITS + 1
    written: list[tuple[str, str]] = []
    before = here = ("", "")
    for command, given in _COMMAND.findall(d):
        numbers = [_number(float(one), digits) for one in given.split()]
        there = (numbers[-2], numbers[-1]) if len(numbers) > 1 else ("", "")
        if command != "L" or "" in here:
            written.append((command, " ".join(numbers)))
        elif there == here and len(written) > 1:
            continue
        else:
            # A line of one point is kept: it is drawn as a dot where its ends are square or round.
            step = "V" if there[0] == here[0] else "H" if there[1] == here[1] else "L"
            if step == written[-1][0] != "L" and _goes_on(before, here, there):
                written.pop()
                here = before
            written.append((step, {"V": there[1], "H": there[0], "L": " ".join(there)}[step]))
        before, here = here, there
    return "".join(f"{command}{to}" for command, to in written).replace(" -", "-")


def _goes_on(before: tuple[str, str], here: tuple[str, str], there: tuple[str, str]) -> bool:
    """Return whether a horizontal or vertical step goes on in the direction of the one before it."""
    (x0, y0), (x1, y1), (x2, y2) = ((float(x), float(y)) for x, y in (before, here, there))
    return (x1 - x0) * (x2 - x1) + (y1 - y0) * (y2 - y1) > 0


def _rename(root: ET.Element, prefix: str) -> None:
    """Keep only ids that are pointed at, short and unique on the page."""
    used = dict.fromkeys(_pointed_at(root))
    number = count(1)
    short = {one: f"{prefix}-{next(number)}" for one in used}
    for element in root.iter():
        old = element.attrib.pop("id", None)
        if old in short:
            element.set("id", short[old])
        for key, value in element.attrib.items():
            if key == "href":
                element.set(key, f"#{short[value[1:]]}")
            elif "url(#" in value:
                element.set(key, _REFERENCE.sub(lambda found: f"url(#{short[found[1]]})", value))


def _pointed_at(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        for key, value in element.attrib.items():
            if key == "href":
                yield value[1:]
            yield from _REFERENCE.findall(value)


def _unwrap(parent: ET.Element) -> None:
    """Put the children of groups and definitions that say nothing in their place; drop what is empty."""
    for child in parent:
        _unwrap(child)
    kept: list[ET.Element] = []
    for child in parent:
        if child.tag in {"g", "defs"} and not child.attrib and (child.tag == "g" or not len(child)):
            kept += list(child)
        elif child.tag != "g" or len(child):
            kept.append(child)
    parent[:] = kept
