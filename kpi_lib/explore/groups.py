"""Branches, or any other groups, beside each other."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from kpi_lib.analysis.baseline import peers
from kpi_lib.analysis.baseline.peers import Funnel, Pooled
from kpi_lib.explore.view import Asked, View, viewed
from kpi_lib.kpi.definition import Unit
from kpi_lib.kpi.shown import shown, shown_interval
from kpi_lib.plot.baseline import funnel_panel, peers_panel
from kpi_lib.plot.theme import Picture
from kpi_lib.report.baseline_words import standing_words
from kpi_lib.report.html import Fragment
from kpi_lib.text.language import Language


def _pooled(found: Pooled, asked: Asked) -> View[Pooled]:
    unit: Unit = "share" if asked["family"] == "share" else "points"

    def words(say: Language) -> str:
        if not found.pooled:
            return say.sentence("fewer than eight branches: raw values, nothing is pooled")
        return say.sentence(
            "True levels of the {n} groups lie about {mean}, most of them within {ends}.",
            n=len(found.table),
            mean=shown(found.mean, unit, say),
            ends=shown_interval(found.mean - 2 * found.sd, found.mean + 2 * found.sd, unit, say),
        )

    panel = partial(peers_panel, found, None, unit=unit, title=asked["numerator"], name="peers")
    return View(found, found.table, words, partial(_drawn, panel, found))


def _compared(found: Funnel, asked: Asked) -> View[Funnel]:
    unit: Unit = "share" if found.family == "share" else "rate"

    def words(say: Language) -> str:
        counts = found.table["standing"].value_counts()
        return "; ".join(f"{standing_words(str(standing), say)}: {count}" for standing, count in counts.items())

    panel = partial(funnel_panel, found, unit=unit, title=asked["numerator"], name="funnel")
    return View(found, found.table, words, partial(_drawn, panel, found))


def _drawn(panel: Callable[..., Picture], found: Pooled | Funnel, say: Language, alt: str) -> Fragment:
    """Draw groups that have no names but their own."""
    names = {group: str(group) for group in found.table["group"]}
    return Fragment(panel(names=names, own="", language=say, finding=alt, alt=alt).svg)


shrink = viewed(peers.shrink, _pooled)
funnel = viewed(peers.funnel, _compared)
