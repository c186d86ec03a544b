"""Every planted truth changes what it says it changes, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from kpi_lib.data.schema import TICKETS
from kpi_lib.data.simulate.calls import call_blocks
from kpi_lib.data.simulate.cell import HOUR, Cell, Window
from kpi_lib.data.simulate.places import DEFAULT
from kpi_lib.data.simulate.planted import Planted, planted_truths
from kpi_lib.data.simulate.season import next_month
from kpi_lib.data.simulate.surveys import ask
from kpi_lib.data.simulate.tickets import TicketBlock, ticket_blocks

WINDOW = Window(date(2023, 11, 1), 25)
TRUTHS = {truth.key: truth for truth in planted_truths(WINDOW.review)}
PLACES = {place.key: place for place in DEFAULT}


def cell(truth: Planted, *, acts: bool, month: date | None = None, scale: float = 30.0) -> Cell:
    truths = (truth,) if acts else ()
    return Cell(2025, PLACES[truth.branch], month or truth.since, WINDOW, scale, truths)


def pair(key: str, scale: float = 30.0) -> tuple[TicketBlock, TicketBlock]:
    truth = TRUTHS[key]
    return tuple(next(ticket_blocks(cell(truth, acts=acts, scale=scale))) for acts in (False, True))  # type: ignore[return-value]


def hours(tickets: TicketBlock) -> np.ndarray:
    return (tickets.columns.floats("first_response_at") - tickets.columns.floats("created_at")) / HOUR


@pytest.mark.parametrize("key", ["chengdu_smart_tv_fix", "kunming_wechat", "suining_engineer_attitude"])
def test_tickets_outside_the_segment_stay_as_they_are(key: str) -> None:
    without, planted = pair(key)
    outside = np.flatnonzero(~TRUTHS[key].covers(without.columns))
    inside = np.flatnonzero(TRUTHS[key].covers(without.columns))
    assert without.columns.take(outside).table(TICKETS).equals(planted.columns.take(outside).table(TICKETS))
    assert not without.columns.take(inside).table(TICKETS).equals(planted.columns.take(inside).table(TICKETS))


def test_the_shift_lengthens_every_first_response() -> None:
    without, planted = pair("mianyang_response_shift")
    assert np.nanmedian(hours(planted) / hours(without)) == pytest.approx(1.6, abs=0.01)


def test_the_segment_fails_at_the_first_visit() -> None:
    truth = TRUTHS["chengdu_smart_tv_fix"]
    without, planted = pair(truth.key)
    inside = truth.covers(planted.columns)
    change = planted.traits["fixed"][inside].mean() - without.traits["fixed"][inside].mean()
    assert change == pytest.approx(truth.size, abs=0.04)
    assert 0.08 < inside.mean() < 0.20


def test_the_forgotten_queue_misses_two_days() -> None:
    truth = TRUTHS["kunming_wechat"]
    without, planted = pair(truth.key)
    inside = truth.covers(planted.columns)
    within = [
        np.nanmean((tickets.columns.floats("resolved_at") - tickets.columns.floats("created_at"))[inside] <= 48 * HOUR)
        for tickets in (without, planted)
    ]
    assert within[0] > 0.8
    assert within[1] < 0.4


def test_the_mix_changes_and_no_kind_of_work_gets_worse() -> None:
    without, planted = pair("mianyang_more_repairs", scale=200.0)
    shares, rates = [], []
    for tickets in (without, planted):
        repairs = tickets.columns.words("work_type").equals("repair")
        shares.append(repairs.mean())
        rates.append([tickets.traits["fixed"][repairs].mean(), tickets.traits["fixed"][~repairs].mean()])
    assert shares[0] < 0.6
    assert shares[1] > 0.83
    assert rates[1] == pytest.approx(rates[0], abs=0.015)
    assert planted.traits["fixed"].mean() < without.traits["fixed"].mean() - 0.03


def test_the_flood_passes() -> None:
    truth = TRUTHS["kunming_flood"]
    without, planted = pair(truth.key)
    assert planted.traits["fixed"].mean() - without.traits["fixed"].mean() == pytest.approx(truth.size, abs=0.02)
    after = [next(ticket_blocks(cell(truth, acts=acts, month=next_month(truth.since)))) for acts in (False, True)]
    assert np.array_equal(after[0].traits["fixed"], after[1].traits["fixed"])


def test_the_training_changes_nothing() -> None:
    without, planted = pair("kunming_fix_training")
    assert without.columns.table(TICKETS).equals(planted.columns.table(TICKETS))


def test_the_call_centre_answers_more_calls() -> None:
    truth = TRUTHS["chengdu_call_centre"]
    answered = [np.mean(next(call_blocks(cell(truth, acts=acts))).floats("answered")) for acts in (False, True)]
    assert answered[1] - answered[0] == pytest.approx(truth.size, abs=0.005)


def test_the_engineer_is_rude() -> None:
    truth = TRUTHS["suining_engineer_attitude"]
    without, planted = pair(truth.key)
    inside = truth.covers(planted.columns)
    assert planted.traits["rude"][inside].mean() - without.traits["rude"][inside].mean() == pytest.approx(
        0.45, abs=0.05
    )
    assert planted.traits["score"][inside].mean() < without.traits["score"][inside].mean() - 0.4


def test_the_wave_reaches_the_satisfied_only() -> None:
    truth = TRUTHS["kunming_reached_the_satisfied"]
    block = next(ticket_blocks(cell(truth, acts=True)))
    wave = ask(block)
    everybody = (block.traits["score"][block.resolved] >= 4).mean()
    answered = ~np.isnan(wave.surveys.floats("answered_at"))
    answers = (block.traits["score"][wave.rows][answered] >= 4).mean()
    assert everybody < 0.85
    assert answers > 0.97


def test_other_waves_ask_and_hear_at_random() -> None:
    truth = TRUTHS["kunming_reached_the_satisfied"]
    block = next(ticket_blocks(cell(truth, acts=False, scale=200.0)))
    wave = ask(block)
    score = block.traits["score"]
    answered = ~np.isnan(wave.surveys.floats("answered_at"))
    everybody = (score[block.resolved] >= 4).mean()
    assert (score[wave.rows] >= 4).mean() == pytest.approx(everybody, abs=0.01)
    assert (score[wave.rows][answered] >= 4).mean() == pytest.approx(everybody, abs=0.012)


def test_truths_act_from_their_month_to_their_end() -> None:
    truth = replace(TRUTHS["kunming_flood"], until=next_month(TRUTHS["kunming_flood"].since, 2))
    months = [next_month(truth.since, step) for step in (-1, 0, 1, 2)]
    assert [bool(cell(truth, acts=True, month=month).planted("fix")) for month in months] == [False, True, True, False]


def test_every_branch_and_segment_named_exists() -> None:
    for truth in TRUTHS.values():
        block = next(ticket_blocks(cell(truth, acts=True)))
        assert truth.covers(block.columns).any()
