"""Anhøj's analysis of runs about the centre line, of one series or of many as rows.

Series run over the full calendar; a ``nan`` (no data) breaks every run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy import stats

from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.rows import Mask, side_of


@dataclass(frozen=True)
class Runs:
    """Runs of one series.

    Parameters
    ----------
    n_useful
        Points off the centre line.
    longest_run, longest_run_max
        Points in the longest run on one side, and the most that chance explains.
    crossings, crossings_min
        Crossings of the centre line, and the fewest that chance explains.
    start, end, side
        The longest run; -1, -1 and 0 where there is none.
    """

    n_useful: int
    longest_run: int
    longest_run_max: int
    crossings: int
    crossings_min: int
    start: int
    end: int
    side: int

    @property
    def signal(self) -> bool:
        """True where the run is too long or the crossings are too few for chance."""
        return self.longest_run > self.longest_run_max or self.crossings < self.crossings_min


@dataclass(frozen=True, eq=False)
class RunsByRow:
    """Runs of many series: one array for each figure of :class:`Runs`."""

    n_useful: Ints
    longest_run: Ints
    longest_run_max: Ints
    crossings: Ints
    crossings_min: Ints
    start: Ints
    end: Ints
    side: Ints

    @property
    def signal(self) -> Mask:
        """True where the run is too long or the crossings are too few for chance."""
        return np.asarray((self.longest_run > self.longest_run_max) | (self.crossings < self.crossings_min))

    def row(self, at: int) -> Runs:
        """Return the runs of one row."""
        return Runs(
            int(self.n_useful[at]), int(self.longest_run[at]), int(self.longest_run_max[at]), int(self.crossings[at]),
            int(self.crossings_min[at]), int(self.start[at]), int(self.end[at]), int(self.side[at]),
        )  # fmt: skip


def anhoej(value: Floats, centre: npt.ArrayLike, *, join_gaps: bool = False) -> Runs:
    """Analyse the runs of one series; parameters as of :func:`runs_by_row`, without the rows."""
    return runs_by_row(value[None], np.asarray(centre, dtype=float), join_gaps=join_gaps).row(0)


def runs_by_row(value: Floats, centre: npt.ArrayLike, *, join_gaps: bool = False) -> RunsByRow:
    """Analyse the runs of series about their centre lines.

    Parameters
    ----------
    value, centre
        Series as rows, and centre lines. Points on the line are left out.
    join_gaps
        Let a run go on across missing periods, as software without a calendar does.

    Returns
    -------
    RunsByRow
        With limits ``round(log2 n) + 3`` for the longest run and the 5 % quantile of Binomial(possible crossings, ½)
        for the crossings; across a gap there is neither a run nor a possible crossing.

    References
    ----------
    Anhøj and Olesen (2014), PLoS ONE 9:e113825; Schilling (2012), Mathematics Magazine 85:141; Chen (2010), Journal of
    Statistical Planning and Inference 140:2031.
    """
    rows = len(value)
    side = side_of(value, np.asarray(centre, dtype=float))
    row, place = np.nonzero(~np.isnan(side) & (side != 0))
    sign = side[row, place].astype(np.int64)
    # All useful points of all rows in one line: neighbours there are neighbours if of one row, with no gap between.
    together = row[1:] == row[:-1]
    if not join_gaps:
        stretch = np.cumsum(np.isnan(side), axis=1)[row, place]
        together &= stretch[1:] == stretch[:-1]
    turned = sign[1:] != sign[:-1]
    first = np.flatnonzero(np.concatenate([np.ones(min(row.size, 1), dtype=bool), turned | ~together]))
    last = np.concatenate([first[1:], [row.size]]).astype(np.int64)[: first.size] - 1
    # Runs by row, the longest before the shorter, the earlier before the later.
    order = np.lexsort((first, first - last, row[first]))
    own, at = np.unique(row[first][order], return_index=True)
    longest = order[at]
    length, start, end, along = np.zeros(rows, np.int64), np.full(rows, -1), np.full(rows, -1), np.zeros(rows, np.int64)
    length[own] = last[longest] - first[longest] + 1
    start[own], end[own], along[own] = place[first[longest]], place[last[longest]], sign[first[longest]]
    useful, possible = np.bincount(row, minlength=rows), np.bincount(row[1:][together], minlength=rows)
    return RunsByRow(
        n_useful=useful,
        longest_run=length,
        longest_run_max=longest_run_max(useful),
        crossings=np.bincount(row[1:][together & turned], minlength=rows),
        crossings_min=np.array([crossings_min(n) for n in possible.tolist()], dtype=np.int64),
        start=start,
        end=end,
        side=along,
    )


def longest_run_max(n_useful: npt.ArrayLike) -> Ints:
    """Return the longest run of ``n_useful`` points that chance explains: ``round(log2 n) + 3`` (Schilling 2012).

    0 where there is no point.
    """
    n = np.asarray(n_useful)
    return np.where(n > 0, np.round(np.log2(np.maximum(n, 1))) + 3, 0).astype(np.int64)


@cache
def crossings_min(possible: int) -> int:
    """Return the fewest crossings of ``possible`` that chance explains: the 5 % quantile (Chen 2010)."""
    return int(stats.binom.ppf(0.05, possible, 0.5)) if possible else 0
