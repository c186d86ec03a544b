"""A draw: the units, the strata they stand for and everything needed to draw them again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import version

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.identity import Fingerprint


def package_version() -> str:
    """Return the version that draws."""
    return version("aftersales-kpi")


@dataclass(frozen=True, eq=False)
class Draw:
    """A sample with all that is needed to repeat and to judge it.

    Parameters
    ----------
    table
        One row per unit drawn or in reserve, in order: ``id, stratum, order`` (from 1 within stratum), ``role`` (drawn
        or reserve), ``prn, probability, population, drawn`` (units of the stratum in the frame and drawn), ``weight``,
        and the carried columns; with clusters also ``cluster, clusters, clusters_drawn, cluster_size, cluster_drawn``.
    strata
        ``stratum, population, n`` of every stratum of the frame, also those nobody was drawn from.
    rule
        What was asked for, all of it: ``by, n, method, size, start, reserve, rested, panel, keep, id, numbers`` (the
        rule of the random numbers), or with clusters ``cluster, clusters, per_cluster, id, numbers``.
    salt
        Key of the random numbers.
    frame
        What the frame is told apart by: its fingerprint is made when it is first asked for.
    version
        Of this package.
    """

    table: pd.DataFrame
    strata: pd.DataFrame
    rule: Mapping[str, object]
    salt: str
    frame: Fingerprint
    version: str

    @property
    def frame_hash(self) -> str:
        """Fingerprint of ids, strata and sizes, whatever the order of rows."""
        return self.frame.digest

    @property
    def frame_size(self) -> int:
        """Units of the frame."""
        return len(self.frame.ids)

    @property
    def drawn(self) -> pd.DataFrame:
        """The units drawn, without the reserve."""
        return self.table[self.table["role"] == "drawn"]

    @property
    def ids(self) -> list[str]:
        """Ids drawn, in order."""
        return [str(value) for value in self.drawn["id"]]

    def overlap(self, earlier: Collection[str]) -> float:
        """Return the share of the units drawn that are among ``earlier``; ``nan`` for an empty draw."""
        known = set(earlier)
        return float(np.mean([value in known for value in self.ids])) if self.ids else float("nan")

    def sheet(self) -> dict[str, object]:
        """Return the draw sheet as JSON holds it."""
        columns = ["id", "stratum", "order", "role", "weight"]
        return {
            "frame_hash": self.frame_hash,
            "frame_size": self.frame_size,
            "salt": self.salt,
            "rule": dict(self.rule),
            "strata": json.loads(self.strata.to_json(orient="records")),
            "units": json.loads(self.table[columns].to_json(orient="records", double_precision=15)),
            "version": self.version,
        }

    def to_json(self) -> str:
        """Return the draw sheet as text."""
        return json.dumps(self.sheet(), ensure_ascii=False, sort_keys=True)
