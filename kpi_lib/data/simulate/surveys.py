"""Surveys: who is asked after a ticket, who answers, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc

from kpi_lib.data.simulate.cell import HOUR
from kpi_lib.data.simulate.columns import Columns, Words
from kpi_lib.data.simulate.comments import THEMES, write_comments
from kpi_lib.data.simulate.draw import Flags, Floats, Integers, choose, lognormal
from kpi_lib.data.simulate.tickets import TicketBlock

CHANNELS = ("sms", "call_back", "web", "visit")
_ASKED = (0.24, 0.38, 0.05, 0.02)
"""Share of the resolved tickets asked, by channel; call-backs only where the customer was called back."""
_ANSWERED = np.array([0.48, 0.80, 0.50, 0.95])
_DELAY_HOURS = np.array([2.0, 0.0, 5.0, 0.5])
"""Median hours from question to answer; a call-back is answered on the phone."""
_COMMENTED = np.array([0.10, 0.15, 0.45, 0.75, 0.80])
"""Chance of a comment by score, from 5 down to 1."""
_ATTEMPTS = ((0.72, 0.20, 0.08), (0.88, 0.12))
"""Chance that a call-back, or an SMS, is answered at the first, second, third attempt; the silent get all of them."""
_NOT_CALLED, _PASSED_OVER = 0.02, 0.70
"""Share of the silent call-backs nobody called, and that of the dissatisfied where only the content are sought."""
_GRADES = ("A", "B", "C", "D")
_GRADE_OF_SCORE = np.array([3, 2, 2, 1, 0])
_RUDENESS_NAMED = 0.88


@dataclass(frozen=True)
class Asked:
    """The surveys of a block of tickets, and the themes of their comments (the simulator's labels)."""

    surveys: Columns
    themes: Columns
    rows: Integers


def ask(block: TicketBlock) -> Asked:
    """Ask customers of resolved tickets at random, apart from what is planted about whom a wave reaches."""
    rng = block.rng("surveys")
    tickets, score = block.columns, block.traits["score"]
    n = len(tickets)
    content = score >= 4
    channel = choose(rng, (*_ASKED, 1.0 - sum(_ASKED)), n)
    by_phone = channel == CHANNELS.index("call_back")
    called = tickets.floats("called_back_at")
    asked_at = np.where(by_phone, called, np.floor(tickets.floats("resolved_at") + lognormal(rng, 5.0, 0.8, n) * HOUR))
    asked = block.resolved & (channel < len(CHANNELS)) & (asked_at <= block.cell.extracted)
    asked &= rng.random(n) < _reach(block, content)
    answers = rng.random(n) < _ANSWERED[np.minimum(channel, 3)] * _reach(block, content)
    delay = np.floor(
        np.where(by_phone, rng.uniform(60, 240, n), lognormal(rng, _DELAY_HOURS[np.minimum(channel, 3)], 1.0, n) * HOUR)
    )
    answered_at = np.where(answers & (asked_at + delay <= block.cell.extracted), asked_at + delay, np.nan)
    letters = channel == CHANNELS.index("sms")
    answered = ~np.isnan(answered_at)
    rude = (block.traits["rude"] == 1) & (rng.random(n) < _RUDENESS_NAMED) | (rng.random(n) < 0.01)
    clear = rng.random(n) < np.where(content, 0.95, 0.70)
    by_voice = answered & ~letters
    wanted = by_voice & (rng.random(n) < _COMMENTED[5 - score.astype(np.int64)])
    comment, themes = write_comments(rng, reason=block.traits["reason"].astype(np.int64), score=score, wanted=wanted)
    at_once = (tickets.floats("visits") <= 1) & (tickets.floats("reopen_count") == 0)
    # A customer's memory is not the ticket's record: a few say otherwise.
    at_once = at_once ^ (rng.random(n) < 0.03)
    attempts = _contacts(block, channel, answered, content)
    rows = np.flatnonzero(asked)
    surveys = Columns(
        {
            "survey_id": block.numbers("HF"),
            "ticket_id": tickets.text("ticket_id"),
            "customer_id": tickets.text("customer_id"),
            "branch": tickets.words("branch"),
            "channel": Words(np.minimum(channel, 3), CHANNELS),
            "sent_at": asked_at,
            "answered_at": answered_at,
            "score": np.where(by_voice, score, np.nan),
            "grade": Words(np.where(answered & letters, _GRADE_OF_SCORE[score.astype(np.int64) - 1], -1), _GRADES),
            "resolved_at_once": _flag(at_once, by_voice),
            "attitude_ok": _flag(~rude, by_voice),
            "solution_clear": _flag(clear, by_voice),
            "comment": comment,
            "attempts": attempts,
        }
    ).take(rows)
    labels = Columns(
        {
            "survey_id": surveys.text("survey_id"),
            "theme": Words(themes[0][rows], THEMES),
            "second_theme": Words(themes[1][rows], THEMES),
            "sentiment": Words(np.where(content[rows], 0, 1), ("positive", "negative")),
        }
    )
    kept = np.flatnonzero(pc.is_valid(surveys.text("comment")).to_numpy(zero_copy_only=False))
    return Asked(surveys, labels.take(kept), rows)


def _contacts(block: TicketBlock, channel: Integers, answered: Flags, content: Flags) -> Floats:
    """Return the attempts made to reach each, missing where nobody calls or writes again.

    They have random numbers of their own, so that what is said and by whom does not hang on them.
    """
    rng = block.rng("contacts")
    n = len(answered)
    by_phone, by_sms = channel == CHANNELS.index("call_back"), channel == CHANNELS.index("sms")
    called, written = (1.0 + choose(rng, weights, n) for weights in _ATTEMPTS)
    sought = np.full(n, _NOT_CALLED)
    if block.cell.planted("reach"):
        sought = np.where(content, sought, _PASSED_OVER)
    silent = np.where(rng.random(n) < sought, 0.0, float(len(_ATTEMPTS[0])))
    attempts = np.where(by_phone, np.where(answered, called, silent), np.nan)
    return np.where(by_sms, np.where(answered, written, float(len(_ATTEMPTS[1]))), attempts)


def _reach(block: TicketBlock, content: Flags) -> Floats:
    chance = np.ones(len(content))
    for truth in block.cell.planted("reach"):
        chance = np.where(content, chance, chance * truth.size)
    return chance


def _flag(value: Flags, known: Flags) -> Floats:
    return np.where(known, value.astype(float), np.nan)
