"""``data/README.md``: the canonical tables and the checks in words, written from their declarations."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_lib.data.rules import CHECKS
from kpi_lib.data.schema import TABLES, Column, ColumnType, Table

_INTRODUCTION = """# Data 数据

Written by `kpi docs` from the declarations in `kpi_lib/data`; do not edit it by hand.

- `raw/`: the exports as they came. They are never changed; each is fingerprinted, and every report names the
  fingerprints it rests on.
- `truth/`: what was planted into the sample company's exports, to judge the notebooks by.
- `prepared/`: the store `kpi prepare` makes from them (not in version control): one folder per table and branch.

`params/sources.yml` maps the columns of an export onto the canonical tables below. Times are local times of the
company's time zone, written without one; durations in hours end in `_hours`, in seconds in `_seconds`. Missing is
missing, never 0.

A row that lacks a required value or whose required value cannot be right goes to quarantine with the reason. An
optional value that cannot be right is voided: set to missing, and remembered in `voided_columns`, so that an indicator
leaves the row out as unknown. Every prepared row also carries `source` (the source's name) and `source_row` (its
number there; the first data row is 1, blank lines do not count, several files of one source are numbered on in order
of their names).

What is not mapped to a declared format is not guessed. Dates without a declared format are read only where they are
written year first; `03/02/2025` needs `formats`. Numbers have a decimal point and no thousands separators. Flags are
true/false, yes/no, 1/0, 是/否; others need `values`. Of rows with one number, the one of the latest state is kept.
"""


def data_readme() -> str:
    """Return the text of ``data/README.md``."""
    parts = [_INTRODUCTION, *(_table(table) for table in TABLES.values()), _checks()]
    return "\n".join(parts)


def _table(table: Table) -> str:
    lines = [
        f"## {table.name}: {table.text.en} {table.text.zh}",
        "",
        f"One row is {table.grain.en} ({table.grain.zh})."
        + (f" Dated by `{table.dated_by}`." if table.dated_by else ""),
        "",
        "| column | type | unit | required | meaning | 含义 | rules |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [_row(column) for column in table.columns]
    return "\n".join([*lines, ""])


def _row(column: Column) -> str:
    cells = [
        f"`{column.name}`",
        column.type.value,
        column.unit,
        "yes" if column.required else "",
        column.text.en,
        column.text.zh,
        "; ".join(_rules(column)),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _rules(column: Column) -> Iterator[str]:
    if column.unique:
        yield "unique"
    if column.values:
        yield "one of " + ", ".join(f"`{value}` ({name.en} {name.zh})" for value, name in column.values.items())
    if column.minimum is not None and column.maximum is not None:
        yield f"{column.minimum:g} to {column.maximum:g}"
    elif column.minimum is not None and column.type is not ColumnType.TIMESTAMP:
        yield f"at least {column.minimum:g}"
    if column.not_before:
        yield f"not before `{column.not_before}`"
    if column.planned:
        yield "may lie ahead"
    if column.references:
        yield f"refers to `{column.references}`"
    if column.carried_by:
        yield f"where missing, from `{column.carried_from}` through `{column.carried_by}`"


def _checks() -> str:
    lines = [
        "## Checks 检查",
        "",
        "| check | meaning | 含义 | what to do | 处理 |",
        "|---|---|---|---|---|",
        *(
            f"| `{code}` | {kind.name.en} | {kind.name.zh} | {kind.hint.en} | {kind.hint.zh} |"
            for code, kind in CHECKS.items()
        ),
    ]
    return "\n".join([*lines, ""])
