"""How a KPI's value is written for people, by its unit."""

from __future__ import annotations

from kpi_lib.kpi.definition import Unit
from kpi_lib.text.language import MISSING, Language


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
