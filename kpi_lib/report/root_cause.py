"""The root-cause page: verdict, gaps, segments, stages and signals."""

from __future__ import annotations

import math

from kpi_lib.analysis.records import Row, records
from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.analysis.rootcause.result import Segment
from kpi_lib.kpi.dimensions import segment_text
from kpi_lib.kpi.shown import shown, shown_change, shown_interval
from kpi_lib.kpi.stages import STAGE_NAMES, UNTOLD
from kpi_lib.report.case_list import case_table
from kpi_lib.report.html import Child, Fragment, bullets, element, folded, joined
from kpi_lib.report.root_cause_words import (
    change_interval,
    gain_words,
    missed_words,
    reason_words,
    reference_words,
    standing_words,
    verdict_words,
    where_words,
)
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph, period_words
from kpi_lib.text.language import MISSING, Language


def verdict(result: RootCauses, language: Language) -> Fragment:
    """Return the first screen: what is missed, where it lies, what a repair gives back."""
    groups = result.grouped
    return element(
        "section",
        element("p", _headline(result, language), class_="headline", style="font-size:1.35em;font-weight:600;margin:0"),
        joined(_block(result, cause, language) for cause in groups.own),
        _also(groups.also, language),
        _others(groups.others, language),
        _not_computed(result, language),
        class_="verdict",
    )


def _also(causes: tuple[Cause, ...], language: Language) -> Fragment:
    if not causes:
        return Fragment("")
    hit = [
        f"{language.pick(cause.counted.name)} "
        f"({shown_change(sum(one.contribution for one in cause.explanation.found), cause.counted.unit, language)})"
        for cause in causes
        if cause.explanation is not None
    ]
    said = language.sentence("The same segments cost points outside the composite: {names}.", names=language.list(hit))
    return element("p", said)


def _headline(result: RootCauses, language: Language) -> str:
    branch = language.pick(result.card.terms.names.branch)
    period = period_words(result.card.period, language)
    judged = result.card.indicators
    if not judged["value"].notna().any():
        return language.sentence("{branch} has no data in {period}: nothing to explain.", branch=branch, period=period)
    said = language.plural(
        "{branch}, {period}: {n} indicator is short of its target.",
        "{branch}, {period}: {n} indicators are short of their targets.",
        len(result.missed),
        branch=branch,
        period=period,
    )
    if not result.missed:
        said = language.sentence("{branch} missed no target in {period}.", branch=branch, period=period)
    return paragraph([said, _placed(sum(cause.fell for cause in result.causes), language)], language)


def _placed(found: int, language: Language) -> str:
    if found == 0:
        return language.sentence("No loss could be placed.")
    return language.plural(
        "For {n} indicator it can be said where points were lost.",
        "For {n} indicators it can be said where points were lost.",
        found,
    )


def _block(result: RootCauses, cause: Cause, language: Language) -> Fragment:
    gains = records(result.what_if[result.what_if["kpi"] == cause.kpi.key])
    sentences = [missed_words(cause, language), where_words(cause, language), gain_words(cause, gains, language)]
    return joined(
        [
            element("h3", language.pick(cause.kpi.name)),
            element("p", paragraph(sentences, language)),
        ]
    )


def _others(causes: tuple[Cause, ...], language: Language) -> Fragment:
    if not causes:
        return Fragment("")
    names = [language.pick(cause.kpi.name) for cause in causes]
    said = language.plural(
        "{n} indicator outside the composite is missed and shows no change that could be placed: {names}.",
        "{n} indicators outside the composite are missed and show no change that could be placed: {names}.",
        len(causes),
        names=language.list(names),
    )
    return element("p", said)


def _not_computed(result: RootCauses, language: Language) -> Fragment:
    unavailable = result.card.unavailable
    keys = list(unavailable.loc[unavailable["policy_weight"] > 0, "kpi"])
    if not keys:
        return Fragment("")
    names = language.list([language.pick(result.card.kpis[key].name) for key in keys])
    return element("p", language.sentence("Not available for lack of columns: {names}.", names=names))


def gaps(result: RootCauses, language: Language) -> Fragment:
    """Return every missed indicator with its change, its parts and the verdict."""
    if not result.causes:
        return element("p", language.sentence("No indicator has a value to look into."))
    rows = [_gap_cells(cause, language) for cause in result.causes]
    columns = [
        language.sentence("Indicator"),
        language.sentence("Value"),
        language.sentence("Target"),
        language.sentence("Reference"),
        language.sentence("Before"),
        language.sentence("Now"),
        language.sentence("Change"),
        language.sentence("Of it mix"),
        language.sentence("segments"),
        language.sentence("all alike"),
        language.sentence("unexplained"),
        language.sentence("Verdict"),
        language.sentence("Would have been seen"),
    ]
    caption = language.sentence(
        "The parts add up to the change. For durations the share within the target is explained. "
        "“Would have been seen” is the smallest change of the whole indicator that these data show with a chance of "
        "80%."
    )
    why = sorted(
        {reason_words(cause.case.reference.reason, language) for cause in result.causes if cause.case.reference}
    )
    note = language.sentence("Why that reference: {why}.", why="; ".join(why)) if why else ""
    return joined([table(columns, rows, caption=caption, text_columns=(0, 3, 11)), element("p", note)])


def _gap_cells(cause: Cause, language: Language) -> list[Child]:
    row, unit, found = cause.case.row, cause.kpi.unit, cause.explanation
    first: list[Child] = [
        language.pick(cause.counted.name),
        shown(row["value"], unit, language),
        shown(row["target"], unit, language),
    ]
    reference = MISSING if cause.case.reference is None else reference_words(cause.case.reference, language)
    if found is None:
        return [*first, reference, *[MISSING] * 7, verdict_words(cause, language), MISSING]
    unit = cause.counted.unit
    parts = (found.mix.total, sum(one.contribution for one in found.found), found.broad.contribution, found.rest)
    return [
        *first,
        reference,
        shown(found.gap.reference, unit, language),
        shown(found.gap.current, unit, language),
        f"{shown_change(found.gap.difference, unit, language)} "
        f"({change_interval(found.gap.lo, found.gap.hi, unit, language)})",
        *(shown_change(part, unit, language) for part in parts),
        verdict_words(cause, language),
        language.points(found.detectable) if unit == "share" else shown(found.detectable, unit, language),
    ]


def segments(result: RootCauses, language: Language) -> Fragment:
    """Return the segments found, suggested and asked about by name."""
    rows = [
        _segment_cells(cause, segment, language)
        for cause in result.causes
        if cause.explanation is not None
        for segment in (*cause.explanation.segments, *cause.explanation.suggestive, *cause.explanation.pinned)
    ]
    if not rows:
        return element("p", language.sentence("No segment stands out."))
    columns = [
        language.sentence("Segment"),
        language.sentence("Indicator"),
        language.sentence("How sure"),
        language.sentence("Cases"),
        language.sentence("Before"),
        language.sentence("To be expected"),
        language.sentence("Now"),
        language.sentence("Effect"),
        language.sentence("Part of the change"),
        language.sentence("Regained if repaired"),
        language.sentence("p, adjusted"),
        language.sentence("Picked in resamples"),
        language.sentence("Cannot be told from"),
    ]
    caption = language.sentence(
        "Where, not why: a segment is associated with the change. p allows for everything looked at, the interval of "
        "the effect for the segment having been picked. “Share of the cases” rows are mix: how much of the work it is."
    )
    return table(columns, rows, caption=caption, text_columns=(0, 1, 2, 12))


def _segment_cells(cause: Cause, segment: Segment, language: Language) -> list[Child]:
    mix = segment.kind == "mix"
    unit = "share" if mix else cause.counted.unit
    name = language.pick(segment_text(segment.dims))
    others = [f"{_named(one)} ({language.percent(overlap, 0)})" for one, overlap in segment.alternatives]
    return [
        language.sentence("{segment}, share of the cases", segment=name) if mix else name,
        language.pick(cause.counted.name),
        standing_words(segment.standing, language),
        language.number(segment.n, 0),
        shown(segment.before, unit, language),
        shown(segment.expected, unit, language),
        shown(segment.after, unit, language),
        f"{shown_change(segment.effect, unit, language)} ({change_interval(segment.lo, segment.hi, unit, language)})",
        shown_change(segment.contribution, cause.counted.unit, language),
        shown_change(segment.regained, cause.counted.unit, language) if segment.regained > 0 else MISSING,
        _p(segment.p_adjusted, language),
        language.percent(segment.stability, 0),
        "; ".join(others) or MISSING,
    ]


def _named(name: str) -> str:
    return name.replace("&", " & ")


def _p(p: float, language: Language) -> str:
    return MISSING if math.isnan(p) else "< 0.001" if p < 0.001 else language.number(p, 3)


def stages(result: RootCauses, language: Language) -> Fragment:
    """Return where the tickets' time went, against the reference."""
    found = result.stages
    if found.missing:
        lacking = "; ".join(found.missing)
        return element("p", language.sentence("Stages are not available: needs {columns}.", columns=lacking))
    rows = records(found.table)
    if not rows or rows[-1]["n"] == 0:
        return element("p", language.sentence("No ticket ended in the period."))
    told = [row for row in rows if row["stage"] != UNTOLD or row["mean"] > 0.005 or row["before"] > 0.005]
    columns = [
        language.sentence("Stage"),
        language.sentence("Hours per ticket"),
        language.sentence("Interval"),
        language.sentence("Share of the time"),
        language.sentence("Before"),
        language.sentence("Change"),
    ]
    visited = "visit" in set(found.table["stage"])
    cells: list[list[Child]] = [
        [
            _stage_name(row["stage"], visited, language),
            language.hours(row["mean"]),
            shown_interval(row["lo"], row["hi"], "hours", language),
            language.percent(row["share"], 0),
            language.hours(row["before"]),
            MISSING
            if math.isnan(row["change"])
            else f"{shown_change(row['change'], 'hours', language)} "
            f"({change_interval(row['change_lo'], row['change_hi'], 'hours', language)})",
        ]
        for row in told
    ]
    caption = language.sentence(
        "Mean hours of the {n} tickets that ended in the period, beside the {before} of the twelve periods before; the "
        "stages add up to the whole. Waiting for parts is what is recorded as such.",
        n=language.number(rows[-1]["n"]),
        before=language.number(rows[-1]["n_before"]),
    )
    return joined(
        [element("p", _stage_sentence(found.slower, visited, language)), table(columns, cells, caption=caption)]
    )


def _stage_name(stage: str, visited: bool, language: Language) -> str:
    if stage == "repair" and not visited:
        return language.sentence("To the resolution")
    return language.pick(STAGE_NAMES[stage])


def _stage_sentence(slower: Row | None, visited: bool, language: Language) -> str:
    if slower is None:
        return language.sentence("No stage takes clearly longer than before.")
    return language.sentence(
        "Most time was lost in the stage “{stage}”: {now} a ticket instead of {before} ({change}, interval "
        "{interval}).",
        stage=_stage_name(slower["stage"], visited, language),
        now=language.hours(slower["mean"]),
        before=language.hours(slower["before"]),
        change=shown_change(slower["change"], "hours", language),
        interval=change_interval(slower["change_lo"], slower["change_hi"], "hours", language),
    )


def signals(result: RootCauses, language: Language) -> Fragment:
    """Return the process signals and the cases to read."""
    found = result.signals
    risen = [language.pick(found.kpis[key].name) for key in found.risen["signal"]]
    said = (
        language.sentence("Clearly more frequent than before: {names}.", names=language.list(risen))
        if risen
        else language.sentence("No process signal is clearly more frequent than before.")
    )
    columns = [
        language.sentence("Signal"),
        language.sentence("Cases"),
        language.sentence("Of"),
        language.sentence("Share"),
        language.sentence("Interval"),
        language.sentence("Before"),
        language.sentence("Change"),
        language.sentence("What is counted"),
    ]
    rows = [_signal_cells(row, result, language) for row in records(found.table)]
    before = found.before or ("", "")
    caption = language.sentence(
        "Before: {first} to {last} together. Each row is looked at by itself: where nothing changed, about one row in "
        "twenty looks as if it had.",
        first=period_words(before[0], language) or MISSING,
        last=period_words(before[1], language) or MISSING,
    )
    lists = [_cases(key, result, language) for key, frame in found.cases.items() if len(frame)]
    parts = [element("p", said), table(columns, rows, caption=caption, text_columns=(0, 7)), *lists]
    return joined(parts)


def _signal_cells(row: Row, result: RootCauses, language: Language) -> list[Child]:
    kpi = result.signals.kpis[row["signal"]]
    if row["needs"]:
        lacking = language.sentence("not available: needs {columns}", columns=row["needs"])
        return [language.pick(kpi.name), *[MISSING] * 6, lacking]
    change = MISSING
    if not math.isnan(row["change"]):
        change = (
            f"{shown_change(row['change'], 'share', language)} "
            f"({change_interval(row['change_lo'], row['change_hi'], 'share', language)})"
        )
    return [
        language.pick(kpi.name),
        language.number(row["n"]),
        language.number(row["of"]),
        language.percent(row["share"]),
        shown_interval(row["lo"], row["hi"], "share", language),
        language.percent(row["before"]),
        change,
        language.pick(kpi.definition),
    ]


def _cases(key: str, result: RootCauses, language: Language) -> Fragment:
    frame = result.signals.cases[key]
    name = language.pick(result.signals.kpis[key].name)
    summary = language.plural("{name}: {n} case to read", "{name}: {n} cases to read", len(frame), name=name)
    return folded(summary, case_table(frame, result.signals.kpis[key].table, language, caption=name))


def remarks(result: RootCauses, language: Language) -> Fragment:
    """Return how the page is to be read."""
    alpha = 1 - result.card.terms.level
    looked = sum(cause.explanation is not None for cause in result.causes)
    return bullets(
        [
            language.sentence(
                "For each indicator the chance of naming anything where nothing changed is at most {alpha}, over "
                "everything looked at for it.",
                alpha=language.percent(alpha, 0),
            ),
            language.plural(
                "{n} indicator was looked into: expect up to {false} of the findings here to be chance.",
                "{n} indicators were looked into: expect up to {false} of the findings here to be chance.",
                looked,
                false=language.number(alpha * looked, 1),
            ),
            language.sentence("The data show where and with what a change goes together; they do not prove why."),
        ]
    )
