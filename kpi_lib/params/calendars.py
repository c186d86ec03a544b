"""``params/calendars.yml``: working days and hours."""

from __future__ import annotations

from datetime import time
from typing import Annotated

from pydantic import Field, ValidationInfo, field_validator

from kpi_lib.params.fields import Clock, Date, FieldError, Model, Whole


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
    calendars: dict[str, CalendarSpec] = Field(min_length=1)
