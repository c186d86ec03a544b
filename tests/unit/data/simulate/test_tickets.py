from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from kpi_lib.data.simulate.cell import DAY, HOUR, Cell, Window
from kpi_lib.data.simulate.places import DEFAULT
from kpi_lib.data.simulate.planted import planted_truths
from kpi_lib.data.simulate.tickets import STATUS, TicketBlock, ticket_blocks

WINDOW = Window(date(2023, 11, 1), 25)
PLACES = {place.key: place for place in DEFAULT}


def block(branch: str = "chengdu", month: date = date(2025, 3, 1), *, scale: float = 20.0) -> TicketBlock:
    cell = Cell(2025, PLACES[branch], month, WINDOW, scale, planted_truths(WINDOW.review))
    return next(ticket_blocks(cell))


@pytest.fixture(scope="module")
def usual() -> TicketBlock:
    return block()


@pytest.fixture(scope="module")
def running() -> TicketBlock:
    return block(month=date(2025, 12, 1))


def in_order(tickets: TicketBlock, earlier: str, later: str) -> bool:
    first, second = tickets.columns.floats(earlier), tickets.columns.floats(later)
    known = ~np.isnan(first) & ~np.isnan(second)
    return bool(known.any() and (first[known] <= second[known]).all())


@pytest.mark.parametrize(("earlier", "later"), [
    ("created_at", "first_response_at"), ("first_response_at", "appointment_made_at"),
    ("appointment_made_at", "promised_at"), ("appointment_made_at", "arrived_at"), ("arrived_at", "resolved_at"),
    ("first_response_at", "resolved_at"), ("resolved_at", "closed_at"), ("resolved_at", "called_back_at"),
    ("resolved_at", "activated_at"),
])  # fmt: skip
def test_a_ticket_lives_in_order(usual: TicketBlock, running: TicketBlock, earlier: str, later: str) -> None:
    assert in_order(usual, earlier, later)
    assert in_order(running, earlier, later)


def test_numbers_are_unique_and_begin_with_area_code_and_month(usual: TicketBlock) -> None:
    numbers = usual.columns.text("ticket_id").to_pylist()
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("GD0282503") for number in numbers)


def test_volume_follows_the_scale_in_blocks_of_bounded_size() -> None:
    cell = Cell(2025, PLACES["chengdu"], date(2025, 3, 1), WINDOW, 900.0, ())
    sizes = [len(tickets.columns) for tickets in ticket_blocks(cell)]
    assert len(sizes) > 1
    assert max(sizes) <= 100_000
    assert abs(sum(sizes) / (300 * 900 * 0.86) - 1) < 0.02


def test_nothing_after_extraction_has_happened_yet_but_visits_are_promised(running: TicketBlock) -> None:
    columns, extracted = running.columns, running.cell.extracted
    for name in ("created_at", "first_response_at", "arrived_at", "resolved_at", "closed_at", "called_back_at"):
        assert np.nanmax(columns.floats(name)) <= extracted
    assert np.nanmax(columns.floats("promised_at")) > extracted
    still_open = ~running.resolved
    assert 0.2 < still_open.mean() < 0.9
    assert np.isnan(columns.floats("cost")[still_open]).all()
    assert np.isnan(columns.floats("satisfied_at_closure")[np.isnan(columns.floats("closed_at"))]).all()


def test_status_says_where_the_ticket_stands(running: TicketBlock) -> None:
    status = running.columns.words("status")
    closed = ~np.isnan(running.columns.floats("closed_at"))
    assert np.array_equal(status.equals("已关单"), closed)
    cancelled = status.equals("已作废")
    assert 0 < cancelled.mean() < 0.02
    assert np.isnan(running.columns.floats("first_response_at")[cancelled]).all()
    assert set(STATUS) == {status.words[code] for code in np.unique(status.codes)}


def test_nights_are_quiet_and_slow(usual: TicketBlock) -> None:
    created = usual.columns.floats("created_at")
    hour = (created % DAY) // HOUR
    night = (hour >= 21) | (hour < 7)
    assert 0.05 < night.mean() < 0.15
    hours = (usual.columns.floats("first_response_at") - created) / HOUR
    assert np.nanmedian(hours[night]) > 1.2 * np.nanmedian(hours[~night])


def test_levels_are_those_of_the_trade(usual: TicketBlock) -> None:
    columns = usual.columns
    created = columns.floats("created_at")
    assert 1.0 < np.nanmedian(columns.floats("first_response_at") - created) / HOUR < 1.5
    assert 0.80 < np.nanmean((columns.floats("resolved_at") - created)[usual.resolved] <= 48 * HOUR) < 0.92
    fixed = (columns.floats("visits") <= 1) & (columns.floats("reopen_count") == 0)
    fixed &= columns.floats("satisfied_at_closure") == 1
    assert 0.80 < fixed[usual.resolved].mean() < 0.90
    assert 4.2 < usual.traits["score"][usual.resolved].mean() < 4.5
    kinds = columns.words("customer_kind")
    assert 0.10 < (~kinds.equals("end_user")).mean() < 0.22


def test_dealers_bring_the_in_sale_units_and_only_smart_tvs_are_activated(usual: TicketBlock) -> None:
    columns = usual.columns
    in_sale = columns.words("work_type").equals("in_sale_repair")
    assert not columns.words("customer_kind").equals("end_user")[in_sale].any()
    activated = ~np.isnan(columns.floats("activated_at"))
    assert columns.words("product").equals("smart_tv")[activated].all()


def test_parts_make_tickets_wait(usual: TicketBlock) -> None:
    wait = usual.columns.floats("parts_wait_hours")
    assert 0.06 < (~np.isnan(wait)).mean() < 0.2
    took = (usual.columns.floats("resolved_at") - usual.columns.floats("arrived_at")) / HOUR
    waited = ~np.isnan(wait) & usual.resolved
    assert (took[waited] >= wait[waited]).all()
