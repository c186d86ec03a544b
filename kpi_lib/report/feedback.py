"""Overdue tickets and survey answers, as figures."""

from __future__ import annotations

from itertools import pairwise

from kpi_lib.analysis.scorecard import Scorecard
from kpi_lib.data.schema import GRADES
from kpi_lib.kpi.overdue import EDGES_HOURS
from kpi_lib.plot.counts import Part, count_bars
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Fragment, element
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph, period_words
from kpi_lib.stats.intervals import wilson
from kpi_lib.text.language import Language

LIMIT_HOURS = 48
"""The limit of the overdue rules: beyond it the customer is owed something."""

_SATISFIED = {"score": ("5", "4"), "letter": ("A", "B")}


def overdue(card: Scorecard, language: Language) -> Fragment:
    """Return the period's tickets and all open tickets by how long they took or have been open."""
    if card.buckets.empty:
        return element("p", language.sentence("The data do not say when tickets were resolved."))
    by_place = card.buckets.set_index(["scope", "bucket", "state"])["n_tickets"]
    names = bucket_names(language)
    places = range(len(names))
    resolved, still_open, open_now = (
        [int(by_place[scope, place, state]) for place in places]
        for scope, state in (("created", "resolved"), ("created", "open"), ("open_now", "open"))
    )
    created = [done + left for done, left in zip(resolved, still_open, strict=True)]
    n, unknown = sum(created), int(by_place["created", -1, "unknown"])
    period = period_words(card.period, language)
    parts = [
        Part(language.sentence("resolved"), "actual", "", resolved),
        Part(language.sentence("still open"), "open", "///", still_open),
    ]
    late = sum(created[place] for place in places if place > EDGES_HOURS.index(LIMIT_HOURS))
    title = _overdue_title(late, n, open_now[-1], period, language)
    pictures = [
        count_bars(
            names,
            parts,
            labels=[_with_share(count, n, language) for count in created],
            language=language,
            name="overdue-created",
            title=language.sentence("Tickets created in {period}", period=period),
            finding=language.plural("{n} ticket", "{n} tickets", n),
            alt=_alt(names, created, language),
        ),
        count_bars(
            names,
            [Part(language.sentence("still open"), "open", "///", open_now)],
            labels=[language.number(count) for count in open_now],
            language=language,
            name="overdue-open",
            title=language.sentence("Open now, by age"),
            finding=language.plural("{n} ticket", "{n} tickets", sum(open_now)),
            alt=_alt(names, open_now, language),
        ),
    ]
    cells = [
        [name, *(language.number(counts[place]) for counts in (resolved, still_open, open_now))]
        for place, name in enumerate(names)
    ]
    columns = [
        language.sentence("Hours to resolution, or open so far"),
        language.sentence("Created in the period, resolved"),
        language.sentence("Created in the period, still open"),
        language.sentence("Open now, created at any time"),
    ]
    caption = language.sentence(
        "{branch}, tickets by hours from creation to resolution, open ones by their age so far.",
        branch=language.pick(card.terms.names.branch),
    )
    if unknown:
        left_out = language.plural(
            "{n} ticket of the period is left out: its time of resolution cannot be right.",
            "{n} tickets of the period are left out: their time of resolution cannot be right.",
            unknown,
        )
        caption = paragraph([caption, left_out], language)
    data = table(columns, cells, caption=language.sentence("Tickets by hours"))
    return figure(pictures, title=title, caption=caption, data=data, language=language)


def bucket_names(language: Language) -> list[str]:
    """Return the buckets' names, such as ``24–48 h``."""
    edges = [language.number(edge) for edge in EDGES_HOURS]
    return [
        language.sentence("≤ {edge} h", edge=edges[0]),
        *(language.sentence("{low}–{high} h", low=low, high=high) for low, high in pairwise(edges)),
        language.sentence("> {edge} h", edge=edges[-1]),
    ]


def _overdue_title(late: int, n: int, oldest: int, period: str, language: Language) -> str:
    if n == 0:
        return language.sentence("No ticket was created in {period}.", period=period)
    said = language.sentence(
        "{share} of the {n} tickets created in {period} took, or have been open, longer than {limit}.",
        share=language.percent(late / n),
        n=language.number(n),
        period=period,
        limit=language.hours(LIMIT_HOURS, 0),
    )
    old = language.plural(
        "{n} open ticket is older than {limit}.",
        "{n} open tickets are older than {limit}.",
        oldest,
        limit=language.hours(EDGES_HOURS[-1]),
    )
    return paragraph([said, old], language)


def _with_share(count: int, n: int, language: Language) -> str:
    return f"{language.number(count)} ({language.percent(count / n if n else None)})"


def _alt(names: list[str], counts: list[int], language: Language) -> str:
    return language.list([f"{name}: {language.number(count)}" for name, count in zip(names, counts, strict=True)])


def feedback(card: Scorecard, language: Language) -> Fragment:
    """Return the survey answers of the period by how satisfied they are, one picture per scale that has answers."""
    answered = card.feedback[card.feedback["n_answers"] > 0] if len(card.feedback) else card.feedback
    if answered.empty:
        return element("p", language.sentence("No survey answers in the period."))
    scales = [scale for scale in ("score", "letter") if scale in set(answered["scale"])]
    frames = {scale: card.feedback[card.feedback["scale"] == scale] for scale in scales}
    titles, pictures, cells = [], [], []
    for scale, frame in frames.items():
        names = [answer_name(answer, language) for answer in frame["answer"]]
        n = int(frame["n_answers"].sum())
        good = int(frame.loc[frame["answer"].isin(_SATISFIED[scale]), "n_answers"].sum())
        lo, hi = wilson(good, n, level=card.terms.level)
        titles.append(
            language.sentence(
                "{share} of {n} {scale} are satisfied or better (interval {lo} to {hi}).",
                share=language.percent(good / n),
                n=language.number(n),
                scale=_scale_name(scale, language),
                lo=language.percent(float(lo)),
                hi=language.percent(float(hi)),
            )
        )
        counts = [int(count) for count in frame["n_answers"]]
        pictures.append(
            count_bars(
                names,
                [Part(_scale_name(scale, language), "actual", "", counts)],
                labels=[_with_share(count, n, language) for count in counts],
                language=language,
                name=f"feedback-{scale}",
                title=_scale_name(scale, language),
                finding=language.plural("{n} answer", "{n} answers", n),
                alt=_alt(names, counts, language),
            )
        )
        cells += [
            [name, _scale_name(scale, language), language.number(count), language.percent(count / n)]
            for name, count in zip(names, counts, strict=True)
        ]
    columns = [
        language.sentence("Answer"),
        language.sentence("Scale"),
        language.sentence("Answers"),
        language.sentence("Share of the scale"),
    ]
    return figure(
        pictures,
        title=paragraph(titles, language),
        caption=language.sentence(
            "{branch}, answers given in {period}. Satisfied means 4 or 5, or A or B; the scales are not mixed.",
            branch=language.pick(card.terms.names.branch),
            period=period_words(card.period, language),
        ),
        data=table(columns, cells, caption=language.sentence("Survey answers"), text_columns=(0, 1)),
        language=language,
    )


def answer_name(answer: str, language: Language) -> str:
    """Return an answer as the customer was asked for it."""
    if answer in GRADES:
        return f"{answer} {language.pick(GRADES[answer])}"
    return language.plural("{n} point", "{n} points", int(answer))


def _scale_name(scale: str, language: Language) -> str:
    return language.sentence("scores 1–5") if scale == "score" else language.sentence("letter answers A–D")
