"""A cause-and-effect diagram from evidence: bones that, with what is unexplained, sum to the gap."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from kpi_lib.analysis.fishbone.evidence import ORDER, Evidence, Standing
from kpi_lib.analysis.fishbone.model import UNASSIGNED, Bone, Cause, Fishbone, Relation, State
from kpi_lib.analysis.fishbone.selectors import best, was_looked_at
from kpi_lib.analysis.rootcause.result import Gap
from kpi_lib.kpi.definition import Unit
from kpi_lib.params.fishbone import BoneSpec, CauseSpec, FishboneFile
from kpi_lib.text import Text


def build_fishbone(
    spec: FishboneFile,
    *,
    kpi: str,
    name: Text,
    unit: Unit,
    gap: Gap | None,
    evidence: Sequence[Evidence],
    looked_at: Collection[str] = (),
    related: Sequence[tuple[str, str]] = (),
) -> Fishbone:
    """Return an indicator's fishbone.

    Parameters
    ----------
    spec
        ``params/fishbone.yml``.
    kpi, name, unit
        The indicator; its name heads the diagram where the file names no problem.
    gap
        What is explained; None where the KPI has no value, then no evidence may carry a contribution.
    evidence
        Everything found, each piece once.
    looked_at
        What the analysis covered, as ``source:key`` (``segment:provider``, ``theme:*``): a cause without evidence that
        was looked at is "nothing found", any other is "not measured".
    related
        Relations found in the data, as pairs of :attr:`Evidence.id`.

    Raises
    ------
    ValueError
        A piece given twice, a contribution without a gap, or a relation between pieces that were not given.
    """
    _check(evidence, gap)
    bones = spec.diagram(kpi)
    places = [
        ((bone, cause), selectors.evidence) for bone, each in bones.items() for cause, selectors in each.causes.items()
    ]
    names = {f"{bone}.{cause}": (bone, cause) for (bone, cause), _ in places}
    asked = [(f"{bone}.{cause}", selectors) for (bone, cause), selectors in places]
    placed: dict[tuple[str, str], list[Evidence]] = {place: [] for place, _ in places}
    where: dict[str, tuple[str, str]] = {}
    for piece in evidence:
        found = best(piece, asked)
        place = names[found] if found else (UNASSIGNED, piece.id)
        placed.setdefault(place, []).append(piece)
        where[piece.id] = place
    sign = _direction(gap)
    built = [_bone(key, each, placed, looked_at, sign) for key, each in bones.items()]
    loose = [(place, pieces) for place, pieces in placed.items() if place[0] == UNASSIGNED]
    if loose:
        built.append(_unassigned(loose, sign))
    counted = [piece.counted for piece in evidence if piece.counted is not None]
    offsetting = math.fsum(points for points in counted if points * sign < 0) if gap else None
    return Fishbone(
        kpi=kpi,
        head=spec.heads.get(kpi, name),
        unit=unit,
        gap=gap,
        bones=tuple(built),
        relations=_relations(spec, names, where, related),
        offsetting=offsetting,
        unexplained=gap.difference - math.fsum(counted) if gap else None,
    )


def _check(evidence: Sequence[Evidence], gap: Gap | None) -> None:
    seen: set[str] = set()
    for piece in evidence:
        if piece.id in seen:
            raise ValueError(f"{piece.id} is given twice; it would be counted twice")
        seen.add(piece.id)
        if gap is None and piece.contribution is not None:
            raise ValueError(f"{piece.id} has a contribution to a gap that was not measured")


def _direction(gap: Gap | None) -> int:
    """Return the sign of what explains the gap: its own, or against the better direction where it is zero."""
    if gap is None:
        return -1
    worse = -1 if gap.better == "higher" else 1
    return worse if gap.difference == 0 else int(math.copysign(1, gap.difference))


def _bone(
    key: str, spec: BoneSpec, placed: dict[tuple[str, str], list[Evidence]], looked_at: Collection[str], sign: int
) -> Bone:
    causes = tuple(_cause(name, each, placed[key, name], looked_at) for name, each in spec.causes.items())
    return Bone(key, spec.name, spec.staff, causes, *_points(causes, sign))


def _unassigned(loose: Sequence[tuple[tuple[str, str], list[Evidence]]], sign: int) -> Bone:
    causes = tuple(Cause(key, _text(pieces[0].label), State.FOUND, tuple(pieces)) for (_, key), pieces in loose)
    return Bone(UNASSIGNED, Text("Elsewhere", "其他方面"), None, causes, *_points(causes, sign))


def _cause(key: str, spec: CauseSpec, pieces: Sequence[Evidence], looked_at: Collection[str]) -> Cause:
    ordered = tuple(sorted(pieces, key=lambda piece: (ORDER.index(piece.standing), -abs(piece.counted or 0.0))))
    if any(piece.standing is not Standing.HYPOTHESIS for piece in ordered):
        state = State.FOUND
    elif ordered or spec.hypothesis:
        state = State.HYPOTHESIS
    elif was_looked_at(spec.evidence, looked_at):
        state = State.NOTHING_FOUND
    else:
        state = State.NOT_MEASURED
    return Cause(key, spec.name, state, ordered, spec.needs)


def _points(causes: Sequence[Cause], sign: int) -> tuple[float | None, float | None]:
    counted = [piece.counted for cause in causes for piece in cause.evidence if piece.counted is not None]
    along = [points for points in counted if points * sign >= 0]
    against = [points for points in counted if points * sign < 0]
    return (math.fsum(along) if along else None, math.fsum(against) if against else None)


def _relations(
    spec: FishboneFile,
    names: dict[str, tuple[str, str]],
    where: dict[str, tuple[str, str]],
    related: Sequence[tuple[str, str]],
) -> tuple[Relation, ...]:
    unknown = [end for pair in related for end in pair if end not in where]
    if unknown:
        raise ValueError(f"a relation names evidence that was not given: {sorted(set(unknown))}")
    found = {(where[cause], where[effect]): True for cause, effect in related}
    declared = {
        (names[each.from_], names[each.to]): False for each in spec.relations if {each.from_, each.to} <= set(names)
    }
    return tuple(Relation(*ends, found=seen) for ends, seen in {**declared, **found}.items() if ends[0] != ends[1])


def _text(label: Text | str) -> Text:
    return Text(label, label) if isinstance(label, str) else label
