"""Time and memory of the search on many tickets: ``python -m benchmarks.rootcause.scale [TICKETS]``.

Eight dimensions, one of them five hundred engineers, 119 days; one row per combination and day, as the scan on the
engine gives them. One provider's tickets fall by six points.
"""

from __future__ import annotations

import resource
import sys
import time

import numpy as np
import pandas as pd

from kpi_lib.analysis.rootcause.explain import explain_change

SIZES = {
    "branch": 43, "channel": 5, "customer": 3, "engineer": 500, "fault": 15, "product": 12, "provider": 60, "shift": 3,
}  # fmt: skip


def main(tickets: int) -> None:
    rng = np.random.default_rng(20250101)
    begun = time.perf_counter()
    frames = {}
    for period, number, days in (("reference", tickets * 3 // 4, 91), ("current", tickets // 4, 28)):
        codes = {}
        for name, size in SIZES.items():
            weight = 1 / np.arange(1, size + 1) ** 0.7
            codes[name] = rng.choice(size, number, p=weight / weight.sum()).astype(np.int16)
        chance = 0.85 - 0.1 * (codes["fault"] == 3) - 0.06 * ((codes["provider"] == 5) & (period == "current"))
        frame = pd.DataFrame({**codes, "day": rng.integers(0, days, number).astype(np.int16)})
        frame["ok"] = (rng.random(number) < chance).astype(np.int8)
        keys = [*SIZES, "day"]
        frames[period] = frame.groupby(keys, as_index=False, sort=False)["ok"].agg(["sum", "count"])
    rows = sum(len(frame) for frame in frames.values())
    made = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    seconds = time.perf_counter() - begun
    print(f"{tickets:,} tickets, {rows:,} rows, made in {seconds:.1f} s, peak {made:.2f} GB", flush=True)
    begun, worked = time.perf_counter(), time.process_time()
    found = explain_change(frames["current"], frames["reference"], list(SIZES), "sum", "count", block="day")
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    worked = time.process_time() - worked
    names = [one.name for one in found.segments]
    print(f"{seconds:.1f} s ({worked:.1f} s of processor), peak {peak:.2f} GB, {found.searched} candidates: {names}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
