"""How many rows each table has and how full its columns are, as figures and tables."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis.data_quality import NOTABLE_DROP, DataQuality
from kpi_lib.analysis.records import Row, records
from kpi_lib.plot.counts import count_columns
from kpi_lib.report.data_quality import column_name, table_name
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Child, Fragment, element, folded, joined
from kpi_lib.report.table import table
from kpi_lib.report.words import period_words
from kpi_lib.text.language import Language


def volume(quality: DataQuality, language: Language) -> Fragment:
    """Return this branch's rows per table and period."""
    if quality.by_period.empty:
        return element("p", language.sentence("No table of this branch has rows."))
    counts = quality.by_period.drop_duplicates(["table", "period"])
    periods = list(counts["period"].drop_duplicates())
    pictures, empty = [], []
    for name, rows in counts.groupby("table", sort=False):
        numbers = [int(n) for n in rows["n_rows"]]
        empty += [f"{table_name(str(name), language)} {period}" for period in rows.loc[rows["n_rows"] == 0, "period"]]
        pictures.append(
            count_columns(
                periods,
                numbers,
                written=language.number,
                name=f"volume-{name}",
                title=table_name(str(name), language),
                finding=language.plural("{n} row", "{n} rows", sum(numbers)),
                alt=language.list(
                    [f"{period}: {language.number(n)}" for period, n in zip(periods, numbers, strict=True)]
                ),
            )
        )
    wide = counts.pivot_table(index="period", columns="table", values="n_rows", sort=False)
    cells = [[period, *(language.number(wide.loc[period, name]) for name in wide.columns)] for period in periods]
    columns = [language.sentence("Period"), *(table_name(str(name), language) for name in wide.columns)]
    title = (
        language.sentence("No rows came for {which}.", which=language.list(empty))
        if empty
        else language.sentence("Every table has rows in every period.")
    )
    branch = language.pick(quality.branches[quality.branch])
    return figure(
        pictures,
        title=title,
        caption=language.sentence("{branch}, rows used by table and period.", branch=branch),
        data=table(columns, cells, caption=language.sentence("Rows used by table and period")),
        language=language,
    )


def by_period(quality: DataQuality, language: Language) -> Fragment:
    """Return how full each needed column of this branch is, month by month."""
    if quality.by_period.empty:
        return element("p", language.sentence("No table of this branch has rows."))
    n_flagged = int(quality.by_period["flagged"].sum())
    said = language.sentence(
        "{n} cells stand out (marked ▼): at least {drop} below the column's other periods, beyond chance. A step that "
        "has not happened yet is missing too, so recent months of late steps are less full.",
        n=language.number(n_flagged),
        drop=language.points(NOTABLE_DROP, 0),
    )
    return joined([element("p", said), *_full_tables(quality, quality.by_period, "period", language)])


def by_branch(quality: DataQuality, language: Language) -> Fragment:
    """Return how full each needed column is in each branch, in the period judged."""
    if quality.by_branch.empty:
        return element("p", language.sentence("No table has rows in the period."))
    return joined(_full_tables(quality, quality.by_branch.assign(flagged=False), "branch", language))


def _full_tables(quality: DataQuality, frame: pd.DataFrame, across: str, language: Language) -> list[Child]:
    parts: list[Child] = []
    for name, rows in frame.groupby("table", sort=False):
        places = list(rows[across].drop_duplicates())
        by_place = {(row["column"], row[across]): row for row in records(rows)}
        counts = {row[across]: row["n_rows"] for row in records(rows)}
        cells: list[list[Child]] = [
            [language.sentence("Rows"), *(language.number(counts[place]) for place in places)],
            *(
                [
                    column_name(str(name), str(column), language),
                    *(_share_cell(by_place.get((column, place)), language) for place in places),
                ]
                for column in rows["column"].drop_duplicates()
            ),
        ]
        heads = [_place_name(quality, place, across, language) for place in places]
        caption = (
            language.sentence("{table}: share filled by period", table=table_name(str(name), language))
            if across == "period"
            else language.sentence(
                "{table}: share filled by branch, {period}",
                table=table_name(str(name), language),
                period=period_words(quality.period, language),
            )
        )
        own = table([language.sentence("Column"), *heads], cells, caption=caption)
        parts.append(folded(caption, own, open_=bool(rows["flagged"].any()) or name == "tickets"))
    return parts


def _place_name(quality: DataQuality, place: str, across: str, language: Language) -> str:
    if across == "branch" and place in quality.branches:
        return language.pick(quality.branches[place])
    return str(place)


def _share_cell(row: Row | None, language: Language) -> Child:
    if row is None or row["n_rows"] == 0:
        return language.percent(None)
    shown = language.percent(row["share"], 0)
    return element("strong", f"▼ {shown}", class_="worse") if row["flagged"] else shown
