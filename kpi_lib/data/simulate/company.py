"""The whole company: every branch, every month, every table, with the mapping and the planted truths beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa

from kpi_lib.data.schema import TABLES
from kpi_lib.data.simulate.audits import audit
from kpi_lib.data.simulate.branch_tables import market, staff
from kpi_lib.data.simulate.calls import call_blocks
from kpi_lib.data.simulate.cell import COHORTS_BEFORE, Cell, Window
from kpi_lib.data.simulate.complaints import complain
from kpi_lib.data.simulate.customers import customer_blocks
from kpi_lib.data.simulate.defects import spoil
from kpi_lib.data.simulate.documents import write_branches, write_planted, write_sources
from kpi_lib.data.simulate.exports import Format, layouts
from kpi_lib.data.simulate.parts import order_parts
from kpi_lib.data.simulate.places import DEFAULT, Place, places
from kpi_lib.data.simulate.planted import Planted, planted_truths
from kpi_lib.data.simulate.request import checked
from kpi_lib.data.simulate.season import load, next_month
from kpi_lib.data.simulate.surveys import ask
from kpi_lib.data.simulate.tickets import ticket_blocks
from kpi_lib.data.simulate.truth import CellTruth, TruthWriter
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
    branches: int = len(DEFAULT),
    tickets: int | None = None,
    months: int = MONTHS,
    start: date = START,
    format: Format = "csv",  # noqa: A002 - the word an analyst would use
    replace: bool = False,
) -> Simulation:
    """Write the exports of a simulated company, the mapping that reads them and the truths planted in them.

    Rows of a branch, month and table depend on the seed and the volume, not on the other branches, months or tables.
    The truths act in the last months; those of a branch or month that is not simulated are left out.

    Parameters
    ----------
    target
        Project folder. ``data/raw``, ``data/truth`` and ``params/sources.yml`` are written, ``params/branches.yml``
        too unless it is there and the branches are the usual five.
    seed
        Seed of every random number.
    branches
        The first so many of the company's 43 branches.
    tickets
        Expected number of tickets of the complete months. None gives every branch its natural volume: 18,000 tickets
        for the five branches of the Chengdu centre in 25 months.
    months, start
        Complete months exported, and the first of them.
    format
        ``csv`` for what departments send round (CSV and Excel, with the quirks of both), ``parquet`` for what a
        warehouse gives.
    replace
        Allow ``data/raw`` to have files; they are removed.

    Raises
    ------
    InputError
        For values out of range, and for a ``data/raw`` that is not empty unless ``replace`` is given.
    """
    checked(target, branches=branches, tickets=tickets, months=months, start=start, format=format, replace=replace)
    window = Window(start, months)
    chosen = places()[:branches]
    expected = sum(place.size for place in chosen) * sum(load(month) for month in window.all_months[:-1])
    scale = 1.0 if tickets is None else tickets / expected
    keys = {place.key for place in chosen}
    truths = tuple(t for t in planted_truths(window.review) if t.since > start and t.branch in keys)
    cells = _Cells(seed, window, scale, truths)
    exporter = Exporter(target / "data" / "raw", layouts(window, format))
    with TruthWriter(target / "data" / "truth") as truth:
        for place in chosen:
            truth.place(place)
            _export(exporter, truth, cells.of(place, start), 0, {"org": staff(place).table(TABLES["org"])})
        for month in (next_month(start, back) for back in range(-COHORTS_BEFORE, 0)):
            for place in chosen:
                _customers(exporter, truth, cells.of(place, month))
        for month in window.all_months:
            for place in chosen:
                _month(exporter, truth, cells.of(place, month))
        exporter.close()
    write_sources(target, window, exporter.layouts)
    write_planted(target, window, truths)
    if chosen != DEFAULT or not (target / "params" / "branches.yml").exists():
        write_branches(target, chosen)
    return Simulation(exporter.rows, truths)


@dataclass(frozen=True)
class _Cells:
    seed: int
    window: Window
    scale: float
    truths: tuple[Planted, ...]

    def of(self, place: Place, month: date) -> Cell:
        return Cell(self.seed, place, month, self.window, self.scale, self.truths)


def _month(exporter: Exporter, truth: TruthWriter, cell: Cell) -> None:
    """Export everything of one branch in one month."""
    tally = CellTruth(cell)
    for block in ticket_blocks(cell):
        asked, audited = ask(block), audit(block)
        tables = {
            "surveys": asked.surveys,
            "complaints": complain(block),
            "audits": audited.audits,
            "parts": order_parts(block),
            "tickets": block.columns,
        }
        _export(exporter, truth, cell, block.number, {name: rows.table(TABLES[name]) for name, rows in tables.items()})
        truth.labels("comment_themes.csv", asked.themes)
        truth.labels("audits.csv", audited.truth)
        tally.add(block, asked)
    tally.write(truth)
    for number, calls in enumerate(call_blocks(cell)):
        _export(exporter, truth, cell, number, {"calls": calls.table(TABLES["calls"])})
    _customers(exporter, truth, cell)
    if cell.month <= cell.window.review:
        _export(exporter, truth, cell, 0, {"market": market(cell).table(TABLES["market"])})


def _customers(exporter: Exporter, truth: TruthWriter, cell: Cell) -> None:
    for number, customers in customer_blocks(cell):
        _export(exporter, truth, cell, number, {"customers": customers.table(TABLES["customers"])})


def _export(exporter: Exporter, truth: TruthWriter, cell: Cell, block: int, tables: Mapping[str, pa.Table]) -> None:
    """Write rows into every export that takes them, with their defects, and note the defects."""
    links = [
        rows["ticket_id"] for name, rows in tables.items() if name != "tickets" and "ticket_id" in rows.column_names
    ]
    linked = pa.chunked_array([chunk for link in links for chunk in link.chunks], pa.string())
    for layout in exporter.layouts:
        rows = layout.takes(tables[layout.table], cell.month) if layout.table in tables else None
        if rows is None or not len(rows):
            continue
        spoilt = spoil(cell.rng(f"defects {layout.table}", block), layout, rows, linked=linked)
        first = exporter.write(layout, spoilt.rows)
        names = spoilt.rows[TABLES[layout.table].columns[0].name]
        truth.rows(
            "defects.csv",
            (
                (
                    layout.table, layout.name, first + position, names[position].as_py(), defect.column, defect.key,
                    defect.outcome, before,
                )
                for position, defect, before in spoilt.defects
            ),
        )  # fmt: skip
