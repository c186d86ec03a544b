"""One canonical table from all its sources: good rows in one pass straight to the store, doubtful rows one by one.

The first pass types every row, writes those that break no rule under their branch and the others under a partition
of their own. Only these are looked at again, with the text of every cell: each is rejected, or loses the values that
cannot be right, or turns out to be the copy to keep of rows with one number.
"""

from __future__ import annotations

import difflib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from kpi_lib.data.convert import Zones, swapped_format, timestamp
from kpi_lib.data.mapping import canonical_text
from kpi_lib.data.rows import Workplace, carried_columns, prepared_rows, schema_of, typed_rows
from kpi_lib.data.rules import CHECKS, Rule, Severity, any_of, judge, survivor, text_of
from kpi_lib.data.schema import SOURCE, SOURCE_ROW, VOIDED, ColumnType, Table
from kpi_lib.data.stage import Staged
from kpi_lib.errors import InputError, Issue, RunError

WRITTEN = ".written"
"""Folder of what the passes write, before it is put in place."""
DOUBTFUL = "__doubtful__"
"""Partition in which the first pass leaves the rows to look at again."""
MIXED_SHARE = 0.005
"""Share of a column's cells that only fit the exchanged day-month order from which on its other dates are unclear."""
WRONG_SHARE = 0.3
"""The same share from which on the declared order itself is wrong: of days 1 to 31 some 60 % exceed 12."""
EXAMPLES = 5
"""Failing rows quoted per check."""
UNKNOWN_SPELLINGS = 1000
"""Unknown branch names compared with the known ones, the commonest first."""
NEAR = 0.7
"""Likeness (difflib's ratio) from which on two names look like one; short names differ by a character or two."""


@dataclass(frozen=True)
class Ingested:
    """What became of the rows of one table."""

    available: tuple[str, ...]
    checks: list[dict[str, object]]
    accounts: list[dict[str, object]]


@dataclass
class _Doubtful:
    """The doubtful rows of one source, with the outcome of every rule in a column of its own."""

    staged: Staged
    rows: ir.Table
    rules: tuple[Rule, ...]
    counts: dict[str, int]


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
    settled = _settle(table, doubtful, place)
    _write_good(settled, table, place)
    _write_quarantine(settled, table, doubtful, place)
    _write_voided(settled, table, doubtful, place)
    columns = _available(table, staged, available)
    return Ingested(columns, _checks(settled, table, doubtful, place), _accounts(settled, table, doubtful, place))


def _available(table: Table, staged: Sequence[Staged], available: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    found: set[str] = set()
    for source in staged:
        mapped = frozenset(source.source.columns)
        found |= mapped | {column.name for column in carried_columns(table, mapped, available)}
    return tuple(name for name in table.names if name in found)


def _identity(table: Table) -> str:
    return next(column.name for column in table.columns if column.unique)


def _repeated(table: Table, staged: Sequence[Staged], place: Workplace) -> ir.Table | None:
    """Return the numbers that more than one row has, None where there are none."""
    key = _identity(table)
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
) -> _Doubtful:
    """Write the rows that break no rule; return the others, judged."""
    # Everything is built on this view by name: put another in its place, and the same steps work on other rows.
    every = place.engine.read_parquet(staged.file)
    raw = place.settled(every)
    rows = typed_rows(staged, raw, table, place, available)
    rows = rows.mutate(**_only_swapped(rows, staged, table))
    rows, rules = judge(rows, table, latest=place.latest, unclear=unclear, settled=place.settled)
    parts = _parts(place, table, staged.source.name)
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
        rows = rows.left_join(repeated, rows[_identity(table)] == repeated["number"])
        doubt = any_of(rows, rules) | rows["number"].notnull()
    out = _canonical(rows, table, (), voided=_named([]))
    out["branch"] = ibis.ifelse(doubt, DOUBTFUL, rows["branch"])
    place.engine.to_parquet(rows.select(**out), parts, partition_by="branch", compression="zstd")


def _parts(place: Workplace, table: Table, name: str) -> Path:
    parts = place.folder / WRITTEN / table.name / name
    parts.mkdir(parents=True, exist_ok=True)
    return parts


def _canonical(rows: ir.Table, table: Table, rules: Sequence[Rule], *, voided: ir.ArrayValue) -> dict[str, ir.Value]:
    """Return every column of the prepared table, typed, in order; missing where one of ``rules`` fails."""
    schema = schema_of(table)
    values = {
        name: (survivor(rows, name, rules) if name in rows.columns else ibis.null()).cast(schema[name])
        for name in table.names
    }
    return values | {VOIDED: voided, SOURCE: rows[SOURCE], SOURCE_ROW: rows[SOURCE_ROW]}


def _keep_doubtful(
    rows: ir.Table, rules: tuple[Rule, ...], staged: Staged, table: Table, place: Workplace
) -> _Doubtful:
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
    return _Doubtful(staged, found, rules, counts)


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


def _unclear_columns(judged: _Doubtful, staged: Staged) -> frozenset[str]:
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


def _settle(table: Table, doubtful: Sequence[_Doubtful], place: Workplace) -> ir.Table:
    """Return all doubtful rows with their final ``reasons``: empty for a row to keep."""
    names = list(schema_of(table))
    every = [source.rows.select(*names, "reasons") for source in doubtful]
    rows = ibis.union(*every) if len(every) > 1 else every[0]
    key = _identity(table)
    usable = rows.filter(rows["reasons"] == "")
    contents = table.names
    times = [
        usable[column.name] for column in table.columns if column.type is ColumnType.TIMESTAMP and not column.planned
    ]
    ranked = usable.mutate(
        _latest=ibis.greatest(*times) if times else ibis.null("timestamp"),
        _filled=sum((usable[name].notnull().cast("int64") for name in contents), ibis.literal(0)),
        _content=ibis.struct({name: usable[name] for name in contents}).cast("string"),
    )
    # The copy of the latest state is kept, then the fullest; what is left is decided by content, never by the order
    # of the rows, so that a re-sorted export gives the same store.
    order = [ibis.desc("_latest"), ibis.desc("_filled"), "_content", SOURCE, SOURCE_ROW]
    window = ibis.window(group_by=key, order_by=order)
    placed = ranked.mutate(_place=ibis.row_number().over(window), _kept=ranked["_content"].first().over(window))
    same = placed["_content"] == placed["_kept"]
    verdict = ibis.cases(
        (placed["_place"] == 0, ""),
        (same, f"exact_duplicate({key})"),
        else_=f"duplicate_id({key})",
    )
    outcome = placed.select(*names, reasons=verdict)
    return place.engine.create_table(f"settled_{table.name}", ibis.union(outcome, rows.filter(rows["reasons"] != "")))


def _write_good(settled: ir.Table, table: Table, place: Workplace) -> None:
    good = settled.filter(settled["reasons"] == "").drop("reasons")
    if good.count().to_pyarrow().as_py():
        place.engine.to_parquet(good, _parts(place, table, "~settled"), partition_by="branch", compression="zstd")
    target = place.folder / table.name
    target.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(sorted((place.folder / WRITTEN / table.name).glob("*/branch=*/*.parquet"))):
        folder = target / path.parent.name
        folder.mkdir(exist_ok=True)
        path.rename(folder / f"{number:05d}.parquet")


def _write_quarantine(settled: ir.Table, table: Table, doubtful: Sequence[_Doubtful], place: Workplace) -> None:
    rejected = settled.filter(settled["reasons"] != "")
    parts = []
    for source in doubtful:
        staged = source.staged
        raw = place.engine.read_parquet(staged.file)
        own = rejected.filter(rejected[SOURCE] == staged.source.name).select(SOURCE, SOURCE_ROW, "reasons")
        found = own.join(raw, SOURCE_ROW).to_pyarrow()
        names = [SOURCE_ROW, SOURCE, "reasons", *staged.columns.values()]
        shown = [SOURCE_ROW, SOURCE, "reasons", *(_raw_name(name) for name in staged.columns)]
        parts.append(found.select(names).rename_columns(shown))
        if staged.malformed:
            parts.append(_malformed(staged))
    path = place.folder / "quarantine" / f"{table.name}.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.concat_tables(parts, promote_options="default"), path)


def _raw_name(name: str) -> str:
    """Return a raw column's name in the quarantine, where some names are taken."""
    return f"{name} (raw)" if name in {SOURCE, SOURCE_ROW, "reasons", "line"} else name


def _malformed(staged: Staged) -> pa.Table:
    lines = staged.malformed
    return pa.table(
        {
            SOURCE_ROW: pa.array([line.number for line in lines], pa.int64()),
            SOURCE: [staged.source.name] * len(lines),
            "reasons": [f"malformed_line({line.found} cells, not {line.expected})" for line in lines],
            "line": [line.line for line in lines],
        }
    )


def _write_voided(settled: ir.Table, table: Table, doubtful: Sequence[_Doubtful], place: Workplace) -> None:
    kept = settled.filter((settled["reasons"] == "") & (settled[VOIDED].length() > 0)).select(SOURCE, SOURCE_ROW)
    schema = pa.schema(
        [
            (SOURCE, pa.string()),
            (SOURCE_ROW, pa.int64()),
            ("column", pa.string()),
            ("original", pa.string()),
            ("reason", pa.string()),
            ("detail", pa.string()),
        ]
    )
    parts = [schema.empty_table()]
    for source in doubtful:
        for rule in source.rules:
            if rule.severity is not Severity.VOID or not source.counts[rule.flag]:
                continue
            failing = source.rows.filter(source.rows[rule.flag]).semi_join(kept, [SOURCE, SOURCE_ROW])
            found = failing.select(
                SOURCE,
                SOURCE_ROW,
                column=ibis.literal(rule.column),
                original=failing[text_of(rule.column)],
                reason=ibis.literal(rule.check),
                detail=_detail(failing, rule, source),
            )
            parts.append(found.to_pyarrow().cast(schema))
    path = place.folder / "voided" / f"{table.name}.parquet"
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.concat_tables(parts).sort_by([(SOURCE, "ascending"), (SOURCE_ROW, "ascending")]), path)


def _detail(rows: ir.Table, rule: Rule, source: _Doubtful) -> ir.StringValue:
    mapped = source.staged.source.columns.get(rule.column)
    if rule.check != "not_convertible" or mapped is None or not mapped.formats:
        return ibis.literal("")
    wanted = " or ".join(mapped.formats)
    swapped = f"swapped_{rule.column}"
    if swapped not in rows.columns:
        return ibis.literal(f"does not match {wanted}")
    other = " or ".join(filter(None, map(swapped_format, mapped.formats)))
    return ibis.ifelse(rows[swapped], f"does not match {wanted} (matches {other})", f"does not match {wanted}")


def _checks(
    settled: ir.Table, table: Table, doubtful: Sequence[_Doubtful], place: Workplace
) -> list[dict[str, object]]:
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
        key = _identity(table)
        for check in ("duplicate_id", "exact_duplicate"):
            failing = settled.filter((settled[SOURCE] == name) & settled["reasons"].startswith(f"{check}("))
            count = int(failing.count().to_pyarrow().as_py())
            examples = _examples(failing, key) if count else []
            found.append(check_row(table.name, name, check, key, Severity.REJECT, n_rows, count, examples))
    return found


def _near_spellings(source: _Doubtful, rule: Rule, place: Workplace) -> dict[str, tuple[str, int]]:
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
    quoted = [("" if value is None else str(value)) if row == 0 else f"row {row}: {value!r}" for row, value in examples]
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


def _accounts(
    settled: ir.Table, table: Table, doubtful: Sequence[_Doubtful], place: Workplace
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
