"""Sentences of the scorecard are true for its numbers, in both languages."""

import re
from dataclasses import replace

import numpy as np
import pytest

from kpi_lib.analysis.composites import CompositeChange
from kpi_lib.analysis.records import records
from kpi_lib.analysis.scorecard import scorecard
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.report import feedback, indicators, scenarios, trends, verdict
from kpi_lib.report.gap_words import distances, gap_words
from kpi_lib.text.language import language

VIEWS = [
    verdict.verdict,
    indicators.indicator_table,
    indicators.strengths,
    indicators.gap_table,
    indicators.watched_table,
    indicators.definitions,
    trends.lines,
    trends.bars,
    feedback.overdue,
    feedback.feedback,
    scenarios.scenarios,
]
EN = language("en")


def row_of(card, kpi):
    return next(row for row in records(card.indicators) if row["kpi"] == kpi)


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.__name__)
def test_every_view_is_made_in_both_languages_and_escaped(view, lang, card):
    html = view(card, language(lang)).html
    assert "<b>" not in html
    assert "nan" not in re.sub(r"<svg.*?</svg>", "", html, flags=re.DOTALL).lower().replace("finance", "")
    assert "{" not in html


def test_the_verdict_says_score_grade_interval_and_change(card):
    said = repr(verdict.verdict(card, EN))
    assert "scores 67.5 of 100 in November 2025: Pass" in said
    assert f"interval {EN.number(card.verdict.lo, 1)} to {EN.number(card.verdict.hi, 1)}" in said
    assert "7.5 points down on October 2025, which chance can explain" in said
    assert "compares the 4 indicators scored in both periods" not in said
    assert "80% of the weight is scored" in said
    assert "Classification accuracy (nothing to count in the period)" in said


@pytest.mark.parametrize(
    ("value", "lo", "hi", "words"),
    [
        (5.0, 1.0, 9.0, "5.0 points up on October 2025 (interval +1.0 to +9.0), more than chance"),
        (-5.0, -9.0, -1.0, "5.0 points down on October 2025 (interval -9.0 to -1.0), more than chance"),
    ],
)
def test_a_change_beyond_chance_is_said_to_be_one(card, value, lo, hi, words):
    clear = replace(card, change=CompositeChange(value, lo, hi, True, tuple(card.verdict.weights)))
    assert words in verdict.change_sentence(clear, EN)


def test_a_change_over_fewer_indicators_says_so(card):
    part = replace(card, change=replace(card.change, kpis=("csat_score",)))
    assert "compares the 1 indicator scored in both periods" in verdict.change_sentence(part, EN)


def test_what_changed_names_only_clear_changes_with_their_direction(card):
    said = verdict.changes(card, EN)
    assert said == ["Worse: Phone connect rate went from 96.3% to 87.8%: -8.5 pp (interval -12.3 pp to -4.9 pp)."]


def test_what_to_do_names_clear_misses_with_counts_and_the_oldest_tickets(card):
    said = verdict.tasks(card, EN)
    assert "Reaching it takes 30 more of 410 calls. It would bring 7.5 points." in said[0]
    assert "one point more on 18 of 90 answers" in said[1]
    assert not any("First-time" in sentence for sentence in said)
    assert said[-1] == "5 tickets have been open for more than 300 h: settle them first."


def test_provisional_figures_are_named(card):
    assert "final" in verdict.provisional_sentence(card, EN)
    moving = card.indicators.assign(provisional=card.indicators["kpi"] == "csat_score")
    said = verdict.provisional_sentence(replace(card, indicators=moving, provisional=True), EN)
    assert said == "The figures are provisional: time limits are still running for Satisfaction score."


@pytest.mark.parametrize(
    ("kpi", "words"),
    [
        ("phone_connect_rate", "30 more of 410 calls"),
        ("csat_score", "one point more on 18 of 90 answers"),
        ("complaint_rate", "4 fewer than the 12 counted on 410 tickets"),
        ("first_response_hours_median", "26 more of 410 tickets within 1.50 h"),
        ("first_time_fix_rate", ""),
    ],
)
def test_gaps_in_words(card, kpi, words):
    assert gap_words(row_of(card, kpi), CATALOG[kpi], EN) == words


def test_distances_follow_the_better_direction(card):
    assert distances(row_of(card, "first_response_hours_median"), EN) == (
        "0.10 h better than the target of 1.50 h and 0.60 h better than the baseline of 2.00 h"
    )
    assert distances(row_of(card, "phone_connect_rate"), EN) == (
        "7.2 pp worse than the target of 95.0%, 2.2 pp worse than the baseline of 90.0% and 5.2 pp worse than the "
        "industry's 93.0%"
    )
    assert distances(row_of(card, "first_time_fix_rate"), EN).startswith("just at the target of 85.0%")


def test_few_cases_are_neither_strength_nor_weakness(card):
    few = card.indicators.assign(status="too_few")
    said = repr(indicators.strengths(replace(card, indicators=few), EN))
    assert "No weighted indicator with enough cases reaches its target." in said
    assert "None: no weighted indicator" in said


def test_a_composite_that_rests_on_few_cases_says_so(card):
    few = card.indicators.assign(status="too_few")
    said = repr(verdict.verdict(replace(card, indicators=few), EN))
    assert "100% of the weight rests on too few cases for a verdict (First response time, median" in said
    assert "No weighted indicator has enough cases for a verdict: look at a longer period." in said
    assert "rests on too few" not in repr(verdict.verdict(card, EN))


def test_overdue_counts_are_those_of_the_buckets(card):
    said = repr(feedback.overdue(card, EN))
    # created: 300, 61, 27, 18, 4 of 410; beyond 48 h: 27 + 18 + 4
    assert "12.0% of the 410 tickets created in November 2025" in said
    assert "5 open tickets are older than 300 h." in said
    assert "1 ticket of the period is left out" in said


def test_feedback_keeps_the_scales_apart(card):
    said = repr(feedback.feedback(card, EN))
    assert "83.3% of 90 scores 1–5 are satisfied or better (interval 74.3% to 89.6%)." in said
    assert "letter answers A–D are" not in said


def test_a_card_without_values_says_so_everywhere(frame, terms):
    empty = frame.assign(numerator=0.0, denominator=0.0, n=0.0, value=np.nan, lo=np.nan, hi=np.nan, reason="no_rows")
    card = scorecard(empty, branch="chengdu", kpis=CATALOG, terms=terms)
    said = [repr(view(card, EN)) for view in VIEWS]
    assert "has no composite score for November 2025" in said[0]
    assert "No survey answers in the period." in said[9]


def test_chances_at_the_ends_are_not_certainties():
    assert verdict.chance_words(1.0, EN) == "over 99%"
    assert verdict.chance_words(0.0, EN) == "under 1%"
    assert verdict.chance_words(0.5, EN) == "50%"
