"""Time and peak memory of simulating the whole company: ``python benchmarks/simulate.py [TICKETS ...]``.

Each volume runs in a process of its own, so that its peak memory is its own. Rows are those of all tables together.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from pathlib import Path

from kpi_lib.data.simulate import simulate

VOLUMES = (100_000, 1_000_000)
BRANCHES = 43


def measure(tickets: int) -> tuple[int, int, float, float, float]:
    """Simulate ``tickets`` tickets; return tickets, rows, seconds, peak memory in MB, size of the exports in MB."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        done = simulate(Path(folder), branches=BRANCHES, tickets=tickets, format="parquet")
        seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in Path(folder).rglob("*") if path.is_file())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return done.rows["tickets"], sum(done.rows.values()), seconds, peak, size / 1e6


def main() -> None:
    """Print one line per volume."""
    volumes = [int(argument.replace("_", "")) for argument in sys.argv[1:]] or VOLUMES
    print(f"{'tickets':>12} {'rows':>12} {'seconds':>9} {'tickets/s':>11} {'peak MB':>9} {'files MB':>9}")
    for volume in volumes:
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            tickets, rows, seconds, peak, size = pool.apply(measure, (volume,))
        print(f"{tickets:>12,} {rows:>12,} {seconds:>9.1f} {tickets / seconds:>11,.0f} {peak:>9,.0f} {size:>9,.0f}")


if __name__ == "__main__":
    main()
