"""``params/presets/*.yml`` and ``params/scenarios.yml``: the KPIs of the composite and their weightings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from kpi_lib.params.branches import with_keys
from kpi_lib.params.fields import FILLED, FieldError, Model, Name, Number, Texts, Weight

FULL = 100.0
"""What the weights of a composite add up to."""


class Dimension(Model):
    """A group of KPIs that share its weight equally."""

    key: str
    name: Name
    weight: Weight
    kpis: Annotated[Texts, FILLED]


class Preset(Model):
    """The KPIs of one department's composite; ``weights`` always add up to 100.

    In YAML either ``weights`` are given or ``dimensions``, from which they follow. ``note`` says what a reader must
    know, such as that the department's own document names no weights.
    """

    key: str
    name: Name
    note: Name | None = None
    weights: dict[str, Weight] = Field(default_factory=dict)
    dimensions: tuple[Dimension, ...] = ()

    @field_validator("weights")
    @classmethod
    def _to_full(cls, weights: dict[str, float]) -> dict[str, float]:
        return rescale(weights) if weights else weights

    @model_validator(mode="after")
    def _weights_from_dimensions(self) -> Self:
        if bool(self.weights) == bool(self.dimensions):
            raise FieldError("a preset has either 'weights' or 'dimensions'")
        if self.dimensions:
            shares = [(kpi, each.weight / len(each.kpis)) for each in self.dimensions for kpi in each.kpis]
            if len(dict(shares)) < len(shares):
                raise FieldError("a KPI stands in two dimensions")
            object.__setattr__(self, "weights", rescale(dict(shares)))
        return self


class Scenario(Model):
    """Another weighting: the KPIs of ``set`` get the weights given, the others share the rest as before."""

    key: str
    name: Name
    set: Annotated[dict[str, Annotated[Number, Field(ge=0, le=FULL)]], FILLED]

    @field_validator("set")
    @classmethod
    def _leaves_room(cls, weights: dict[str, float]) -> dict[str, float]:
        if (total := sum(weights.values())) > FULL:
            raise FieldError(f"the weights add up to {total:g}, more than {FULL:g}")
        return weights

    def apply(self, weights: Mapping[str, float]) -> dict[str, float]:
        """Return ``weights`` under this scenario, adding up to 100.

        KPIs of the scenario that are not among ``weights`` are left out: a scenario shifts weight, it adds no KPI.
        """
        chosen = {kpi: weight for kpi, weight in self.set.items() if kpi in weights}
        rest = FULL - sum(chosen.values())
        others = sum(weight for kpi, weight in weights.items() if kpi not in chosen)
        share = rest / others if others else 0.0
        moved = {kpi: chosen[kpi] if kpi in chosen else share * weight for kpi, weight in weights.items()}
        return rescale(moved) if any(moved.values()) else dict(weights)


class ScenariosFile(Model):
    """All weight scenarios."""

    scenarios: dict[str, Scenario] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _keys_into_scenarios(cls, data: Any) -> Any:
        return with_keys(data, "scenarios")


def rescale(weights: Mapping[str, float]) -> dict[str, float]:
    """Return ``weights`` in the same proportions, adding up to 100; raises FieldError when they add up to nothing."""
    total = sum(weights.values())
    if total <= 0:
        raise FieldError("the weights add up to 0")
    return {kpi: FULL * weight / total for kpi, weight in weights.items()}
