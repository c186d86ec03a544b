"""Figures: a finding as title, pictures, a caption with n, period and unit, and the data as a table."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_lib.plot.theme import Picture
from kpi_lib.report.html import Fragment, element, folded
from kpi_lib.text.language import Language


def figure(pictures: Sequence[Picture], *, title: str, caption: str, data: Fragment, language: Language) -> Fragment:
    """Return a figure.

    Parameters
    ----------
    pictures
        Drawn pictures; several flow side by side and wrap on a narrow screen.
    title
        The finding, a sentence.
    caption
        What is drawn: n, period, unit, and how to read it.
    data
        The data as a table, folded away.
    language
        For the words around it.
    """
    return element(
        "figure",
        element("p", title, class_="figure-title", style="font-weight:600"),
        element("div", *(_panel(picture) for picture in pictures), class_="panels"),
        element("figcaption", caption),
        folded(language.sentence("Data of this figure"), data),
        style="margin:1rem 0",
    )


def _panel(picture: Picture) -> Fragment:
    """Return a picture, one that would shrink beyond reading in a part of the page that scrolls."""
    if not picture.least_pixels:
        return Fragment(picture.svg)
    inner = element("div", Fragment(picture.svg), style=f"min-width:{picture.least_pixels}px")
    return element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=picture.alt)
