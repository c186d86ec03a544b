"""The scorecard's map: which indicator scored how in which period."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.plot.heat import score_map
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Fragment
from kpi_lib.report.table import table
from kpi_lib.report.words import period_words
from kpi_lib.text.language import Language

WEAK = 3
"""Score below which a period counts as weak: the middle of the five bands."""


def score_history(card: Scorecard, language: Language) -> Fragment | None:
    """Return the scores of the weighted indicators by period, None where there is none to show."""
    order = list(card.weighted["kpi"])
    periods = list(card.history["period"].drop_duplicates())
    scores = card.history.pivot_table(index="kpi", columns="period", values="score", dropna=False)
    scores = scores.reindex(index=order, columns=periods).astype(float)
    if scores.notna().to_numpy().sum() == 0:
        return None
    names = [language.pick(card.kpis[kpi].name) for kpi in order]
    said = _finding(scores.set_axis(names), language)
    span = language.sentence(
        "{first} to {last}",
        first=period_words(periods[0], language),
        last=period_words(periods[-1], language),
    )
    cells = [
        [name, *(language.number(score) for score in row)] for name, row in zip(names, scores.to_numpy(), strict=True)
    ]
    return figure(
        [score_map(scores.set_axis(names), language=language, name="score-map", alt=said)],
        title=said,
        caption=language.sentence(
            "{branch}, {span}. Score of each weighted indicator out of 5, by the bands of the policy; – no value.",
            branch=language.pick(card.terms.names.branch),
            span=span,
        ),
        data=table([language.sentence("Indicator"), *periods], cells, caption=language.sentence("Scores by period")),
        language=language,
    )


def _finding(scores: pd.DataFrame, language: Language) -> str:
    """Return which indicator was weak most often; the one with the greater weight where several were."""
    weak = (scores < WEAK).sum(axis=1).to_numpy()
    if weak.max() == 0:
        return language.sentence(
            "No weighted indicator scored below {weak} in these {n} periods.",
            weak=language.number(WEAK),
            n=language.number(len(scores.columns)),
        )
    place = int(weak.argmax())
    return language.sentence(
        "{kpi} scored below {weak} in {times} of {n} periods, no other indicator more often.",
        kpi=str(scores.index[place]),
        weak=language.number(WEAK),
        times=language.number(int(weak[place])),
        n=language.number(int(scores.iloc[place].notna().sum())),
    )
