"""The data-quality page: what came, what was left out and why, how full the rest is, which KPI cannot be computed."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis.data_quality import DataQuality
from kpi_lib.analysis.records import records
from kpi_lib.data.rules import CHECKS
from kpi_lib.data.schema import TABLES
from kpi_lib.report.html import Fragment, bullets, element, folded, joined
from kpi_lib.report.provenance import fingerprint_table
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph, period_words
from kpi_lib.text.language import Language

SETTLED = ("exact_duplicate", "duplicate_id")
"""Checks that leave nothing to do: one of the rows is kept."""


def verdict(quality: DataQuality, language: Language) -> Fragment:
    """Return what the data are worth: what is used, what is not, what to do."""
    return element(
        "section",
        element("p", headline(quality, language), class_="headline", style="font-size:1.35em;font-weight:600;margin:0"),
        element("p", _effect(quality, language)),
        element("h3", language.sentence("What to do")),
        bullets(tasks(quality, language)),
        class_="verdict",
    )


def headline(quality: DataQuality, language: Language) -> str:
    """Return how many of the rows that came are used."""
    came = int(quality.accounts["n_rows"].sum() - quality.accounts["n_filtered"].sum())
    used = int(quality.accounts["n_accepted"].sum())
    if came == 0:
        return language.sentence("No rows came.")
    return language.sentence(
        "{used} of the {came} rows that came are used ({share}); {left_out} were set aside, {voided} values set to "
        "missing.",
        used=language.number(used),
        came=language.number(came),
        share=language.percent(used / came, 2),
        left_out=language.number(came - used),
        voided=language.number(int(quality.voided["n_values"].sum())),
    )


def _effect(quality: DataQuality, language: Language) -> str:
    computed = len(quality.kpis) - len(quality.missing)
    said = language.sentence(
        "{computed} of {all} indicators can be computed.",
        computed=language.number(computed),
        all=language.number(len(quality.kpis)),
    )
    lost = sum(quality.weights.get(kpi, 0.0) for kpi in quality.missing)
    if lost == 0:
        return paragraph([said, language.sentence("The composite has all its indicators.")], language)
    lacks = language.sentence(
        "The composite lacks {share} of its weight, shared out among the rest.", share=language.percent(lost / 100, 0)
    )
    return paragraph([said, lacks], language)


def tasks(quality: DataQuality, language: Language) -> list[str]:
    """Return what to mend, the most rows first."""
    said = [
        language.plural(
            "{source}: {n} row set aside. {reason}; what helps: {hint}.",
            "{source}: {n} rows set aside. {reason}; what helps: {hint}.",
            row["n_rows"],
            source=row["source"],
            reason=reason_words(row["reason"], language),
            hint=_hint(row["reason"], language),
        )
        for row in records(_unsettled(quality.rejected).head(3))
    ]
    said += [
        language.plural(
            "{source}: {n} value of {column} set to missing. {reason}; what helps: {hint}.",
            "{source}: {n} values of {column} set to missing. {reason}; what helps: {hint}.",
            row["n_values"],
            source=row["source"],
            column=column_name(row["table"], row["column"], language),
            reason=reason_words(row["reason"], language),
            hint=_hint(row["reason"], language),
        )
        for row in records(_unsettled(quality.voided).head(2))
    ]
    said += [
        language.sentence(
            "{column} was filled far less than usual in {periods}: find out why.",
            column=column_name(str(of), str(column), language),
            periods=language.list([period_words(period, language) for period in rows["period"]]),
        )
        for (of, column), rows in _flagged(quality).groupby(["table", "column"], sort=False)
    ]
    return said or [language.sentence("Nothing was set aside and nothing looks odd.")]


def _unsettled(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the reasons somebody can do something about."""
    return frame[[_parts(reason)[0] not in SETTLED for reason in frame["reason"]]]


def _flagged(quality: DataQuality) -> pd.DataFrame:
    return quality.by_period[quality.by_period["flagged"]] if len(quality.by_period) else quality.by_period


def reason_words(reason: str, language: Language) -> str:
    """Return a reason, ``check(columns)`` or ``check``, in words."""
    check, columns = _parts(reason)
    name = language.pick(CHECKS[check].name) if check in CHECKS else check
    return f"{name} ({columns})" if columns else name


def _hint(reason: str, language: Language) -> str:
    check, _ = _parts(reason)
    return language.pick(CHECKS[check].hint) if check in CHECKS else ""


def _parts(reason: str) -> tuple[str, str]:
    check, _, columns = reason.partition("(")
    return check, columns.removesuffix(")")


def column_name(table: str, column: str, language: Language) -> str:
    """Return the name of a canonical column."""
    return language.pick(TABLES[table].column(column).text)


def table_name(name: str, language: Language) -> str:
    """Return the name of a canonical table."""
    return language.pick(TABLES[name].text)


def came(quality: DataQuality, language: Language) -> Fragment:
    """Return what came: rows per source with where they went, and the fingerprints."""
    columns = [
        language.sentence("Source"),
        language.sentence("Table"),
        language.sentence("Rows that came"),
        language.sentence("Left out by the source's filters"),
        language.sentence("Set aside"),
        language.sentence("Used"),
    ]
    cells = [
        [
            row["source"],
            table_name(row["table"], language),
            *(language.number(row[name]) for name in ("n_rows", "n_filtered", "n_quarantined", "n_accepted")),
        ]
        for row in records(quality.accounts)
    ]
    caption = language.sentence("Rows that came and where they went, whole company")
    return joined(
        [table(columns, cells, caption=caption, text_columns=(0, 1)), fingerprint_table(quality.sources, language)]
    )


def left_out(quality: DataQuality, language: Language) -> Fragment:
    """Return rows set aside and values set to missing, by reason, with examples."""
    return joined([_rejected(quality, language), _voided(quality, language), _warned(quality, language)])


def _rejected(quality: DataQuality, language: Language) -> Fragment:
    if quality.rejected.empty:
        return element("p", language.sentence("No row was set aside."))
    columns = [
        language.sentence("Reason"),
        language.sentence("Source"),
        language.sentence("Rows"),
        language.sentence("Rows of the source, for example"),
        language.sentence("What helps, or was done"),
    ]
    cells = [
        [
            reason_words(row["reason"], language),
            row["source"],
            language.number(row["n_rows"]),
            row["examples"],
            _hint(row["reason"], language),
        ]
        for row in records(quality.rejected)
    ]
    caption = language.sentence("Rows set aside and why (a row with two reasons is in both)")
    return table(columns, cells, caption=caption, text_columns=(0, 1, 3, 4))


def _voided(quality: DataQuality, language: Language) -> Fragment:
    if quality.voided.empty:
        return element("p", language.sentence("No value was set to missing."))
    columns = [
        language.sentence("Column"),
        language.sentence("Source"),
        language.sentence("Reason"),
        language.sentence("Values"),
        language.sentence("As they came, for example"),
        language.sentence("What helps, or was done"),
    ]
    cells = [
        [
            column_name(row["table"], row["column"], language),
            row["source"],
            reason_words(row["reason"], language),
            language.number(row["n_values"]),
            row["examples"],
            _hint(row["reason"], language),
        ]
        for row in records(quality.voided)
    ]
    caption = language.sentence("Values that could not be right: the row is kept, the value is missing")
    return table(columns, cells, caption=caption, text_columns=(0, 1, 2, 4, 5))


def _warned(quality: DataQuality, language: Language) -> Fragment:
    if quality.warnings.empty:
        return element("p", language.sentence("No check warned."))
    columns = [
        language.sentence("Check"),
        language.sentence("Table"),
        language.sentence("Column"),
        language.sentence("Found"),
        language.sentence("Of"),
        language.sentence("For example"),
    ]
    cells = [
        [
            reason_words(row["check"], language),
            table_name(row["table"], language),
            row["columns"],
            language.number(row["n_failed"]),
            language.number(row["n_rows"]),
            row["examples"],
        ]
        for row in records(quality.warnings)
    ]
    caption = language.sentence("What looks odd and was kept")
    return folded(caption, table(columns, cells, caption=caption, text_columns=(0, 1, 2, 5)))


def unavailable(quality: DataQuality, language: Language) -> Fragment:
    """Return the indicators that cannot be computed and the columns they lack."""
    if not quality.missing:
        return element("p", language.sentence("Every indicator of the policy can be computed from these data."))
    columns = [
        language.sentence("Indicator"),
        language.sentence("Weight"),
        language.sentence("Columns lacking"),
    ]
    cells = [
        [
            language.pick(quality.kpis[kpi].name),
            language.percent(quality.weights.get(kpi, 0.0) / 100),
            language.list([_lacking(name, language) for name in names]),
        ]
        for kpi, names in sorted(quality.missing.items(), key=lambda item: -quality.weights.get(item[0], 0.0))
    ]
    caption = language.sentence("Indicators that cannot be computed, and what they lack")
    return table(columns, cells, caption=caption, text_columns=(0, 2))


def _lacking(name: str, language: Language) -> str:
    of, _, column = name.partition(".")
    return f"{column_name(of, column, language)} ({name})"
