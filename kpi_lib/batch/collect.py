"""All results of a batch side by side: one tidy file per table over all branches, and one JSON of every verdict."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from kpi_lib.batch.manifest import Manifest
from kpi_lib.batch.publish import write_whole

FOLDER = "all"
"""Folder of the collected results beside the branches' own; ``all`` is no branch's key, since it means every branch."""

RESULTS = f"{FOLDER}/results.json"
"""Address of the verdicts."""

PERSONAL = frozenset({"call_list", "draw"})
"""Tables of single customers: work for one branch's callers, not figures to pass on."""

REPORT = ("report_branch", "report_period")
"""Columns put before those of a table: whose report a row comes from."""


@dataclass(frozen=True)
class Collected:
    """One table over all branches: address below the folder of the reports, rows, and branches it holds."""

    notebook: str
    name: str
    address: str
    n_rows: int
    branches: tuple[str, ...]


def collect(manifest: Manifest, out: Path) -> tuple[Collected, ...]:
    """Write all results of the batch side by side and return what was written.

    Cells are copied as text: a branch ``0571`` stays ``0571`` and no figure loses a digit.

    Parameters
    ----------
    manifest
        Of the batch; results of failed runs are not there and those of other batches are not taken.
    out
        Folder of the reports.
    """
    tables: dict[tuple[str, str], list[tuple[str, str, Path]]] = {}
    summaries: dict[str, dict[str, Any]] = {}
    for run in manifest.runs:
        for address in run.results:
            path = out / address
            if not path.exists():
                continue
            if PurePosixPath(address).name == "summary.json":
                summaries.setdefault(run.branch, {})[run.notebook] = json.loads(path.read_text(encoding="utf-8"))
            elif path.suffix == ".csv" and path.stem not in PERSONAL:
                own = tables.setdefault((run.notebook, path.stem), [])
                if all(path != other for _, _, other in own):
                    own.append((run.branch, run.period, path))
    collected = tuple(_side_by_side(notebook, name, tables[notebook, name], out) for notebook, name in sorted(tables))
    for stale in {*(out / FOLDER).rglob("*.csv")} - {out / one.address for one in collected}:
        stale.unlink()
    told = {
        "period": manifest.period,
        "as_of": manifest.as_of,
        "newest": dict(manifest.newest),
        "reports": [
            {"branch": run.branch, "notebook": run.notebook, "lang": run.lang, "status": run.status, "page": run.page}
            for run in manifest.runs
        ],
        "verdicts": summaries,
        "tables": [asdict(one) for one in collected],
    }
    write_whole(out / RESULTS, json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    return collected


def _side_by_side(notebook: str, name: str, parts: list[tuple[str, str, Path]], out: Path) -> Collected:
    columns: dict[str, None] = {}
    rows: list[dict[str, str]] = []
    for branch, period, path in parts:
        with path.open(encoding="utf-8", newline="") as opened:
            reader = csv.DictReader(opened)
            columns |= dict.fromkeys(reader.fieldnames or ())
            rows += [{**row, **dict(zip(REPORT, (branch, period), strict=True))} for row in reader]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, (*REPORT, *columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    address = f"{FOLDER}/{notebook}/{name}.csv"
    write_whole(out / address, text.getvalue())
    return Collected(notebook, name, address, len(rows), tuple(branch for branch, _, _ in parts))
