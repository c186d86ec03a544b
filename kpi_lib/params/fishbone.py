"""``params/fishbone.yml``: the bones of a cause-and-effect diagram, and which evidence feeds each cause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from kpi_lib.errors import Issue, did_you_mean
from kpi_lib.params.document import Document, Location
from kpi_lib.params.fields import FILLED, AllOrNames, FieldError, Flag, Model, Name

SOURCES = ("segment", "mix", "reason", "theme", "audit", "signal", "stage", "quantity")
"""Where evidence can come from; the part before the colon of a selector."""

_SELECTOR = re.compile(r"([^:]*):(.+)")


def _selector(value: object) -> object:
    if not isinstance(value, str):
        return value
    found = _SELECTOR.fullmatch(value)
    if found is None:
        raise FieldError(f"expected source:key, got {value!r}", "such as segment:provider or theme:attitude")
    if found[1] not in SOURCES:
        raise FieldError(f"unknown source {found[1]!r} of evidence", did_you_mean(found[1], SOURCES))
    return value


Selector = Annotated[str, BeforeValidator(_selector)]
"""``source:key``; ``*`` in a key stands for any text. A segment's key names dimensions, ``provider`` or
``product=smart_tv&shift``, and is met by a segment that has them all."""


class CauseSpec(Model):
    """A cause on a bone: its name, the evidence that feeds it, and what would be needed to measure it.

    ``hypothesis: true`` is the analyst's own: drawn dashed and without a number until evidence feeds it.
    """

    name: Name
    evidence: tuple[Selector, ...] = ()
    needs: Name | None = None
    hypothesis: Flag = False


class BoneSpec(Model):
    """A main factor and its causes; ``staff`` says whether people on the job cause it."""

    name: Name
    staff: Flag
    causes: Annotated[dict[str, CauseSpec], FILLED]


class Diagram(Model):
    """The bones drawn for some indicators: each bone with ``all`` of its causes or some."""

    kpis: AllOrNames
    bones: Annotated[dict[str, AllOrNames], FILLED]


class RelationSpec(Model):
    """A declared relation between two causes, each written ``bone.cause``."""

    from_: str = Field(validation_alias="from")
    to: str


class FishboneFile(Model):
    """All diagrams: the problem each indicator stands for, the bones, and which of them are drawn where."""

    heads: dict[str, Name] = Field(default_factory=dict)
    bones: Annotated[dict[str, BoneSpec], FILLED]
    diagrams: Annotated[dict[str, Diagram], FILLED]
    relations: tuple[RelationSpec, ...] = ()

    @model_validator(mode="after")
    def _covers_every_kpi(self) -> FishboneFile:
        if sum(diagram.kpis == "all" for diagram in self.diagrams.values()) != 1:
            raise FieldError("exactly one of the diagrams must have kpis: all", "it serves every KPI no other names")
        return self

    def diagram(self, kpi: str) -> dict[str, BoneSpec]:
        """Return the bones of an indicator's diagram by key, each with the causes that belong to it."""
        named = (found for found in self.diagrams.values() if found.kpis != "all" and kpi in found.kpis)
        fallback = next(found for found in self.diagrams.values() if found.kpis == "all")
        chosen = next(named, fallback)
        return {key: _with_causes(self.bones[key], causes) for key, causes in chosen.bones.items()}


def _with_causes(bone: BoneSpec, causes: Sequence[str]) -> BoneSpec:
    if causes == "all":
        return bone
    return bone.model_copy(update={"causes": {key: bone.causes[key] for key in causes}})


def fishbone_issues(document: Document, known_kpis: Sequence[str] | None) -> Iterator[Issue]:
    """Yield an issue for every name in the file that points nowhere, and for an indicator drawn twice."""
    bones = document.keys("bones")
    causes = {key: document.keys("bones", key, "causes") for key in bones}
    owner: dict[str, str] = {}
    for diagram in document.keys("diagrams"):
        place: Location = ("diagrams", diagram)
        for bone in document.keys(*place, "bones"):
            location = (*place, "bones", bone)
            if bone not in bones:
                yield document.issue(location, f"unknown bone {bone!r}", did_you_mean(bone, bones))
                continue
            for cause, where in _names(document, location):
                if cause not in (*causes[bone], "all"):
                    yield document.issue(where, f"unknown cause {cause!r}", did_you_mean(cause, causes[bone]))
        for kpi, where in _names(document, (*place, "kpis")):
            if kpi != "all" and known_kpis is not None and kpi not in known_kpis:
                yield document.issue(where, f"unknown KPI {kpi!r}", did_you_mean(kpi, tuple(known_kpis)))
            if kpi != "all" and owner.setdefault(kpi, diagram) != diagram:
                yield document.issue(where, f"{kpi!r} is drawn by the diagram {owner[kpi]!r} already")
    for kpi in document.keys("heads") if known_kpis is not None else ():
        if kpi not in (known_kpis or ()):
            yield document.issue(("heads", kpi), f"unknown KPI {kpi!r}", did_you_mean(kpi, tuple(known_kpis or ())))
    known = tuple(f"{bone}.{cause}" for bone in bones for cause in causes[bone])
    for number in range(len(_list(document, ("relations",)))):
        for end in ("from", "to"):
            value = document.at("relations", number, end)
            if isinstance(value, str) and value not in known:
                where = ("relations", number, end)
                yield document.issue(where, f"unknown cause {value!r}", did_you_mean(value, known))


def _names(document: Document, location: Location) -> Iterator[tuple[str, Location]]:
    """Yield the names at a location, a single text or a list of them, each with its own location."""
    found = document.at(*location)
    if isinstance(found, str):
        yield found, location
    for number, name in enumerate(_list(document, location)):
        if isinstance(name, str):
            yield name, (*location, number)


def _list(document: Document, location: Location) -> list[object]:
    found = document.at(*location)
    return list(found) if isinstance(found, list) else []
