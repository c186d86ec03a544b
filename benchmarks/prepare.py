"""Rows per second of ``kpi prepare`` against a bare DuckDB copy of the same CSV to Parquet.

Run ``python benchmarks/prepare.py [--tickets 1000000] [--runs 3]``. The two sides take turns, each in a process of its
own, so that a busy machine slows both and memory peaks are their own; the figure to quote is the ratio of one run. The
copy guesses types from a sample and checks nothing; the package reads the same bytes, types every cell by its mapping,
checks every row, quarantines, voids, traces, fingerprints, confirms and writes one partition per branch.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BRANCHES = 43
SOURCES = """
timezone: Asia/Shanghai
extracted_at: 2025-12-03 08:00
sources:
  - name: tickets
    table: tickets
    path: tickets.csv
    missing: [Blank]
    columns:
      ticket_id: id
      branch: branch
      customer_id: customer
      provider: provider
      engineer: engineer
      product: {from: product, values: {彩电: tv, 空调: air_conditioner, 洗衣机: washing_machine}}
      work_type: {from: work, values: {维修: repair, 安装: installation}}
      channel: {from: channel, values: {电话: phone, 微信: wechat}}
      fault: fault
      created_at: created
      first_response_at: responded
      arrived_at: arrived
      resolved_at: resolved
      closed_at: {from: closed, formats: ['%d/%m/%Y %H:%M']}
      visits: visits
      reopen_count: reopened
      cost: cost
      satisfied_at_closure: satisfied
"""


def generate(folder: Path, tickets: int) -> None:
    """Write a project of ``tickets`` tickets in one CSV; one row in a thousand has a defect."""
    import duckdb

    duckdb.sql("select setseed(0.5)")
    duckdb.sql(f"""
        copy (
          select 'T' || i as id, 'branch_' || (random() * {BRANCHES - 1})::int as branch,
            'C' || (random() * 500000)::int as customer, 'P' || (random() * 200)::int as provider,
            'E' || (random() * 2000)::int as engineer, ['彩电', '空调', '洗衣机'][1 + i % 3] as product,
            ['维修', '安装'][1 + i % 2] as work, ['电话', '微信'][1 + i % 2] as channel,
            'fault ' || (random() * 40)::int as fault, strftime(c, '%Y-%m-%d %H:%M:%S') as created,
            strftime(if(i % 1000 = 0, c - interval 3 hour, c + to_seconds((7200 * -ln(1 - random()))::int)),
              '%Y-%m-%d %H:%M:%S') as responded,
            strftime(c + to_seconds(30000), '%Y-%m-%d %H:%M:%S') as arrived,
            strftime(c + to_seconds(90000), '%Y-%m-%d %H:%M:%S') as resolved,
            strftime(c + to_seconds(200000), '%d/%m/%Y %H:%M') as closed,
            1 + (random() < 0.15)::int as visits, (random() < 0.03)::int as reopened,
            round(random() * 300, 2) as cost, if(random() < 0.93, '是', '否') as satisfied
          from (select range as i, timestamp '2023-01-01' + to_seconds((random() * 90000000)::int) as c
                from range({tickets}))
        ) to '{folder / "tickets.csv"}' (header)
    """)
    (folder / "params").mkdir()
    names = "\n".join(
        f"  branch_{n}: {{name: {{en: Branch {n}, zh: 分公司{n}}}, centre: c, region: r}}" for n in range(BRANCHES)
    )
    company = "company: {en: Company, zh: 公司}\ncentres: {c: {en: Centre, zh: 中心}}\nbranches:\n"
    grades = "grades: [{key: fail, name: {en: Fail, zh: 不合格}, minimum: 0}]"
    params = {
        "sources.yml": SOURCES,
        "branches.yml": company + names,
        "calendars.yml": "{default: office, calendars: {office: {opens: 8:30, closes: 18:00}}}",
        "policy.yml": f"{grades}\nkpis: {{reopened_rate: {{target: 0.02}}}}",
    }
    for name, text in params.items():
        (folder / "params" / name).write_text(text, encoding="utf-8")


def bare(folder: Path) -> float:
    import duckdb

    started = time.perf_counter()
    source, target = folder / "tickets.csv", folder / "bare.parquet"
    duckdb.sql(f"copy (select * from read_csv('{source}')) to '{target}' (format parquet)")
    return time.perf_counter() - started


def package(folder: Path) -> float:
    from kpi_lib.data.store import prepare
    from kpi_lib.params import load_project

    project = load_project(folder)
    started = time.perf_counter()
    prepare(project, force=True)
    return time.perf_counter() - started


def measure(side: str, folder: Path) -> dict[str, float]:
    """Run one side in a process of its own; return its seconds and peak memory in MB."""
    done = subprocess.run(
        [sys.executable, __file__, "--side", side, "--folder", str(folder)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--side", choices=["bare", "package"])
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.side:
        seconds = {"bare": bare, "package": package}[options.side](options.folder)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": seconds, "peak_mb": peak}))
        sys.stdout.flush()
        os._exit(0)
    folder = Path(tempfile.mkdtemp(prefix="kpi-prepare-"))
    try:
        generate(folder, options.tickets)
        size = (folder / "tickets.csv").stat().st_size / 1e6
        print(f"{options.tickets:,} tickets, {size:,.0f} MB of CSV, medians of {options.runs} runs in turn")
        runs = [(measure("bare", folder), measure("package", folder)) for _ in range(options.runs)]
        seconds = [statistics.median(run[side]["seconds"] for run in runs) for side in (0, 1)]
        ratio = statistics.median(run[1]["seconds"] / run[0]["seconds"] for run in runs)
        print("| side | seconds | rows per second | peak MB |\n|---|---|---|---|")
        for side, name in enumerate(("bare DuckDB copy", "kpi prepare")):
            peak = max(run[side]["peak_mb"] for run in runs)
            print(f"| {name} | {seconds[side]:.2f} | {options.tickets / seconds[side]:,.0f} | {peak:,.0f} |")
        print(f"ratio {ratio:.2f}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
