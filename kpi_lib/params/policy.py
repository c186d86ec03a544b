"""``params/policy.yml``: what the company wants of each KPI and how it is scored."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from kpi_lib.params.fields import FILLED, Date, FieldError, Model, Name, Number, Share, Weight, Whole

Positive = Annotated[Number, Field(gt=0)]


class Grade(Model):
    """A grade of the composite score: reached from ``minimum`` (0 to 100) on."""

    key: str
    name: Name
    minimum: Annotated[Number, Field(ge=0, le=100)]


class Industry(Model):
    """The industry's level of a KPI, as of when and from where."""

    value: Number
    as_of: Date
    source: Name


class KpiTerms(Model):
    """What is wanted of one KPI.

    Parameters
    ----------
    baseline, target
        Current and wanted level, in the KPI's unit (shares from 0 to 1).
    target_date
        Day by which the target is wanted.
    weight
        Weight in the composite, of 100; takes the place of the preset's, then all are rescaled to 100.
    bands
        Four cuts between fail, improve, pass, good and excellent, in this order, so they rise where higher is better
        and fall where lower is; a value at a cut belongs to the better band.
    limit_hours
        The limit a "within limit" KPI holds tickets to.
    industry
        The industry's level.
    min_n
        Fewer observations than this give a value but no verdict.
    """

    baseline: Number | None = None
    target: Number | None = None
    target_date: Date | None = None
    weight: Weight | None = None
    bands: tuple[Number, ...] = ()
    limit_hours: Positive | None = None
    industry: Industry | None = None
    min_n: Annotated[Whole, Field(ge=1)] = 30

    @field_validator("bands")
    @classmethod
    def _four_in_order(cls, bands: tuple[float, ...]) -> tuple[float, ...]:
        if not bands:
            return bands
        if len(bands) != 4:
            hint = "between fail, improve, pass, good and excellent"
            raise FieldError(f"expected 4 cuts, got {len(bands)}", hint)
        rising = all(low < high for low, high in pairwise(bands))
        falling = all(low > high for low, high in pairwise(bands))
        if not (rising or falling):
            got = ", ".join(f"{cut:g}" for cut in bands)
            raise FieldError(f"cuts must all rise or all fall, got {got}", "from fail|improve to good|excellent")
        return bands


class KpiPolicy(KpiTerms):
    """What is wanted of one KPI, and where a branch differs."""

    branches: dict[str, KpiTerms] = Field(default_factory=dict)


class Policy(Model):
    """Scoring rules and every KPI's terms."""

    preset: str | None = None
    scoring: Literal["bands", "linear"] = "bands"
    grades: Annotated[tuple[Grade, ...], FILLED]
    confidence: Share = 0.95
    kpis: Annotated[dict[str, KpiPolicy], FILLED]

    @field_validator("grades")
    @classmethod
    def _best_first_down_to_zero(cls, grades: tuple[Grade, ...]) -> tuple[Grade, ...]:
        if any(better.minimum <= worse.minimum for better, worse in pairwise(grades)):
            raise FieldError("grades go from the best down, each with a lower minimum")
        if grades[-1].minimum != 0:
            raise FieldError("the last grade must start at 0, so that every score has a grade")
        if len({grade.key for grade in grades}) < len(grades):
            raise FieldError("two grades have the same key")
        return grades

    def for_branch(self, kpi: str, branch: str | None) -> KpiPolicy:
        """Return the terms of ``kpi`` for ``branch``: the branch's own where it has them, else the company's.

        A KPI without a policy has no baseline, no target and no bands.
        """
        terms = self.kpis.get(kpi, KpiPolicy())
        own = terms.branches.get(branch or "", KpiTerms())
        update: dict[str, Any] = {name: getattr(own, name) for name in own.model_fields_set}
        return terms.model_copy(update={**update, "branches": {}})
