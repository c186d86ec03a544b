"""Measure the search for root causes: ``python -m benchmarks.rootcause run ...``, then ``... table RESULTS``.

``run --version easy --size 2000 --seeds 0:50 --out results.jsonl [--scenarios null,mix] [--stability]
[--peers PYTHON]``; the results of several runs may go into one file. ``--peers`` names a Python with wise-pizza and
pysubgroup (``python -m venv peers; peers/bin/pip install wise-pizza pysubgroup pyarrow``).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.rootcause.generate import EASY, HARD, SCENARIOS, Case, simulate
from benchmarks.rootcause.judge import table
from benchmarks.rootcause.ours import explained, names

VERSIONS = {"easy": EASY, "hard": HARD}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run")
    run.add_argument("--version", choices=VERSIONS, default="easy")
    run.add_argument("--size", type=int, default=2000, help="current tickets")
    run.add_argument("--seeds", default="0:10", help="first:end")
    run.add_argument("--scenarios", default=",".join(SCENARIOS))
    run.add_argument("--stability", action="store_true", help="with 200 resamples a segment")
    run.add_argument("--peers", help="Python that has the peers")
    run.add_argument("--out", type=Path, required=True)
    commands.add_parser("table").add_argument("results", type=Path)
    given = parser.parse_args()
    if given.command == "table":
        print(table([json.loads(line) for line in given.results.read_text("utf-8").splitlines()]))
    else:
        measure(given)


def measure(given: argparse.Namespace) -> None:
    first, end = (int(part) for part in given.seeds.split(":"))
    with tempfile.TemporaryDirectory() as folder, given.out.open("a", encoding="utf-8", buffering=1) as out:
        cases = {}
        for scenario in given.scenarios.split(","):
            for seed in range(first, end):
                case = simulate(scenario, VERSIONS[given.version], given.size, seed)
                label = f"{scenario}_{seed:04d}"
                about = {"case": label, "scenario": scenario, "version": given.version, "size": given.size}
                cases[label] = {**about, **truth(case)}
                out.write(json.dumps({**cases[label], **ours(case, given.stability)}) + "\n")
                if given.peers:
                    case.tickets.to_parquet(Path(folder) / f"{label}.parquet")
        if given.peers:
            script = str(Path(__file__).with_name("peers.py"))
            done = subprocess.run([given.peers, script, folder], check=True, capture_output=True, text=True)
            print(done.stderr)
            for line in done.stdout.splitlines():
                answer = json.loads(line)
                out.write(json.dumps({**cases[answer["case"]], **answer, "intervals": []}) + "\n")


def truth(case: Case) -> dict[str, object]:
    return {"truth": [*case.rate, *case.mix], "aside": list(case.aside)}


def ours(case: Case, stability: bool) -> dict[str, object]:
    begun = time.perf_counter()
    found = explained(case.tickets, resamples=200 if stability else 0)
    seconds = time.perf_counter() - begun
    intervals = [
        [one.lo, one.effect, one.hi, case.effect[one.name]]
        for one in found.segments
        if one.kind == "rate" and one.name in case.effect
    ]
    return {"tool": "ours", "segments": names(found), "seconds": seconds, "intervals": intervals}


if __name__ == "__main__":
    main()
