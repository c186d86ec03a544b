"""Leaf frames checked and coded: what ``explain_change`` accepts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from kpi_lib.analysis.rootcause.result import Family
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.segments.cells import Codes, Mask

MOST_DIMENSIONS: Final = 8
"""92 combinations of up to three; more would make every threshold higher than anyone's tickets can pass."""

MISSING: Final = "(missing)"
"""Name of the value that is not known: a value of its own, for what is not recorded may be what went wrong."""


@dataclass(frozen=True, eq=False)
class Leaves:
    """Both periods' leaves as codes.

    Parameters
    ----------
    dimensions
        In alphabetical order, in which everything is done.
    labels
        Values of each dimension, in alphabetical order.
    codes
        Of shape (dimensions, leaves).
    current
        Period of each leaf.
    block
        Day of each leaf, numbered; None where there is none.
    numerator, denominator, sum_sq
        Of each leaf.
    """

    dimensions: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    codes: Codes
    current: Mask
    block: Ints | None
    numerator: Floats
    denominator: Floats
    sum_sq: Floats | None


def leaves(
    current: pd.DataFrame,
    reference: pd.DataFrame,
    dimensions: Sequence[str],
    *,
    numerator: str,
    denominator: str,
    block: str | None,
    sum_sq: str | None,
    kind: Family,
) -> Leaves:
    """Check and code two leaf frames.

    Raises
    ------
    InputError
        With every problem found: dimensions twice, none or more than eight, columns that are not there, numbers that
        are missing, negative or no numbers, a share's numerator above its denominator, a period without cases, a mean
        without sums of squares.
    """
    problems = _dimension_issues(dimensions, (numerator, denominator, block, sum_sq))
    wanted = [*dimensions, numerator, denominator, *(name for name in (block, sum_sq) if name is not None)]
    if kind == "mean" and sum_sq is None:
        problems.append(Issue("sum_sq", "a mean needs the sums of squares of its values, and no column was named"))
    for side, frame in (("current", current), ("reference", reference)):
        missing = [name for name in wanted if name not in frame.columns]
        problems += [
            Issue(side, f"no column {name!r}", did_you_mean(name, [str(one) for one in frame.columns]))
            for name in missing
        ]
        if not missing:
            problems += _number_issues(side, frame, numerator, denominator, sum_sq, kind)
    if problems:
        raise InputError(problems)
    return _coded(current, reference, sorted(dimensions), numerator, denominator, block, sum_sq)


def _dimension_issues(dimensions: Sequence[str], others: tuple[str | None, ...]) -> list[Issue]:
    found = []
    if isinstance(dimensions, str):
        return [Issue("dimensions", f"expected a list of columns, got the text {dimensions!r}")]
    if not dimensions:
        found.append(Issue("dimensions", "at least one dimension is needed"))
    if len(dimensions) > MOST_DIMENSIONS:
        found.append(Issue("dimensions", f"at most {MOST_DIMENSIONS} dimensions, got {len(dimensions)}"))
    twice = sorted({str(name) for name in dimensions if list(dimensions).count(name) > 1})
    found += [Issue("dimensions", f"{name!r} is named twice") for name in twice]
    found += [Issue("dimensions", f"{name!r} is also a number or the block") for name in dimensions if name in others]
    return found


def _number_issues(
    side: str, frame: pd.DataFrame, numerator: str, denominator: str, sum_sq: str | None, kind: Family
) -> list[Issue]:
    found = []
    for name in (numerator, denominator, *([sum_sq] if sum_sq is not None else [])):
        if not pd.api.types.is_numeric_dtype(frame[name]):
            found.append(Issue(f"{side}.{name}", f"expected numbers, got {frame[name].dtype}"))
        elif not np.isfinite(frame[name].to_numpy(dtype=float, na_value=np.nan)).all():
            found.append(Issue(f"{side}.{name}", "some values are missing or infinite", "leave such rows out"))
    if found:
        return found
    top, bottom = frame[numerator].to_numpy(dtype=float), frame[denominator].to_numpy(dtype=float)
    if (bottom < 0).any():
        found.append(Issue(f"{side}.{denominator}", "some values are below 0"))
    if kind != "mean" and (top < 0).any():
        found.append(Issue(f"{side}.{numerator}", "some values are below 0"))
    if kind == "share" and (top > bottom).any():
        found.append(
            Issue(
                f"{side}.{numerator}", f"{int((top > bottom).sum())} rows are above their denominator",
                'a share counts hits among cases; for events per exposure say kind="rate"',
            )
        )  # fmt: skip
    if (bottom == 0).any() and (top[bottom == 0] != 0).any():
        found.append(Issue(f"{side}.{numerator}", "some rows have a numerator and a denominator of 0"))
    if not bottom.sum() > 0:
        found.append(Issue(side, f"no cases: {denominator!r} adds up to 0"))
    return found


def _coded(
    current: pd.DataFrame, reference: pd.DataFrame, dimensions: list[str], numerator: str, denominator: str,
    block: str | None, sum_sq: str | None,
) -> Leaves:  # fmt: skip
    frames = [frame[frame[denominator] > 0] for frame in (reference, current)]
    period = np.repeat([False, True], [len(frame) for frame in frames])
    coded = [_factor([frame[name] for frame in frames]) for name in dimensions]

    def column(name: str) -> Floats:
        return np.concatenate([frame[name].to_numpy(dtype=float) for frame in frames])

    days = None if block is None else _factor([frame[block] for frame in frames])[0].astype(np.int64)
    codes = np.stack([own for own, _ in coded])
    values = [column(name) for name in (numerator, denominator, *([sum_sq] if sum_sq is not None else []))]
    order = _order(codes, period, days, values)
    values = [value[order] for value in values]
    return Leaves(
        tuple(dimensions), tuple(labels for _, labels in coded), codes[:, order], period[order],
        None if days is None else days[order], values[0], values[1], values[2] if len(values) > 2 else None,
    )  # fmt: skip


def _order(codes: Codes, period: Mask, days: Ints | None, values: list[Floats]) -> Ints | slice:
    """Return an order of the rows that they need not come in; sums of whole numbers are exact in any."""
    if all((value == np.round(value)).all() for value in values):
        return slice(None)
    return np.lexsort((*values, *(() if days is None else (days,)), *codes[::-1], period))


def _factor(columns: list[pd.Series]) -> tuple[Codes, tuple[str, ...]]:
    """Return codes and their values in alphabetical order; every value is written as text once, not every row."""
    coded, names = [], []
    for column in columns:
        codes, found = pd.factorize(column, use_na_sentinel=True)
        own = [str(value) for value in found]
        if (codes < 0).any():
            codes = np.where(codes < 0, len(own), codes)
            own.append(MISSING)
        coded.append(codes)
        names.append(own)
    values = sorted({name for own in names for name in own})
    place = {value: code for code, value in enumerate(values)}
    orders = [np.array([place[name] for name in own], dtype=np.int32) for own in names]
    parts = [order[codes] for order, codes in zip(orders, coded, strict=True) if len(order)]
    return np.concatenate(parts), tuple(values)
