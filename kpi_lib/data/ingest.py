"""One canonical table from all its sources: good rows in one pass straight to the store, doubtful rows one by one.

The first pass types every row, writes those that break no rule under their branch and the others under a partition
of their own. Only these are looked at again, with the text of every cell: each is rejected, or loses the values that
cannot be right, or turns out to be the copy to keep of rows with one number.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir

from kpi_lib.data.account import accounts, checks
from kpi_lib.data.convert import Zones, swapped_format, timestamp
from kpi_lib.data.mapping import canonical_text
from kpi_lib.data.prepared import schema_of
from kpi_lib.data.rows import Workplace, carried_columns, typed_rows
from kpi_lib.data.rules import Rule, Severity, any_of, judge, survivor, text_of
from kpi_lib.data.schema import SOURCE, SOURCE_ROW, VOIDED, ColumnType, Table
from kpi_lib.data.settle import Doubtful, identity, settle, write_good, write_quarantine, write_voided, written
from kpi_lib.data.stage import Staged
from kpi_lib.errors import InputError, Issue

DOUBTFUL = "__doubtful__"
"""Partition in which the first pass leaves the rows to look at again."""
MIXED_SHARE = 0.005
"""Share of a column's cells that only fit the exchanged day-month order from which on its other dates are unclear."""
WRONG_SHARE = 0.3
"""The same share from which on the declared order itself is wrong: of days 1 to 31 some 60 % exceed 12."""


@dataclass(frozen=True)
class Ingested:
    """What became of the rows of one table."""

    available: tuple[str, ...]
    checks: list[dict[str, object]]
    accounts: list[dict[str, object]]


def ingest(
    table: Table, staged: Sequence[Staged], place: Workplace, available: Mapping[str, tuple[str, ...]]
) -> Ingested:
    """Write ``table`` into the store being built and return what was found.

    Raises
    ------
    InputError
        A date column is declared day-first and holds month-first dates, or the other way round.
    RunError
        Rows in and rows out differ.
    """
    repeated = _repeated(table, staged, place)
    doubtful = [_first_pass(source, table, place, available, repeated) for source in staged]
    settled = settle(table, doubtful, place)
    write_good(settled, table, place)
    write_quarantine(settled, table, doubtful, place)
    write_voided(settled, table, doubtful, place)
    columns = _available(table, staged, available)
    return Ingested(columns, checks(settled, table, doubtful, place), accounts(settled, table, doubtful, place))


def _available(table: Table, staged: Sequence[Staged], available: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    found: set[str] = set()
    for source in staged:
        mapped = frozenset(source.source.columns)
        found |= mapped | {column.name for column in carried_columns(table, mapped, available)}
    return tuple(name for name in table.names if name in found)


def _repeated(table: Table, staged: Sequence[Staged], place: Workplace) -> ir.Table | None:
    """Return the numbers that more than one row has, None where there are none."""
    key = identity(table)
    numbers = []
    for source in staged:
        raw = place.engine.read_parquet(source.file)
        zones = Zones(place.timezone, place.timezone)
        numbers.append(canonical_text(source, raw, zones).select(number=ibis._[key]))
    every = ibis.union(*numbers) if len(numbers) > 1 else numbers[0]
    found = every.filter(every["number"].notnull()).group_by("number").agg(n=ibis._.count())
    kept = place.engine.create_table(f"repeated_{table.name}", found.filter(found["n"] > 1).select("number"))
    return kept if kept.count().to_pyarrow().as_py() else None


def _first_pass(
    staged: Staged,
    table: Table,
    place: Workplace,
    available: Mapping[str, tuple[str, ...]],
    repeated: ir.Table | None,
    unclear: frozenset[str] = frozenset(),
) -> Doubtful:
    """Write the rows that break no rule; return the others, judged."""
    # Everything is built on this view by name: put another in its place, and the same steps work on other rows.
    every = place.engine.read_parquet(staged.file)
    raw = place.settled(every)
    rows = typed_rows(staged, raw, table, place, available)
    rows = rows.mutate(**_only_swapped(rows, staged, table))
    rows, rules = judge(rows, table, latest=place.latest, unclear=unclear, settled=place.settled)
    parts = written(place, table, staged.source.name)
    _write_sound(rows, rules, table, place, repeated, parts)
    doubtful = sorted(str(path) for path in (parts / f"branch={DOUBTFUL}").glob("*.parquet"))
    if doubtful:
        numbers = place.engine.read_parquet(doubtful).select(SOURCE_ROW)
        again = every.semi_join(numbers, SOURCE_ROW)
    else:
        again = every.limit(0)
    place.engine.create_view(raw.get_name(), again, overwrite=True)
    judged = _keep_doubtful(rows, rules, staged, table, place)
    shutil.rmtree(parts / f"branch={DOUBTFUL}", ignore_errors=True)
    more = _unclear_columns(judged, staged)
    if more - unclear:
        shutil.rmtree(parts)
        return _first_pass(staged, table, place, available, repeated, unclear | more)
    return judged


def _write_sound(
    rows: ir.Table, rules: Sequence[Rule], table: Table, place: Workplace, repeated: ir.Table | None, parts: Path
) -> None:
    """Write all rows, those that break a rule or share their number under :data:`DOUBTFUL`."""
    doubt = any_of(rows, rules)
    if repeated is not None:
        rows = rows.left_join(repeated, rows[identity(table)] == repeated["number"])
        doubt = any_of(rows, rules) | rows["number"].notnull()
    out = _canonical(rows, table, (), voided=_named([]))
    out["branch"] = ibis.ifelse(doubt, DOUBTFUL, rows["branch"])
    place.engine.to_parquet(rows.select(**out), parts, partition_by="branch")


def _canonical(rows: ir.Table, table: Table, rules: Sequence[Rule], *, voided: ir.ArrayValue) -> dict[str, ir.Value]:
    """Return every column of the prepared table, typed, in order; missing where one of ``rules`` fails."""
    schema = schema_of(table)
    values = {
        name: (survivor(rows, name, rules) if name in rows.columns else ibis.null()).cast(schema[name])
        for name in table.names
    }
    return values | {VOIDED: voided, SOURCE: rows[SOURCE], SOURCE_ROW: rows[SOURCE_ROW]}


def _keep_doubtful(rows: ir.Table, rules: tuple[Rule, ...], staged: Staged, table: Table, place: Workplace) -> Doubtful:
    """Return the doubtful rows with the outcome of every rule, the reasons to reject and the values that survive."""
    rejecting = [rule for rule in rules if rule.severity is Severity.REJECT]
    kept = [name for name in rows.columns if name.startswith(("text_", "swapped_", "fails_"))]
    found = place.engine.create_table(
        ibis.util.gen_name("doubtful"),
        rows.select(
            *kept,
            **_canonical(rows, table, rules, voided=_named(_voiding(rows, rules))),
            reasons=_named([(f"{rule.check}({rule.column})", rows[rule.flag]) for rule in rejecting]).join("; "),
        ),
    )
    counted = [name for name in kept if not name.startswith("text_")]
    sums = found.aggregate(**{name: found[name].sum().fill_null(0) for name in counted})
    counts = {key: int(value) for key, value in sums.to_pyarrow().to_pylist()[0].items()}
    return Doubtful(staged, found, rules, counts)


def _voiding(rows: ir.Table, rules: Sequence[Rule]) -> list[tuple[str, ir.BooleanValue]]:
    """Return, per column with rules that void, whether any of them fails."""
    columns = dict.fromkeys(rule.column for rule in rules if rule.severity is Severity.VOID)
    return [(name, any_of(rows, [rule for rule in rules if rule.column == name])) for name in columns]


def _named(fails: Sequence[tuple[str, ir.BooleanValue]]) -> ir.ArrayValue:
    """Return the names of those that fail, as an array."""
    if not fails:
        # A slice of a filled array, because an empty literal has no type of elements in the engine.
        return ibis.array([ibis.literal("")])[:0]
    names = [ibis.ifelse(failed, ibis.literal(name), ibis.null("string")) for name, failed in fails]
    return ibis.array(names).filter(lambda name: name.notnull())


def _only_swapped(rows: ir.Table, staged: Staged, table: Table) -> dict[str, ir.BooleanValue]:
    """Return, per date column with a declared order, whether a cell fits it only the other way round."""
    found = {}
    for name, mapped in staged.source.columns.items():
        swaps = tuple(swap for pattern in mapped.formats if (swap := swapped_format(pattern)))
        if swaps and table.column(name).type is ColumnType.TIMESTAMP:
            text = rows[text_of(name)]
            other = timestamp(text, swaps, Zones("UTC", "UTC"))
            found[f"swapped_{name}"] = text.notnull() & rows[name].isnull() & other.notnull()
    return found


def _unclear_columns(judged: Doubtful, staged: Staged) -> frozenset[str]:
    n_rows = max(staged.n_rows - len(staged.malformed), 1)
    shares = {
        key.removeprefix("swapped_"): count / n_rows
        for key, count in judged.counts.items()
        if key.startswith("swapped_")
    }
    issues = [
        Issue(
            f"source {staged.source.name}, column {name}",
            f"{share:.0%} of the dates do not fit {', '.join(staged.source.columns[name].formats)}"
            " but fit it with day and month exchanged",
            "formats: [" + ", ".join(filter(None, map(swapped_format, staged.source.columns[name].formats))) + "]",
        )
        for name, share in shares.items()
        if share > WRONG_SHARE
    ]
    if issues:
        raise InputError(issues)
    return frozenset(name for name, share in shares.items() if share >= MIXED_SHARE)
