"""What a fishbone is drawn from, and what stands where once it is laid out; lengths are in points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["worse", "better", "unclear", "missing"]
Box = tuple[float, float, float, float]
"""Left, bottom, width, height."""


@dataclass(frozen=True)
class Twig:
    """A cause to be drawn: its name, lines under it, its tone, and whether it is dashed."""

    name: str
    details: tuple[str, ...]
    tone: Tone
    dashed: bool = False


@dataclass(frozen=True)
class Rib:
    """A bone to be drawn: name, total, tone, share of the largest (0 to 1), dashed or not, and its causes by key."""

    key: str
    name: str
    total: str
    tone: Tone
    weight: float
    dashed: bool
    twigs: tuple[tuple[str, Twig], ...]


@dataclass(frozen=True)
class Section:
    """Bones that belong together along the spine, the weightiest first; a caption, or none."""

    caption: str
    ribs: tuple[Rib, ...]


@dataclass(frozen=True)
class Placed:
    """One line of text: left end, right end or middle at ``x``, by ``align``; ``y`` is the middle of its height."""

    x: float
    y: float
    text: str
    size: float
    bold: bool
    tone: Tone | None
    align: Literal["left", "right", "center"]


@dataclass(frozen=True)
class PlacedTwig:
    """The line of a cause, from left to where it meets the bone."""

    place: tuple[str, str]
    left: float
    right: float
    y: float
    twig: Twig


@dataclass(frozen=True)
class PlacedRib:
    """A bone from its outer end to the spine, and the box around its name: left, bottom, width, height."""

    rib: Rib
    outer: tuple[float, float]
    joint: float
    box: Box


@dataclass(frozen=True)
class Layout:
    """Everything placed.

    Parameters
    ----------
    width, bottom, top
        Of the picture.
    spine
        Left and right end.
    texts, ribs, twigs
        What is drawn.
    brackets
        Left, right and height of the line over each section.
    head, tail
        Boxes: left, bottom, width, height; no tail where nothing is written on it.
    """

    width: float
    bottom: float
    top: float
    spine: tuple[float, float]
    texts: tuple[Placed, ...]
    ribs: tuple[PlacedRib, ...]
    twigs: tuple[PlacedTwig, ...]
    brackets: tuple[tuple[float, float, float], ...]
    head: Box
    tail: Box | None
