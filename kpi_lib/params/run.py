"""``params/run.yml``: the run plan, what ``kpi run`` makes when nothing else is said."""

from __future__ import annotations

import os
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from kpi_lib.errors import InputError
from kpi_lib.params.fields import FILLED, AllOrNames, FieldError, Model, Whole
from kpi_lib.params.periods import parse_period


def _known_period(value: str) -> str:
    if value != "latest":
        try:
            parse_period(value)
        except InputError as error:
            raise FieldError(error.issues[0].problem, error.issues[0].hint) from error
    return value


class RunPlan(Model):
    """Which reports to make; ``period: latest`` is the last complete month of the data.

    ``parameters`` has the notebooks' own parameters by notebook and name, as they were typed: each notebook says what
    type it wants. ``late_days`` is how many days a branch's newest data may lie behind the company's before the index
    says so.
    """

    period: Annotated[str, AfterValidator(_known_period)] = "latest"
    branches: AllOrNames = "all"
    notebooks: AllOrNames = "all"
    languages: Annotated[tuple[Literal["en", "zh"], ...], FILLED] = ("en", "zh")
    jobs: Annotated[Whole, Field(ge=1)] = Field(default_factory=lambda: os.cpu_count() or 1)
    out: str = "reports"
    late_days: Annotated[Whole, Field(ge=0)] = 2
    months_shown: Annotated[Whole, Field(ge=3, le=60)] = 13
    parameters: dict[str, dict[str, str | None]] = Field(default_factory=dict)
