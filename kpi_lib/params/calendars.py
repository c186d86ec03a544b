"""``params/calendars.yml``: working days and hours."""

from __future__ import annotations

from datetime import time
from typing import Annotated

import holidays
from pydantic import Field, ValidationInfo, field_validator

from kpi_lib.errors import did_you_mean
from kpi_lib.params.fields import FILLED, Clock, Date, FieldError, Model, Whole


class CalendarSpec(Model):
    """One working calendar.

    Parameters
    ----------
    country, subdivision
        Whose public holidays and make-up working days apply (ISO 3166 codes); no country, no public holidays.
    weekend
        Days off each week, 0 being Monday.
    opens, closes
        Working hours of a day.
    extra_holidays, extra_workdays
        Days off and on beside the country's.
    """

    country: str | None = None
    subdivision: str | None = None
    weekend: tuple[Annotated[Whole, Field(ge=0, le=6)], ...] = (5, 6)
    opens: Clock
    closes: Clock
    extra_holidays: tuple[Date, ...] = ()
    extra_workdays: tuple[Date, ...] = ()

    @field_validator("country")
    @classmethod
    def _has_known_holidays(cls, country: str | None) -> str | None:
        known = holidays.list_supported_countries()
        if country is not None and country not in known:
            hint = f"write it in capitals: {country.upper()}" if country.upper() in known else "two letters, such as CN"
            raise FieldError(f"the public holidays of {country!r} are not known", hint)
        return country

    @field_validator("subdivision")
    @classmethod
    def _is_part_of_the_country(cls, subdivision: str | None, info: ValidationInfo) -> str | None:
        known = holidays.list_supported_countries().get(info.data.get("country") or "", [])
        if subdivision is not None and subdivision not in known:
            raise FieldError(f"unknown subdivision {subdivision!r} of the country", did_you_mean(subdivision, known))
        return subdivision

    @field_validator("weekend")
    @classmethod
    def _some_day_is_worked(cls, weekend: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(weekend)) == 7:
            raise FieldError("no day of the week is worked")
        return weekend

    @field_validator("closes")
    @classmethod
    def _after_opening(cls, closes: time, info: ValidationInfo) -> time:
        opens = info.data.get("opens")
        if opens is not None and closes <= opens:
            raise FieldError(f"closes at {closes:%H:%M}, not after it opens at {opens:%H:%M}")
        return closes


class CalendarsFile(Model):
    """All calendars; ``default`` is used by branches that name none."""

    default: str
    calendars: Annotated[dict[str, CalendarSpec], FILLED]
