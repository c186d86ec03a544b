"""Two stages: engineers are drawn first, tickets within each of them second."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from kpi_lib.analysis.sampling.drawing import check_columns
from kpi_lib.analysis.sampling.drawn import Draw, package_version
from kpi_lib.analysis.sampling.identity import TEXT, Fingerprint, Identities, identities, named
from kpi_lib.analysis.sampling.strata import strata_of
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.sampling.draw import NumberRule, lowest


def draw_two_stage(
    frame: pd.DataFrame,
    *,
    cluster: str,
    clusters: int,
    per_cluster: int,
    salt: str,
    id_column: str = "ticket_id",
    carry: Sequence[str] = (),
    numbers: NumberRule | str = NumberRule.SIPHASH,
) -> Draw:
    """Draw clusters (engineers) and then units (tickets) within each; ``estimate`` knows both stages.

    Parameters
    ----------
    frame
        One row per unit.
    cluster, clusters
        Column of the cluster and how many to draw; units without one form a cluster of their own.
    per_cluster
        Units of each, or all of a smaller one.
    salt, id_column, carry, numbers
        As of ``draw``.

    Raises
    ------
    InputError
        Ids missing or repeated, unknown columns, more clusters wanted than there are.
    """
    check_columns(frame, [cluster, *carry])
    rule = NumberRule(numbers)
    ids = identities(frame, id_column)
    prn = ids.numbers(salt, rule=rule)
    owners = strata_of(frame, [cluster])
    if not 0 <= clusters <= len(owners.names):
        raise InputError(Issue("clusters", f"{clusters} are wanted and the frame has {len(owners.names)}"))
    first = Identities(pa.array(owners.names, TEXT), cluster).numbers(salt, rule=rule)
    picked = np.argsort(first, kind="stable")[:clusters]
    sizes = owners.population
    inner = np.zeros(len(owners.names), dtype=np.int64)
    inner[picked] = np.minimum(sizes[picked], per_cluster)
    rows, rank = lowest(prn, owners.codes, inner, names=ids.at)
    own = owners.codes[rows]
    probability = clusters / max(len(owners.names), 1) * inner[own] / sizes[own]
    table = pd.DataFrame(
        {
            "id": ids.series(rows),
            "stratum": "all",
            "order": rank + 1,
            "role": "drawn",
            "prn": prn[rows],
            "probability": probability,
            "population": len(frame),
            "drawn": len(rows),
            "weight": 1 / probability,
            "cluster": named(owners.names, own),
            "clusters": len(owners.names),
            "clusters_drawn": clusters,
            "cluster_size": sizes[own],
            "cluster_drawn": inner[own],
        }
    )
    for name in carry:
        table[name] = frame[name].take(rows).array
    return Draw(
        table,
        pd.DataFrame({"stratum": ["all"], "population": [len(frame)], "n": [len(table)]}),
        {
            "cluster": cluster,
            "clusters": clusters,
            "per_cluster": per_cluster,
            "id": id_column,
            "numbers": str(rule),
        },
        salt,
        Fingerprint(ids, list(owners.names), owners.codes),
        package_version(),
    )
