"""What is told about the rows of a table: every check with its count and examples, and where each row went."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from kpi_lib.data.convert import Zones
from kpi_lib.data.mapping import canonical_text
from kpi_lib.data.prepared import prepared_rows
from kpi_lib.data.rows import Workplace
from kpi_lib.data.rules import CHECKS, Rule, Severity, text_of
from kpi_lib.data.schema import SOURCE, SOURCE_ROW, Table
from kpi_lib.data.settle import Doubtful, identity
from kpi_lib.errors import Issue, RunError

EXAMPLES = 5
"""Failing rows quoted per check."""
UNKNOWN_SPELLINGS = 1000
"""Unknown branch names compared with the known ones, the commonest first."""
NEAR = 0.7
"""Likeness (difflib's ratio) from which on two names look like one; short names differ by a character or two."""


def checks(settled: ir.Table, table: Table, doubtful: Sequence[Doubtful], place: Workplace) -> list[dict[str, object]]:
    """Return a line of ``Store.checks`` for every check of every source, failed or not."""
    found = []
    for source in doubtful:
        name, n_rows = source.staged.source.name, source.staged.n_rows
        lines = source.staged.malformed
        found.append(
            check_row(
                table.name,
                name,
                "malformed_line",
                "",
                Severity.REJECT,
                n_rows,
                len(lines),
                [(line.number, line.line) for line in lines[:EXAMPLES]],
            )
        )
        for rule in source.rules:
            count = source.counts[rule.flag]
            text = text_of(rule.column)
            examples = _examples(source.rows.filter(source.rows[rule.flag]), text) if count else []
            found.append(check_row(table.name, name, rule.check, rule.column, rule.severity, n_rows, count, examples))
            if rule.check == "unknown_branch":
                near = _near_spellings(source, rule, place) if count else {}
                quoted = [(0, f"{spelling!r} ({n} rows): {known!r}?") for spelling, (known, n) in near.items()]
                n_near = sum(n for _, n in near.values())
                found.append(
                    check_row(
                        table.name, name, "near_duplicate_branch", "branch", Severity.WARN, n_rows, n_near, quoted
                    )
                )
        key = identity(table)
        for check in ("duplicate_id", "exact_duplicate"):
            failing = settled.filter((settled[SOURCE] == name) & settled["reasons"].startswith(f"{check}("))
            count = int(failing.count().to_pyarrow().as_py())
            examples = _examples(failing, key) if count else []
            found.append(check_row(table.name, name, check, key, Severity.REJECT, n_rows, count, examples))
    return found


def _near_spellings(source: Doubtful, rule: Rule, place: Workplace) -> dict[str, tuple[str, int]]:
    """Return the unknown branch names that are almost a known one, with that one and their rows, commonest first."""
    failing = source.rows.filter(source.rows[rule.flag])
    counted = failing.group_by(spelling=failing[text_of(rule.column)]).agg(n=ibis._.count())
    unknown = counted.order_by(ibis.desc("n"), "spelling").limit(UNKNOWN_SPELLINGS).to_pyarrow().to_pylist()
    known = place.spellings["spelling"].to_pyarrow().to_pylist()
    near = {}
    for row in unknown:
        close = difflib.get_close_matches(row["spelling"], known, n=1, cutoff=NEAR)
        if close:
            near[row["spelling"]] = (close[0], row["n"])
    return near


def _examples(rows: ir.Table, column: str) -> list[tuple[int, object]]:
    quoted = rows.order_by(SOURCE_ROW).limit(EXAMPLES).select(SOURCE_ROW, value=rows[column].cast("string"))
    return [(row[SOURCE_ROW], row["value"]) for row in quoted.to_pyarrow().to_pylist()]


def check_row(
    table: str,
    source: str,
    check: str,
    columns: str,
    severity: Severity,
    n_rows: int,
    n_failed: int,
    examples: Sequence[tuple[int, object]] = (),
) -> dict[str, object]:
    """Return one line of ``Store.checks``; an example is a row number (0: none) and what stands there."""
    quoted = [_quoted(row, value) for row, value in examples]
    return {
        "table": table,
        "source": source,
        "check": check,
        "columns": columns,
        "severity": severity.value,
        "n_rows": n_rows,
        "n_failed": n_failed,
        "examples": "; ".join(quoted),
        "hint": CHECKS[check].hint.en if n_failed else "",
    }


def _quoted(row: int, value: object) -> str:
    if row == 0:
        return str(value)
    return f"row {row}" if value is None else f"row {row}: {value!r}"


def accounts(
    settled: ir.Table, table: Table, doubtful: Sequence[Doubtful], place: Workplace
) -> list[dict[str, object]]:
    """Return where the rows of each source went; raises RunError where one is lost."""
    accepted = _count_by_source(place, table)
    counted = settled.filter(settled["reasons"] != "").group_by(SOURCE).agg(n=ibis._.count())
    rejected = {row[SOURCE]: row["n"] for row in counted.to_pyarrow().to_pylist()}
    accounts = []
    for source in doubtful:
        staged = source.staged
        name = staged.source.name
        zones = Zones(place.timezone, place.timezone)
        passing = canonical_text(staged, place.engine.read_parquet(staged.file), zones).count().to_pyarrow().as_py()
        n_quarantined = rejected.get(name, 0) + len(staged.malformed)
        n_filtered = staged.n_rows - len(staged.malformed) - passing
        n_accepted = accepted.get(name, 0)
        if n_accepted + n_quarantined + n_filtered != staged.n_rows:
            problem = (
                f"{staged.n_rows} rows came, {n_accepted} were accepted, "
                f"{n_quarantined} quarantined, {n_filtered} filtered"
            )
            raise RunError(Issue(f"source {name}", problem, "rows were lost: please report this"))
        accounts.append(
            {
                "table": table.name,
                "source": name,
                "n_rows": staged.n_rows,
                "n_filtered": n_filtered,
                "n_quarantined": n_quarantined,
                "n_accepted": n_accepted,
            }
        )
    return accounts


def _count_by_source(place: Workplace, table: Table) -> dict[str, int]:
    rows = prepared_rows(place.engine, place.folder, table)
    if rows is None:
        return {}
    counted = rows.group_by(SOURCE).agg(n=ibis._.count())
    return {row[SOURCE]: row["n"] for row in counted.to_pyarrow().to_pylist()}
