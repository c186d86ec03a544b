"""Ten KPIs x branch x month over the same Parquet: this package, hand-written DuckDB SQL and plain pandas.

Run ``python benchmarks/kpi_table.py [--tickets 5000000]``. Each side runs in a process of its own, in turn, so that
memory peaks are its own; the figures to quote are the ratios of one run. The SQL computes the values only; the package
computes values, intervals, pending and unknown counts.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

KEYS = (
    "first_response_hours_median", "first_response_hours_mean", "first_response_hours_p90",
    "first_response_within_limit_rate", "resolved_within_limit_rate", "resolution_hours_median",
    "first_time_fix_rate", "reopened_rate", "satisfied_closure_rate", "call_back_rate",
)  # fmt: skip
AS_OF = datetime(2026, 1, 1)
MONTHS = ("2023-01", "2025-12")

SQL = """
with t as (
  select *, epoch(first_response_at - created_at) / 3600 as response,
    epoch(resolved_at - created_at) / 3600 as resolution
  from read_parquet('{path}/*/*.parquet', hive_partitioning = true)
), created as (
  select branch, date_trunc('month', created_at) as period,
    quantile_cont(response, 0.5) as first_response_hours_median, avg(response) as first_response_hours_mean,
    quantile_cont(response, 0.9) as first_response_hours_p90,
    count(*) filter (response <= 1) / count(*) as first_response_within_limit_rate,
    count(*) filter (resolution <= 48) / count(*) as resolved_within_limit_rate,
    count(*) filter (reopen_count > 0) / count(*) as reopened_rate
  from t group by all
), resolved as (
  select branch, date_trunc('month', resolved_at) as period, quantile_cont(resolution, 0.5) as resolution_hours_median,
    count(*) filter (visits <= 1 and reopen_count = 0 and satisfied_at_closure) / count(*) as first_time_fix_rate,
    count(called_back_at) / count(*) as call_back_rate
  from t where resolved_at is not null group by all
), closed as (
  select branch, date_trunc('month', closed_at) as period,
    count(*) filter (satisfied_at_closure) / count(*) as satisfied_closure_rate
  from t where closed_at is not null group by all
)
select * from created left join resolved using (branch, period) left join closed using (branch, period)
"""


def generate(folder: Path, tickets: int) -> None:
    import duckdb

    duckdb.sql("select setseed(0.5)")
    duckdb.sql(f"""
        copy (
          select 'branch_' || (random() * 43)::int as branch, 'T' || range as ticket_id,
            created_at, created_at + to_seconds(600 + 7200 * -ln(random())) as first_response_at,
            if(random() < 0.98, created_at + to_seconds(9000 + 90000 * -ln(random())), null) as resolved_at,
            if(random() < 0.97, created_at + to_seconds(900000 + 90000 * -ln(random())), null) as closed_at,
            if(random() < 0.6, created_at + to_seconds(999000), null) as called_back_at,
            1 + (random() < 0.15)::int as visits, (random() < 0.03)::int as reopen_count, random() < 0.93
            as satisfied_at_closure, []::varchar[] as voided_columns
          from (select range, timestamp '2023-01-01' + to_seconds(floor(random() * 94608000)) as created_at
                from range({tickets}))
        ) to '{folder}' (format parquet, partition_by (branch))
    """)


def package(folder: Path) -> int:
    import ibis

    from kpi_lib.data.coverage import Coverage
    from kpi_lib.kpi.catalog import CATALOG
    from kpi_lib.kpi.compute import compute
    from kpi_lib.params.periods import parse_period

    tickets = ibis.duckdb.connect().read_parquet(str(folder / "*/*.parquet"), hive_partitioning=True)
    # What the store knows after prepare; one column has values set aside, as real exports do.
    coverage = {"tickets": Coverage(datetime(2023, 1, 1), AS_OF, ("first_response_at",))}
    months = parse_period(MONTHS[1]).last(36)
    frame = compute(
        {"tickets": tickets}, [CATALOG[key] for key in KEYS], periods=months, as_of=AS_OF, coverage=coverage
    )
    return len(frame)


def sql(folder: Path) -> int:
    import duckdb

    return len(duckdb.sql(SQL.format(path=folder)).df())


def pandas(folder: Path) -> int:
    import pandas as pd

    t = pd.read_parquet(folder)
    hour = pd.Timedelta(hours=1)
    response, resolution = (t.first_response_at - t.created_at) / hour, (t.resolved_at - t.created_at) / hour
    created = t.assign(response=response, fast=response <= 1, done=resolution <= 48, again=t.reopen_count > 0).groupby(
        ["branch", t.created_at.dt.to_period("M")], observed=True
    )
    resolved = t.assign(
        resolution=resolution, back=t.called_back_at.notna(),
        fixed=(t.visits <= 1) & (t.reopen_count == 0) & t.satisfied_at_closure,
    ).groupby(["branch", t.resolved_at.dt.to_period("M")], observed=True)  # fmt: skip
    closed = t.groupby(["branch", t.closed_at.dt.to_period("M")], observed=True)
    parts = [
        created["response"].quantile(0.5), created["response"].mean(), created["response"].quantile(0.9),
        created["fast"].mean(), created["done"].mean(), created["again"].mean(), resolved["resolution"].median(),
        resolved["fixed"].mean(), resolved["back"].mean(), closed["satisfied_at_closure"].mean(),
    ]  # fmt: skip
    return sum(len(part) for part in parts)


SIDES = {"package": package, "sql": sql, "pandas": pandas}


def one(side: str, folder: Path) -> None:
    """Run one side, its imports done before the clock starts."""
    import duckdb  # noqa: F401
    import pandas as pd  # noqa: F401

    if side == "package":
        import ibis

        import kpi_lib.kpi.compute  # noqa: F401

        ibis.duckdb.connect()
    cpu, wall = time.process_time(), time.perf_counter()
    rows = SIDES[side](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        json.dumps(
            {"rows": rows, "cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "peak_mib": peak}
        )
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=5_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--one", choices=sorted([*SIDES, "generate"]))
    parser.add_argument("--folder", type=Path)
    arguments = parser.parse_args()
    if arguments.one == "generate":
        generate(arguments.folder, arguments.tickets)
        return
    if arguments.one:
        one(arguments.one, arguments.folder)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "tickets"
        # In a process of its own: a child's peak memory is never reported below its parent's.
        size = ["--tickets", str(arguments.tickets)]
        subprocess.run([sys.executable, __file__, "--one", "generate", "--folder", str(folder), *size], check=True)
        runs: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
        for _ in range(arguments.rounds):
            for side, results in runs.items():
                command = [sys.executable, __file__, "--one", side, "--folder", str(folder)]
                results.append(json.loads(subprocess.run(command, check=True, capture_output=True).stdout))
    print(f"{arguments.tickets:,} tickets, {arguments.rounds} rounds; medians")
    for side, results in runs.items():
        row = {name: statistics.median(result[name] for result in results) for name in ("wall", "cpu", "peak_mib")}
        ratios = statistics.median(
            result["wall"] / base["wall"] for result, base in zip(results, runs["sql"], strict=True)
        )
        print(
            f"{side:8} wall {row['wall']:6.2f} s  cpu {row['cpu']:6.2f} s  peak {row['peak_mib']:7.0f} MiB"
            f"  wall / sql {ratios:5.2f}"
        )


if __name__ == "__main__":
    main()
