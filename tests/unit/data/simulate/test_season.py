from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from kpi_lib.data.simulate.season import (
    NEW_YEAR,
    PRODUCTS,
    day_weight,
    hour_weights,
    load,
    next_month,
    pressure,
    product_weights,
)


def test_spring_festival_is_quiet_and_the_week_after_makes_up() -> None:
    usual = np.mean([day_weight(date(2025, 3, day)) for day in range(3, 17)])
    festival = np.mean([day_weight(NEW_YEAR[2025] + timedelta(days=day)) for day in range(-1, 7)])
    after = np.mean([day_weight(NEW_YEAR[2025] + timedelta(days=day)) for day in range(7, 14)])
    assert festival < 0.4 * usual
    assert after > 1.1 * usual


def test_lunar_years_begin_on_a_new_moon() -> None:
    # A synodic month is 29.530589 days; the new moon of 2000-01-06 18:14 UTC is the usual reference (Meeus).
    for start in NEW_YEAR.values():
        phase = ((start - date(2000, 1, 6)).days - 0.76) % 29.530589
        assert min(phase, 29.530589 - phase) < 1.3


def test_air_conditioners_carry_the_summer_peak() -> None:
    months = [date(2025, month, 1) for month in range(1, 13)]
    assert max(months, key=load).month == 7
    conditioner = PRODUCTS.index("air_conditioner")
    shares = [product_weights(month)[conditioner] / product_weights(month).sum() for month in months]
    assert np.argmax(shares) == 6
    assert max(shares) > 2.5 * min(shares)
    assert pressure(date(2025, 7, 1)) > 1.05 > pressure(date(2025, 4, 1))


def test_nights_and_sundays_are_quiet() -> None:
    hours = hour_weights()
    assert hours[1:5].sum() < 0.05 * hours.sum()
    assert day_weight(date(2025, 3, 9)) < day_weight(date(2025, 3, 10))


@pytest.mark.parametrize(("month", "steps", "expected"), [
    (date(2025, 12, 1), 1, date(2026, 1, 1)),
    (date(2025, 1, 1), -1, date(2024, 12, 1)),
    (date(2025, 3, 1), -36, date(2022, 3, 1)),
])  # fmt: skip
def test_next_month(month: date, steps: int, expected: date) -> None:
    assert next_month(month, steps) == expected
