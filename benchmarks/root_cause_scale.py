"""Scan and search of a KPI over a whole company, as multiples of the bare scan.

    python benchmarks/root_cause_scale.py [--tickets 2000000]

Tickets of 43 branches and 14 months are drawn into Parquet. The bare scan computes the KPI of each of 13 months; scan
sorts it by eight dimensions and day; search explains the last month against the twelve before.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import datetime
from pathlib import Path

import ibis
import pandas as pd

from kpi_lib.analysis.rootcause.explain import explain_change
from kpi_lib.data.coverage import Coverage
from kpi_lib.data.schema import TABLES
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.leaves import leaves
from kpi_lib.params.periods import parse_period

KPI = CATALOG["resolved_within_limit_rate"].with_limit(48.0)
AS_OF = datetime(2025, 12, 3)
DIMENSIONS = ("product", "work_type", "channel", "provider", "fault", "shift", "customer_kind", "priority")


def main() -> None:
    """Simulate, scan, sort and search, and print seconds and peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=2_000_000)
    parser.add_argument("--permutations", type=int, default=999)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        generate(Path(scratch) / "tickets.parquet", arguments.tickets)
        measure(Path(scratch) / "tickets.parquet", arguments.permutations)


def generate(path: Path, tickets: int) -> None:
    """Draw tickets with the columns the benchmark reads."""
    import duckdb

    picked = {
        "product": ("tv", "smart_tv", "air_conditioner", "washing_machine"),
        "work_type": ("repair", "installation", "return_exchange", "activation"),
        "channel": ("phone", "app", "wechat", "email", "store"),
        "customer_kind": ("end_user", "dealer", "shop_guide", "project"),
        "priority": ("low", "normal", "high"),
    }
    columns = ", ".join(
        f"{list(values)}[1 + floor(random() * random() * {len(values)})::int] as {name}"
        for name, values in picked.items()
    )
    duckdb.sql("select setseed(0.5)")
    duckdb.sql(f"""
        copy (
          select 'branch_' || (random() * 42)::int as branch, 'T' || range as ticket_id, {columns},
            'provider_' || (random() * random() * 120)::int as provider,
            'fault_' || (random() * random() * 20)::int as fault,
            created_at, if(random() < 0.98, created_at + to_seconds(9000 + 90000 * -ln(random())), null) as resolved_at,
            []::varchar[] as voided_columns
          from (select range, timestamp '2024-10-01' + to_seconds(floor(random() * 36800000)) as created_at
                from range({tickets}))
        ) to '{path}' (format parquet)
    """)


def measure(path: Path, permutations: int) -> None:
    """Measure on the tickets in ``path``."""
    tickets = ibis.duckdb.connect().read_parquet(path)
    last = parse_period("2025-11")
    year = last.last(13)
    extent = {"tickets": Coverage(pd.Timestamp("2024-10-01").to_pydatetime(), AS_OF, ())}
    options = {"as_of": AS_OF, "coverage": extent}
    bare = _timed("bare scan", lambda: compute({"tickets": tickets}, [KPI], periods=year, by=(), **options))
    available = {"tickets": TABLES["tickets"].names}
    found = _timed(
        "scan into leaves",
        lambda: leaves(
            {"tickets": tickets}, [KPI], span=(year[0], last), available=available, dimensions=DIMENSIONS, **options
        )[KPI.key],
        bare.seconds,
    )
    own = found.result
    print(f"{len(own.frame):,} leaves and days of {own.frame['denominator'].sum():,.0f} tickets")
    current, before = own.within(last), own.frame[own.frame["day"] < pd.Timestamp(last.start)]
    explained = _timed(
        "search",
        lambda: explain_change(
            current, before, own.dimensions, "numerator", "denominator", block="day", permutations=permutations,
            resamples=0,
        ),
        bare.seconds,
    )  # fmt: skip
    print(f"{explained.result.verdict}, {explained.result.searched} candidates")


class _Timed:
    def __init__(self, result: object, seconds: float) -> None:
        self.result, self.seconds = result, seconds


def _timed(name, act, bare=None):  # type: ignore[no-untyped-def]
    start = time.perf_counter()
    result = act()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    times = "" if bare is None else f", {seconds / bare:.1f} times the bare scan"
    print(f"{name}: {seconds:.2f} s{times}, peak {peak:,.0f} MiB", flush=True)
    return _Timed(result, seconds)


if __name__ == "__main__":
    main()
