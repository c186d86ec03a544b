"""What only the simulator knows, written beside the data: planted causes, true satisfaction, labels, defects."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from kpi_lib.data.simulate.cell import Cell
from kpi_lib.data.simulate.columns import Columns
from kpi_lib.data.simulate.places import CENTRES, Place
from kpi_lib.data.simulate.planted import Lever
from kpi_lib.data.simulate.surveys import Asked
from kpi_lib.data.simulate.tickets import TicketBlock

LEVERS_ON_TICKETS: tuple[Lever, ...] = ("fix", "response", "attitude", "work_type")
"""Levers that act on tickets. For the first three the simulator knows the level ticket by ticket, with and without what
is planted: the chance of a technical fix, the logarithm of the response hours, the chance of a bad attitude."""
_SATISFIED = 4

FILES: Mapping[str, Sequence[str]] = {
    "defects.csv": ("table", "source", "source_row", "row", "column", "defect", "outcome", "value_before"),
    "comment_themes.csv": ("survey_id", "theme", "second_theme", "sentiment"),
    "audits.csv": ("audit_id", "record_true", "classification_right", "process_compliant"),
    "satisfaction.csv": (
        "branch", "month", "n_resolved", "mean_score", "satisfied_rate",
        "n_asked", "n_answered", "answered_mean_score", "answered_satisfied_rate",
    ),
    "effects.csv": ("key", "branch", "month", "n_tickets", "n_exposed", "level_usual", "level_planted"),
    "branches.csv": ("branch", "centre", "tickets_a_month", "response_hours", "fix", "satisfaction", "connect"),
}  # fmt: skip
"""Files of ``data/truth`` beside ``planted.yml``, and their columns. Months are those the tickets were created in."""


class TruthWriter:
    """Writes the files of ``data/truth`` as the company is generated."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._files = {name: (folder / name).open("w", encoding="utf-8", newline="") for name in FILES}
        self._writers = {name: csv.writer(file, lineterminator="\n") for name, file in self._files.items()}
        for name, header in FILES.items():
            self._writers[name].writerow(header)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    def rows(self, name: str, rows: Iterable[Sequence[object]]) -> None:
        """Append rows to one of the files."""
        self._writers[name].writerows(rows)

    def labels(self, name: str, labels: Columns) -> None:
        """Append the labels of surveys or audits."""
        columns = [labels.text(column).to_pylist() for column in FILES[name]]
        self.rows(name, zip(*columns, strict=True))

    def place(self, place: Place) -> None:
        """Append a branch's standing traits."""
        traits = (place.size, place.response_hours, place.fix, place.satisfaction, place.connect)
        self.rows("branches.csv", [(place.key, CENTRES[place.centre].en, *traits)])


class CellTruth:
    """Adds up, over the blocks of a cell, everybody's satisfaction and what the planted truths did."""

    def __init__(self, cell: Cell) -> None:
        self._cell = cell
        self._satisfaction = np.zeros(7)
        acting = {lever: cell.planted(lever) for lever in LEVERS_ON_TICKETS}
        self._acting = [(lever, truth) for lever, truths in acting.items() for truth in truths]
        self._effects = {truth.key: np.zeros(4) for _, truth in self._acting}

    def add(self, block: TicketBlock, asked: Asked) -> None:
        """Count a block."""
        everybody = block.traits["score"][block.resolved]
        answered = ~np.isnan(asked.surveys.floats("answered_at"))
        answers = block.traits["score"][asked.rows][answered]
        asked_of = np.array([len(asked.rows), len(answers), answers.sum(), (answers >= _SATISFIED).sum()])
        of_all = np.array([len(everybody), everybody.sum(), (everybody >= _SATISFIED).sum()])
        self._satisfaction += np.concatenate([of_all, asked_of])
        for lever, truth in self._acting:
            inside = truth.covers(block.columns)
            usual, planted = (
                block.traits[name][inside].sum() if name in block.traits else np.nan
                for name in (f"{lever}_usual", lever)
            )
            self._effects[truth.key] += np.array([len(inside), inside.sum(), usual, planted])

    def write(self, writer: TruthWriter) -> None:
        """Append the cell's lines."""
        n, total, satisfied, n_asked, n_answered, answered_total, answered_satisfied = self._satisfaction
        name = (self._cell.place.key, f"{self._cell.month:%Y-%m}")
        of_all = (int(n), _share(total, n), _share(satisfied, n))
        of_answers = (_share(answered_total, n_answered), _share(answered_satisfied, n_answered))
        writer.rows("satisfaction.csv", [(*name, *of_all, int(n_asked), int(n_answered), *of_answers)])
        for key, (tickets, exposed, usual, planted) in self._effects.items():
            levels = (_share(usual, exposed), _share(planted, exposed))
            writer.rows("effects.csv", [(key, *name, int(tickets), int(exposed), *levels)])


def _share(part: float, whole: float) -> str:
    """Return a ratio as text, empty where there is none."""
    return f"{part / whole:.4f}" if whole and not np.isnan(part) else ""
