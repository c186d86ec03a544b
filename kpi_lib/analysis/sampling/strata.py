"""Strata: the values of one or several columns, joined into a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from kpi_lib.stats.intervals import Ints

JOINT = " | "
"""Between the parts of a stratum's name."""
UNKNOWN = "unknown"
"""Name of a missing value: a stratum of its own, never dropped."""


@dataclass(frozen=True, eq=False)
class Strata:
    """The stratum of every row.

    Parameters
    ----------
    names
        In alphabetical order.
    codes
        Place of each row's stratum in ``names``.
    """

    names: np.ndarray
    codes: Ints

    @cached_property
    def population(self) -> Ints:
        """Rows of each stratum."""
        return np.bincount(self.codes, minlength=len(self.names)).astype(np.int64)

    def of_rows(self, index: pd.Index) -> pd.Series:
        """Return the name of every row's stratum."""
        return pd.Series(self.names[self.codes], index=index, dtype=str)


def strata_of(frame: pd.DataFrame, columns: Sequence[str]) -> Strata:
    """Return the stratum of every row: its values joined, ``unknown`` for a missing one, ``all`` without columns."""
    codes, names = np.zeros(len(frame), dtype=np.int64), ["all"] if len(frame) else []
    for place, column in enumerate(columns):
        own, levels = coded(frame[column])
        if place == 0:
            codes, names = own, levels
            continue
        present, codes = np.unique(codes * len(levels) + own, return_inverse=True)
        names = [names[both // len(levels)] + JOINT + levels[both % len(levels)] for both in present]
        codes = codes.ravel().astype(np.int64)
    order = np.argsort(np.array(names, dtype=str), kind="stable") if names else np.empty(0, dtype=np.int64)
    place_of = np.empty(len(names), dtype=np.int64)
    place_of[order] = np.arange(len(names))
    return Strata(np.array(names, dtype=object)[order], place_of[codes] if len(names) else codes)


def coded(values: pd.Series) -> tuple[Ints, list[str]]:
    """Return the place of every value among the distinct texts, and these."""
    codes, found = pd.factorize(values, use_na_sentinel=True)
    levels = _level_texts(pd.Series(found))
    if (codes < 0).any():
        codes = np.where(codes < 0, len(levels), codes)
        levels.append(UNKNOWN)
    distinct = list(dict.fromkeys(levels))
    if len(distinct) < len(levels):
        codes = np.array([distinct.index(level) for level in levels], dtype=np.int64)[codes]
    return codes.astype(np.int64), distinct


def _level_texts(levels: pd.Series) -> list[str]:
    if pd.api.types.is_bool_dtype(levels) or (pd.api.types.is_numeric_dtype(levels) and levels.isin([0, 1]).all()):
        return ["yes" if level else "no" for level in levels]
    return [str(level) for level in levels]
