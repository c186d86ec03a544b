"""Draw and estimate on 1 million tickets in 40 strata, beside pandas and, where they install, svy and samplics.

``python benchmarks/sampling.py [rows]``. Ours draws 1,250 of each stratum by permanent random numbers and estimates the
stratified mean with finite population correction; pandas draws with ``groupby.sample`` and takes a plain mean.
"""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling import draw, estimate
from kpi_lib.stats.sampling.design import element_design
from kpi_lib.stats.sampling.draw import lowest, random_numbers
from kpi_lib.stats.sampling.estimate import means

STRATA, EACH = 40, 1250


def tickets(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "ticket_id": np.char.add("T", np.arange(rows).astype(str)),
            "branch": rng.integers(0, STRATA, rows).astype(str),
            "score": rng.integers(1, 6, rows),
        }
    )


def with_frames(frame: pd.DataFrame) -> float:
    """The public functions: ids checked, frame fingerprinted, answers matched."""
    made = draw(frame, by="branch", n=EACH, salt="s", id_column="ticket_id")
    answers = frame.loc[frame["ticket_id"].isin(made.ids), ["ticket_id", "score"]]
    return float(estimate(answers, made, id_column="ticket_id").overall["value"])


def with_arrays(frame: pd.DataFrame) -> float:
    """The core: random numbers, draw and stratified mean with correction."""
    codes = pd.factorize(frame["branch"], sort=True)[0].astype(np.int64)
    numbers = random_numbers(frame["ticket_id"].tolist(), "s")
    rows, _ = lowest(numbers, codes, np.full(STRATA, EACH))
    size = np.bincount(codes).astype(float)[codes[rows]]
    design = element_design(size / EACH, strata=codes[rows], population=size)
    satisfied = (frame["score"].to_numpy()[rows] >= 4).astype(float)
    return float(means(design, satisfied).value[0])


def with_pandas(frame: pd.DataFrame) -> float:
    sample = frame.groupby("branch").sample(EACH, random_state=1)
    return float((sample["score"] >= 4).mean())


def timed(name: str, function, frame: pd.DataFrame) -> None:
    seconds = []
    for _ in range(3):
        started = time.process_time()
        value = function(frame)
        seconds.append(time.process_time() - started)
    print(f"{name:32s} {min(seconds):6.2f} s of processor   share {value:.4f}")


def main() -> None:
    frame = tickets(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    timed("pandas groupby.sample, mean", with_pandas, frame)
    timed("random numbers, draw, estimate", with_arrays, frame)
    timed("draw() and estimate() on frames", with_frames, frame)
    for library in ("svy", "samplics"):
        print(f"{library}: {'installed' if find_spec(library) else 'not installed here, not compared'}")


if __name__ == "__main__":
    main()
