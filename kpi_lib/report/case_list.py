"""Lists of cases to read."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis.comments.mask import masked
from kpi_lib.analysis.records import records
from kpi_lib.data.schema import TABLES, Column, ColumnType
from kpi_lib.kpi.dimensions import DIMENSIONS, value_name
from kpi_lib.report.html import Child, Fragment
from kpi_lib.report.table import table
from kpi_lib.text import Text
from kpi_lib.text.language import MISSING, Language

LONGEST = 200
"""Characters of a text shown; a comment may be a book."""

_OTHER = {"n_calls": Text("Calls of the day", "当日来电次数")}


def case_table(frame: pd.DataFrame, source: str, language: Language, *, caption: str) -> Fragment:
    """Return cases as a table, columns and values named as the canonical tables name them.

    Parameters
    ----------
    frame
        Cases, columns of the canonical table ``source``.
    source
        Its name.
    caption
        What they are.
    """
    columns = {column.name: column for column in TABLES[source].columns}
    headings = [language.pick(columns[name].text if name in columns else _OTHER[name]) for name in frame.columns]
    rows: list[list[Child]] = [
        [_cell(value, columns.get(name), language) for name, value in row.items()] for row in records(frame)
    ]
    words = [place for place, name in enumerate(frame.columns) if name in columns and _is_text(columns[name])]
    return table(headings, rows, caption=caption, text_columns=(0, *words))


def _is_text(column: Column) -> bool:
    return column.type is ColumnType.STRING


def _cell(value: object, column: Column | None, language: Language) -> str:
    if value is None or value != value or value is pd.NaT:
        return MISSING
    if isinstance(value, pd.Timestamp):
        return language.timestamp(value.to_pydatetime())
    if isinstance(value, bool):
        return language.sentence("yes") if value else language.sentence("no")
    if isinstance(value, int | float):
        return language.number(value, None if float(value).is_integer() else 1)
    text = masked(str(value)) if column is not None and column.name == "comment" else str(value)
    if column is not None and column.name in DIMENSIONS:
        return language.pick(value_name(column.name, text))
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
