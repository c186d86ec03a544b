"""The whole company: every branch, every month, every table, with the mapping and the planted truths beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from kpi_lib.data.schema import TABLES
from kpi_lib.data.simulate.calls import call_blocks
from kpi_lib.data.simulate.cell import Cell, Window
from kpi_lib.data.simulate.documents import write_sources
from kpi_lib.data.simulate.exports import Format, layouts
from kpi_lib.data.simulate.places import places
from kpi_lib.data.simulate.planted import Planted, planted_truths
from kpi_lib.data.simulate.season import load
from kpi_lib.data.simulate.surveys import ask
from kpi_lib.data.simulate.tickets import ticket_blocks
from kpi_lib.data.simulate.writers import Exporter

SEED = 2025
START = date(2023, 11, 1)
MONTHS = 25


@dataclass(frozen=True)
class Simulation:
    """What a run has written.

    Parameters
    ----------
    rows
        Rows by source.
    planted
        The planted truths.
    """

    rows: dict[str, int]
    planted: tuple[Planted, ...]


def simulate(
    target: Path,
    *,
    seed: int = SEED,
    branches: int = 5,
    tickets: int | None = None,
    months: int = MONTHS,
    start: date = START,
    export_format: Format = "csv",
) -> Simulation:
    """Write the exports of a simulated company, the mapping that reads them and the truths planted in them.

    Rows of a branch, month and table depend on the seed and the volume only, not on the other branches or months.

    Parameters
    ----------
    target
        Project folder; ``data/raw``, ``data/truth`` and ``params/sources.yml`` in it are written.
    seed
        Seed of every random number.
    branches
        The first so many of the company's 43 branches.
    tickets
        Expected number of tickets of the complete months. None gives every branch its natural volume, 18,000 tickets
        for the five branches of the Chengdu centre in 25 months.
    months, start
        Complete months exported, and the first of them.
    export_format
        ``csv`` for what departments send round, ``parquet`` for what a warehouse gives.
    """
    window = Window(start, months)
    chosen = places()[:branches]
    expected = sum(place.size for place in chosen) * sum(load(month) for month in window.all_months[:-1])
    scale = 1.0 if tickets is None else tickets / expected
    truths = tuple(
        truth
        for truth in planted_truths(window.review)
        if truth.since > start and truth.branch in {place.key for place in chosen}
    )
    exporter = Exporter(target / "data" / "raw", layouts(window, export_format))
    for month in window.all_months:
        for place in chosen:
            for table, rows in _cell(Cell(seed, place, month, window, scale, truths)):
                _export(exporter, table, rows, month)
    exporter.close()
    write_sources(target, window, exporter.layouts)
    return Simulation(exporter.rows, truths)


def _cell(cell: Cell) -> Iterator[tuple[str, pa.Table]]:
    for block in ticket_blocks(cell):
        yield "tickets", block.columns.table(TABLES["tickets"])
        yield "surveys", ask(block).surveys.table(TABLES["surveys"])
    for calls in call_blocks(cell):
        yield "calls", calls.table(TABLES["calls"])


def _export(exporter: Exporter, table: str, rows: pa.Table, month: date) -> None:
    for layout in exporter.layouts:
        if layout.table == table:
            taken = layout.takes(rows, month)
            if len(taken):
                exporter.write(layout, taken)
