"""Where a change lies, and what it may come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from kpi_lib.analysis.fishbone import Fishbone
from kpi_lib.analysis.fishbone.free import free_fishbone_of
from kpi_lib.analysis.pareto import pareto_order
from kpi_lib.analysis.rootcause import explain
from kpi_lib.analysis.rootcause.result import Explanation, Mix, Segment
from kpi_lib.explore.view import Asked, View, viewed
from kpi_lib.kpi.shown import shown_change
from kpi_lib.report.explanation import UNITS, explanation_words, waterfall
from kpi_lib.report.fishbone import fishbone
from kpi_lib.report.fishbone_words import alt_words
from kpi_lib.report.html import Fragment
from kpi_lib.report.pareto import pareto as pareto_figure
from kpi_lib.report.pareto import pareto_words
from kpi_lib.text.language import Language


@dataclass(frozen=True, eq=False)
class Explained(View[Explanation]):
    """An explained gap: also lists its segments and its mix."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Return the findings."""
        return self.result.segments

    @property
    def mix(self) -> Mix:
        """Return the part of the gap from other cases."""
        return self.result.mix

    def to_json(self) -> str:
        """Return everything as JSON."""
        return self.result.to_json()


def _explained(found: Explanation, asked: Asked) -> Explained:
    unit = UNITS[asked["kind"]]

    def draw(say: Language, alt: str) -> Fragment:
        change = shown_change(found.gap.difference, unit, say)
        drawn = waterfall(found, unit, say, name="waterfall", title=asked["numerator"], finding=change, alt=alt)
        return Fragment(drawn.svg)

    return Explained(found, found.table, lambda say: explanation_words(found, unit, say), draw)


explain_change = viewed(explain.explain_change, _explained)


def free_fishbone(spec: Mapping[str, object]) -> View[Fishbone]:
    """Draw a cause-and-effect diagram without data, for a workshop: every cause is a hypothesis.

    Parameters
    ----------
    spec
        ``{"head": problem, "bones": {bone: [cause, ...], ...}}``; any name may be a mapping ``{"en": .., "zh": ..}``
        or a :class:`~kpi_lib.text.Text`, and then ``bones`` a list of ``{"name": .., "causes": [..]}``.

    Raises
    ------
    InputError
        With everything that is not of that form.
    """
    found = free_fishbone_of(spec)
    return View(found, found.table, lambda say: alt_words(found, say), lambda say, _: fishbone(found, say))


def pareto(frame: pd.DataFrame, *, label: str, count: str) -> View[pd.DataFrame]:
    """Draw a Pareto chart of any labels and counts; rows of one label are added up.

    Parameters
    ----------
    frame
        Any rows.
    label, count
        Columns.
    """
    bars = pareto_order(frame, label=label, count=count)
    return View(bars, bars, lambda say: pareto_words(bars, say), lambda say, _: pareto_figure(bars, say, unit=count))
