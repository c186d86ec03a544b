"""Draw whom to ask: by permanent random numbers, in any row order and on any machine the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.frame import canonical_ids
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.draw import (
    inclusion_probabilities,
    lowest,
    pareto_order,
    random_numbers,
    systematic,
    systematic_pps,
)

JOINT = " | "
"""Between the parts of a stratum's name."""


class Method(StrEnum):
    """How units are picked within a stratum."""

    RANDOM = "random"
    SYSTEMATIC = "systematic"
    PARETO = "pareto"
    PPS_SYSTEMATIC = "pps_systematic"


@dataclass(frozen=True, eq=False)
class Draw:
    """A sample with all that is needed to repeat and to judge it.

    Parameters
    ----------
    table
        One row per unit drawn or in reserve, in order: ``id, stratum, order`` (from 1 within stratum), ``role`` (drawn
        or reserve), ``prn, probability, weight, population, drawn`` (units of the stratum in the frame and drawn), and
        the carried columns; with clusters also ``cluster, clusters, clusters_drawn, cluster_size, cluster_drawn``.
    strata
        ``stratum, population, n`` of every stratum of the frame, also those nobody was drawn from.
    rule
        What was asked for, all of it: ``by, n, method, size, start, cluster, per_cluster, reserve, keep``.
    salt
        Key of the random numbers.
    frame_hash
        Of ids, strata and sizes, in canonical order.
    frame_size
        Units of the frame.
    version
        Of this package.
    """

    table: pd.DataFrame
    strata: pd.DataFrame
    rule: Mapping[str, object]
    salt: str
    frame_hash: str
    frame_size: int
    version: str

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


def draw(
    frame: pd.DataFrame,
    *,
    n: int | Mapping[object, int],
    salt: str,
    by: str | Sequence[str] = (),
    id_column: str = "customer_id",
    method: Method | str = Method.RANDOM,
    size: str | None = None,
    reserve: float = 0.0,
    start: float = 0.0,
    rested: Collection[str] = (),
    panel: Collection[str] = (),
    keep: float = 0.0,
    carry: Sequence[str] = (),
) -> Draw:
    """Draw units from a frame.

    Parameters
    ----------
    frame
        One row per unit.
    n
        To draw: in all (with no ``by``), the same of each stratum, or by stratum (its value, or a tuple of values).
    salt
        Key of the random numbers; the same salt, frame and rule give the same draw.
    by
        Columns that make the strata; a missing value is a stratum of its own.
    method
        Within strata: ``random``; ``systematic`` in the order of ids, with a random start; ``pareto`` or
        ``pps_systematic`` with probabilities in proportion to ``size``.
    size
        Column of sizes, for the last two.
    reserve
        Reserve in order of use, as a share of ``n``.
    start
        Where on the circle of random numbers to begin (``random`` only).
    rested
        Ids asked recently: drawn only when the others do not suffice.
    panel, keep
        Ids of the last wave and the share of this draw to take from them.
    carry
        Columns of the frame to carry into the draw.

    Raises
    ------
    InputError
        Ids missing or repeated, unknown columns or strata, more wanted than a stratum has.
    """
    columns = [by] if isinstance(by, str) else list(by)
    chosen = Method(method)
    _check(frame, [*columns, *carry, *([size] if size else [])], chosen, size)
    ids = canonical_ids(frame, id_column)
    strata = stratum_names(frame, columns)
    numbered, found = pd.factorize(strata, sort=True)
    codes, names = numbered.astype(np.int64), found.to_numpy(object)
    texts = ids.to_numpy(object)
    population = np.bincount(codes, minlength=len(names)).astype(np.int64)
    wanted = _wanted(n, names, population)
    numbers = random_numbers(ids.tolist(), salt)
    sizes = None if size is None else frame[size].to_numpy(float)
    rank, probability = _ranks(
        chosen,
        texts,
        codes,
        numbers,
        wanted,
        sizes,
        start=start,
        salt=salt,
        rested=set(rested),
        panel=set(panel),
        keep=keep,
    )
    extra = np.ceil(np.round(wanted * reserve, 9)).astype(np.int64)
    held = np.flatnonzero(rank < (wanted + extra)[codes])
    own = codes[held]
    table = pd.DataFrame(
        {
            "id": texts[held].astype(str),
            "stratum": names[own].astype(str),
            "order": rank[held] + 1,
            "role": np.where(rank[held] < wanted[own], "drawn", "reserve"),
            "prn": numbers[held],
            "probability": probability[held],
            "population": population[own],
            "drawn": wanted[own],
        }
    )
    table["weight"] = np.divide(1.0, probability[held], out=np.zeros(len(held)), where=probability[held] > 0)
    for name in carry:
        table[name] = frame[name].iloc[held].to_numpy()
    table = table.sort_values(["stratum", "order"], ignore_index=True)
    rule = {
        "by": columns,
        "n": {str(name): int(k) for name, k in zip(names, wanted, strict=True)},
        "method": str(chosen),
        "size": size,
        "start": start,
        "reserve": reserve,
        "rested": sorted(set(rested) & set(ids)),
        "panel": sorted(set(panel) & set(ids)),
        "keep": keep,
        "id": id_column,
    }
    strata_table = pd.DataFrame({"stratum": names, "population": population, "n": wanted})
    return Draw(table, strata_table, rule, salt, frame_hash(ids, strata, sizes), len(frame), version("aftersales-kpi"))


def draw_two_stage(
    frame: pd.DataFrame,
    *,
    cluster: str,
    clusters: int,
    per_cluster: int,
    salt: str,
    id_column: str = "ticket_id",
    carry: Sequence[str] = (),
) -> Draw:
    """Draw clusters (engineers) and then units (tickets) within each.

    Parameters
    ----------
    cluster, clusters
        Column of the cluster and how many to draw; units without one form a cluster of their own.
    per_cluster
        Units of each, or all of a smaller one.
    """
    _check(frame, [cluster, *carry], Method.RANDOM, None)
    ids = canonical_ids(frame, id_column)
    owners = stratum_names(frame, [cluster])
    names, codes = np.unique(owners.to_numpy(str), return_inverse=True)
    if clusters > len(names):
        raise InputError(Issue("clusters", f"{clusters} are wanted and the frame has {len(names)}"))
    first = random_numbers(list(names), salt)
    picked = np.argsort(first, kind="stable")[:clusters]
    sizes = np.bincount(codes, minlength=len(names))
    inner = np.zeros(len(names), dtype=np.int64)
    inner[picked] = np.minimum(sizes[picked], per_cluster)
    numbers = random_numbers(ids.tolist(), salt)
    _, rank = lowest(numbers, codes.astype(np.int64), inner)
    held = rank < inner[codes]
    probability = clusters / len(names) * np.divide(inner, sizes)[codes]
    table = pd.DataFrame(
        {
            "id": ids.to_numpy(str),
            "stratum": "all",
            "order": rank + 1,
            "role": "drawn",
            "prn": numbers,
            "probability": probability,
            "population": len(frame),
            "drawn": int(inner.sum()),
            "cluster": owners.to_numpy(str),
            "clusters": len(names),
            "clusters_drawn": clusters,
            "cluster_size": sizes[codes],
            "cluster_drawn": inner[codes],
        }
    )[held]
    table["weight"] = 1 / table["probability"]
    for name in carry:
        table[name] = frame.loc[held, name].to_numpy()
    table = table.sort_values(["cluster", "order"], ignore_index=True)
    rule = {"cluster": cluster, "clusters": clusters, "per_cluster": per_cluster, "id": id_column}
    strata = pd.DataFrame({"stratum": ["all"], "population": [len(frame)], "n": [len(table)]})
    made = frame_hash(ids, owners, None)
    return Draw(table, strata, rule, salt, made, len(frame), version("aftersales-kpi"))


def stratum_names(frame: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """Return the stratum of every row: its values joined, ``unknown`` for a missing one, ``all`` without columns."""
    if not columns:
        return pd.Series("all", index=frame.index, dtype=str)
    parts = [_texts(frame[name]) for name in columns]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + JOINT + part
    return joined


def _texts(values: pd.Series) -> pd.Series:
    if pd.api.types.is_bool_dtype(values):
        return values.map({True: "yes", False: "no"}).astype(str)
    if pd.api.types.is_numeric_dtype(values) and values.dropna().isin([0, 1]).all():
        return values.map({0: "no", 1: "yes"}).fillna("unknown").astype(str)
    return values.astype(object).where(values.notna(), "unknown").astype(str)


def frame_hash(ids: pd.Series, strata: pd.Series, sizes: Floats | None) -> str:
    """Return the fingerprint of a frame, whatever the order of its rows."""
    parts = [ids.tolist(), strata.tolist()]
    if sizes is not None:
        parts.append([repr(float(value)) for value in sizes])
    lines = sorted(map("\x1f".join, zip(*parts, strict=True)))
    return hashlib.sha256("\x1e".join(lines).encode("utf-8")).hexdigest()


def _check(frame: pd.DataFrame, columns: Sequence[str], method: Method, size: str | None) -> None:
    known = [str(name) for name in frame.columns]
    issues = [
        Issue("frame", f"there is no column {name!r}", did_you_mean(name, known))
        for name in columns
        if name not in known
    ]
    if (size is None) == (method in (Method.PARETO, Method.PPS_SYSTEMATIC)):
        issues.append(Issue("size", f"method {method} and a column of sizes do not go together"))
    if issues:
        raise InputError(issues)


def _wanted(n: int | Mapping[object, int], names: np.ndarray, population: Ints) -> Ints:
    if isinstance(n, Mapping):
        asked = {JOINT.join(map(str, key)) if isinstance(key, tuple) else str(key): k for key, k in n.items()}
        strange = sorted(set(asked) - set(names))
        if strange:
            known = [str(name) for name in names]
            raise InputError([Issue("n", f"no stratum {name!r}", did_you_mean(name, known)) for name in strange])
        wanted = np.array([asked.get(str(name), 0) for name in names], dtype=np.int64)
    else:
        wanted = np.full(len(names), n, dtype=np.int64)
    issues = [
        Issue(f"stratum {name}", f"{k} are to be drawn and it has {size}", "plan_sample never asks for more")
        for name, k, size in zip(names, wanted, population, strict=True)
        if k > size or k < 0
    ]
    if issues:
        raise InputError(issues)
    return wanted


def _ranks(
    method: Method,
    ids: np.ndarray,
    codes: Ints,
    numbers: Floats,
    wanted: Ints,
    sizes: Floats | None,
    *,
    start: float,
    salt: str,
    rested: set[str],
    panel: set[str],
    keep: float,
) -> tuple[Ints, Floats]:
    """Return the rank of every unit in its stratum and its chance of being drawn."""
    population = np.bincount(codes, minlength=len(wanted))
    probability = (wanted / population)[codes]
    if method is Method.RANDOM:
        turned = np.mod(numbers - start, 1.0)
        if panel and keep > 0:
            turned = turned + 2.0 * (1 - _kept(ids, codes, turned, wanted, panel, keep))
        if rested:
            turned = turned + 4.0 * pd.Index(ids).isin(list(rested))
        _, rank = lowest(turned, codes, wanted)
        return rank, probability
    rank = np.empty(len(codes), dtype=np.int64)
    for stratum, n in enumerate(wanted):
        inside = np.flatnonzero(codes == stratum)
        # Systematic picks follow the order of ids, not of rows.
        inside = inside[np.argsort(ids[inside], kind="stable")]
        u = float(random_numbers([f"start of {stratum}"], salt)[0])
        if sizes is not None:
            probability[inside] = inclusion_probabilities(sizes[inside], int(n))
        if method is Method.PARETO:
            order = pareto_order(numbers[inside], probability[inside])
            rank[inside[np.argsort(order, kind="stable")]] = np.arange(len(inside))
            continue
        picks = systematic(int(n), len(inside), u) if sizes is None else systematic_pps(probability[inside], u)
        left = np.setdiff1d(np.arange(len(inside)), picks)
        left = left[np.argsort(numbers[inside[left]], kind="stable")]
        rank[inside[np.concatenate([picks, left])]] = np.arange(len(inside))
    return rank, probability


def _kept(ids: np.ndarray, codes: Ints, numbers: Floats, wanted: Ints, panel: set[str], keep: float) -> Floats:
    """Return 1 for the panel members to keep: per stratum the wanted share of the draw, by lowest number."""
    member = pd.Index(ids).isin(list(panel))
    kept = np.zeros(len(ids))
    places = np.flatnonzero(member)
    chosen, _ = lowest(numbers[places], codes[places], np.round(wanted * keep).astype(np.int64))
    kept[places[chosen]] = 1.0
    # Members beyond the share wait behind those never asked.
    kept[member & (kept == 0)] = -1.0
    return kept
