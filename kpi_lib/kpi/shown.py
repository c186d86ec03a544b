"""How a KPI's value is written for people, by its unit."""

from __future__ import annotations

import math

from kpi_lib.kpi.definition import Unit
from kpi_lib.text.language import MISSING, Language

FINER = 4
"""Numbers of decimals tried, from the usual one up: half a percent of a rare event is seen in the third beyond it."""


def shown(value: float | None, unit: Unit, language: Language, *, finer: int = 0) -> str:
    """Return a value with its unit; an en dash where it is missing.

    Parameters
    ----------
    value, unit
        The value, and what it is counted in.
    language
        Of the reader.
    finer
        Decimals beyond the usual, where two values must not look the same.
    """
    match unit:
        case "share":
            return language.percent(value, 1 + finer)
        case "share_change":
            return signed(language.points(value, 1 + finer), 0.0 if value is None else value)
        case "hours":
            return language.hours(value, 2 + finer if finer else None)
        case "seconds":
            return language.seconds(value, finer)
        case "count":
            return language.number(value, finer)
        case "rate" | "points":
            return language.number(value, 2 + finer)


def shown_beside(value: float | None, other: float | None, unit: Unit, language: Language) -> str:
    """Return a value with as many decimals as tell it apart from one that differs.

    Parameters
    ----------
    value, other
        What is shown, and what it is read beside, such as its target: 2.04 % over a target of 2 % is not "2.0 %".
    unit, language
        As of :func:`shown`.
    """
    text = shown(value, unit, language)
    if value is None or other is None or math.isnan(value) or math.isnan(other) or math.isclose(value, other):
        return text
    for finer in range(FINER):
        text = shown(value, unit, language, finer=finer)
        if text != shown(other, unit, language, finer=finer):
            break
    return text


def shown_interval(lo: float, hi: float, unit: Unit, language: Language) -> str:
    """Return an interval such as ``88.1% – 93.4%``; an en dash where there is none."""
    low, high = shown(lo, unit, language), shown(hi, unit, language)
    return MISSING if low == high == MISSING else f"{low} – {high}" if MISSING not in (low, high) else _open(low, high)


def shown_change(change: float, unit: Unit, language: Language) -> str:
    """Return a difference of two values with its sign; of shares in percentage points."""
    text = language.points(change) if unit == "share" else shown(change, unit, language)
    return text if unit == "share_change" else signed(text, change)


def signed(text: str, value: float) -> str:
    """Put a plus before the text of a positive number; one that rounds to zero stays without a sign."""
    rounds_to_zero = not any(digit in text for digit in "123456789")
    return f"+{text}" if value > 0 and not rounds_to_zero else text


def _open(low: str, high: str) -> str:
    return f"≥ {low}" if high == MISSING else f"≤ {high}"
