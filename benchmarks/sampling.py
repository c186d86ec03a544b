"""Draw and estimate on 1 million tickets in 40 strata, beside pandas and, where they install, svy and samplics.

``python benchmarks/sampling.py [rows]``. Ours draws 1,250 of each stratum by permanent random numbers and estimates the
stratified mean with finite population correction; pandas draws with ``groupby.sample`` and takes a plain mean, without
a correction, an error or a draw that can be repeated. svy and samplics refuse pandas' newest versions or disturb the
pins of this project: with them installed elsewhere, name that Python in ``KPI_SURVEY_PYTHON``; this script then runs
itself there for their lines.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pandas as pd

STRATA, EACH = 40, 1250
OTHERS = ("svy", "samplics")


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
    """The public functions: ids checked, drawn, answers matched, share and mean with correction and intervals."""
    from kpi_lib.analysis.sampling import draw, estimate

    made = draw(frame, by="branch", n=EACH, salt="s", id_column="ticket_id", carry=["score"])
    answers = made.drawn[["id", "score"]].rename(columns={"id": "ticket_id"})
    return float(estimate(answers, made, id_column="ticket_id").overall["value"])


def with_sheet(frame: pd.DataFrame) -> float:
    """The same and the sheet: frame fingerprint and JSON of 50,000 units."""
    from kpi_lib.analysis.sampling import draw

    return float(len(draw(frame, by="branch", n=EACH, salt="s", id_column="ticket_id").to_json()))


def with_pandas(frame: pd.DataFrame) -> float:
    sample = frame.groupby("branch").sample(EACH, random_state=1)
    return float((sample["score"] >= 4).mean())


def with_svy(frame: pd.DataFrame) -> float:
    import polars as pl
    import svy

    whole = pl.DataFrame({name: frame[name].to_numpy() for name in ("branch", "score")}).with_row_index("row")
    drawn = svy.Sample(whole, svy.Design(stratum="branch")).sampling.srs(n=EACH, rstate=1)
    data = drawn.data.with_columns(
        satisfied=(pl.col("score") >= 4).cast(pl.Float64),
        size=pl.col("branch").replace_strict(dict(whole["branch"].value_counts().iter_rows())),
    )
    weight = next(name for name in data.columns if "wgt" in name or "weight" in name)
    design = svy.Design(stratum="branch", wgt=weight, pop_size="size")
    return float(svy.Sample(data, design).estimation.mean("satisfied").estimates[0].est)


def with_samplics(frame: pd.DataFrame) -> float:
    from samplics.estimation import TaylorEstimator
    from samplics.sampling import SampleSelection
    from samplics.utils.types import PopParam, SelectMethod

    selection = SampleSelection(method=SelectMethod.srs_wor, strat=True, wr=False)
    units, stratum = frame["ticket_id"].to_numpy(object), frame["branch"].to_numpy(object)
    sizes = dict.fromkeys(sorted(set(stratum)), EACH)
    drawn, _, chance = selection.select(samp_unit=units, samp_size=sizes, stratum=stratum, to_dataframe=False)
    hit = np.asarray(drawn, dtype=bool)
    counts = pd.Series(stratum).value_counts()
    estimator = TaylorEstimator(PopParam.mean)
    estimator.estimate(
        y=(frame["score"].to_numpy()[hit] >= 4).astype(float),
        samp_weight=1 / np.asarray(chance)[hit],
        stratum=stratum[hit],
        fpc={name: 1 - EACH / counts[name] for name in sizes},
    )
    return float(np.ravel([estimator.point_est])[0])


def timed(name: str, function: Callable[[pd.DataFrame], float], frame: pd.DataFrame, *, times: int = 7) -> None:
    spent, waited = [], []
    for _ in range(times):
        started, clock = time.process_time(), time.perf_counter()
        value = function(frame)
        spent.append(time.process_time() - started)
        waited.append(time.perf_counter() - clock)
    print(f"{name:40s} {min(waited):6.3f} s, {min(spent):6.3f} s of processor   share {value:.4f}", flush=True)


def others(frame: pd.DataFrame) -> None:
    for library, function in zip(OTHERS, (with_svy, with_samplics), strict=True):
        if not find_spec(library):
            continue
        try:
            timed(f"{library}: draw, mean with correction", function, frame, times=2)
        except Exception as error:
            print(f"{library}: {type(error).__name__}: {str(error)[:120]}")


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    frame = tickets(rows)
    if find_spec("kpi_lib"):
        timed("pandas groupby.sample, plain mean", with_pandas, frame)
        timed("draw(), estimate()", with_frames, frame)
        timed("draw(), sheet with fingerprint", with_sheet, frame)
    others(frame)
    elsewhere = os.environ.get("KPI_SURVEY_PYTHON")
    if elsewhere:
        clean = {key: value for key, value in os.environ.items() if key not in ("KPI_SURVEY_PYTHON", "PYTHONPATH")}
        subprocess.run([elsewhere, __file__, str(rows)], env=clean, check=True)
    elif not any(map(find_spec, OTHERS)):
        print("svy and samplics: not installed here and KPI_SURVEY_PYTHON names no other Python, not compared")


if __name__ == "__main__":
    main()
