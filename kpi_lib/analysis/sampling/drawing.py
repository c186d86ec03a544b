"""Draw whom to ask: by permanent random numbers, in any row order and on any machine the same."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.drawn import Draw, package_version
from kpi_lib.analysis.sampling.identity import Fingerprint, identities, named
from kpi_lib.analysis.sampling.picking import Method, Picking, pick
from kpi_lib.analysis.sampling.strata import JOINT, Strata, strata_of
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.stats.intervals import Ints
from kpi_lib.stats.sampling.draw import NumberRule

ROLES = np.array(["drawn", "reserve"], dtype=object)


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
    numbers: NumberRule | str = NumberRule.SIPHASH,
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
        Ids of the last wave and the share of this draw to take from them; with 0 they are drawn like everybody.
    carry
        Columns of the frame to carry into the draw.
    numbers
        Rule of the random numbers; sheets name theirs, so that old ones can be drawn again.

    Raises
    ------
    InputError
        Ids missing or repeated, unknown columns or strata, more wanted than a stratum has.
    """
    columns = [by] if isinstance(by, str) else list(by)
    chosen, rule = Method(method), NumberRule(numbers)
    check_columns(frame, [*columns, *carry, *([size] if size else [])])
    if chosen.by_size == (size is None):
        raise InputError(Issue("size", f"method {chosen} and a column of sizes do not go together"))
    ids = identities(frame, id_column)
    prn = ids.numbers(salt, rule=rule)
    strata = strata_of(frame, columns)
    wanted = _wanted(n, strata)
    sizes = None if size is None else frame[size].to_numpy(float)
    how = Picking(chosen, salt, sizes, rule, start, rested, panel, keep)
    picked = pick(how, ids, strata, prn, wanted, np.ceil(np.round(wanted * reserve, 9)).astype(np.int64))
    own = strata.codes[picked.rows]
    table = pd.DataFrame(
        {
            "id": ids.series(picked.rows),
            "stratum": named(strata.names, own),
            "order": picked.rank + 1,
            "role": named(ROLES, (picked.rank >= wanted[own]).astype(np.int64)),
            "prn": prn[picked.rows],
            "probability": picked.probability,
            "population": strata.population[own],
            "drawn": wanted[own],
        }
    )
    table["weight"] = np.divide(1.0, picked.probability, out=np.zeros(len(table)), where=picked.probability > 0)
    for name in carry:
        table[name] = frame[name].take(picked.rows).array
    return Draw(
        table,
        pd.DataFrame({"stratum": strata.names, "population": strata.population, "n": wanted}),
        {
            "by": columns,
            "n": {str(name): int(k) for name, k in zip(strata.names, wanted, strict=True)},
            "method": str(chosen),
            "size": size,
            "start": start,
            "reserve": reserve,
            "rested": sorted(ids.at(np.flatnonzero(ids.among(rested)))) if rested else [],
            "panel": sorted(ids.at(np.flatnonzero(ids.among(panel)))) if panel else [],
            "keep": keep,
            "id": id_column,
            "numbers": str(rule),
        },
        salt,
        Fingerprint(ids, list(strata.names), strata.codes, sizes),
        package_version(),
    )


def check_columns(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise InputError naming every column the frame lacks."""
    known = [str(name) for name in frame.columns]
    issues = [
        Issue("frame", f"there is no column {name!r}", did_you_mean(name, known))
        for name in columns
        if name not in known
    ]
    if issues:
        raise InputError(issues)


def _wanted(n: int | Mapping[object, int], strata: Strata) -> Ints:
    names = [str(name) for name in strata.names]
    if isinstance(n, Mapping):
        asked = {JOINT.join(map(str, key)) if isinstance(key, tuple) else str(key): k for key, k in n.items()}
        strange = sorted(set(asked) - set(names))
        if strange:
            raise InputError([Issue("n", f"no stratum {name!r}", did_you_mean(name, names)) for name in strange])
        wanted = np.array([asked.get(name, 0) for name in names], dtype=np.int64)
    else:
        wanted = np.full(len(names), n, dtype=np.int64)
    issues = [
        Issue(f"stratum {name}", f"{k} are to be drawn and it has {size}", "plan_sample never asks for more")
        for name, k, size in zip(names, wanted, strata.population, strict=True)
        if k > size or k < 0
    ]
    if issues:
        raise InputError(issues)
    return wanted
