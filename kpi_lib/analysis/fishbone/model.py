"""What a fishbone is: bones with causes, fed by evidence, and what is left of the gap."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum

import pandas as pd

from kpi_lib.analysis.fishbone.evidence import ORDER, Evidence, Standing
from kpi_lib.analysis.rootcause.result import Gap
from kpi_lib.analysis.strict_json import strict_json
from kpi_lib.kpi.definition import Unit
from kpi_lib.text import Text

COLUMNS = (
    "bone", "cause", "staff", "state", "source", "key", "label_en", "label_zh", "standing", "contribution", "counted",
    "lo", "hi", "n", "figure", "unit", "before", "change_lo", "change_hi",
)  # fmt: skip
"""Of :attr:`Fishbone.table`."""

UNASSIGNED = "unassigned"
"""Key of the bone for evidence no selector asks for: nothing is dropped unseen."""


class State(StrEnum):
    """What is known of a cause."""

    FOUND = "found"
    """Evidence feeds it."""
    NOTHING_FOUND = "nothing_found"
    """It was looked at, and nothing was found."""
    NOT_MEASURED = "not_measured"
    """The data do not say."""
    HYPOTHESIS = "hypothesis"
    """The analyst's own; no evidence yet."""


@dataclass(frozen=True)
class Cause:
    """One cause: where, or what the gap is associated with.

    Parameters
    ----------
    key, name
        Key on its bone, and name.
    state
        What is known of it.
    evidence
        What feeds it, the largest counted contribution first.
    needs
        What would be needed to measure it.
    """

    key: str
    name: Text
    state: State
    evidence: tuple[Evidence, ...] = ()
    needs: Text | None = None

    @property
    def standing(self) -> Standing | None:
        """Return the surest standing among its evidence; None without evidence."""
        found = {piece.standing for piece in self.evidence}
        if self.state is State.HYPOTHESIS:
            found.add(Standing.HYPOTHESIS)
        return next((standing for standing in ORDER if standing in found), None)


@dataclass(frozen=True)
class Bone:
    """One main factor.

    Parameters
    ----------
    key, name
        Key and name.
    staff
        Whether people on the job cause it; None where that was not said.
    causes
        In the declared order.
    contribution
        Points of the gap its evidence stands for, each counted once; None where none was measured in points.
    offsetting
        Points that go against the gap, not part of ``contribution``; None where there are none.
    """

    key: str
    name: Text
    staff: bool | None
    causes: tuple[Cause, ...]
    contribution: float | None
    offsetting: float | None

    @property
    def standing(self) -> Standing | None:
        """Return the surest standing among its causes; None where there is no evidence."""
        found = {cause.standing for cause in self.causes}
        return next((standing for standing in ORDER if standing in found), None)


@dataclass(frozen=True)
class Relation:
    """An arrow from one cause to another, each ``(bone, cause)``; found in the data, or declared."""

    cause: tuple[str, str]
    effect: tuple[str, str]
    found: bool


@dataclass(frozen=True)
class Fishbone:
    """A cause-and-effect diagram.

    The bones' ``contribution``, ``offsetting`` and ``unexplained`` sum to ``gap.difference``.

    Parameters
    ----------
    kpi
        Key of the indicator, empty for a free diagram.
    head
        The problem.
    unit
        Of the KPI and of every contribution.
    gap
        What is explained; None for a free diagram.
    bones
        In the declared order, evidence no cause asked for last.
    relations
        Arrows between causes.
    offsetting, unexplained
        Points of all evidence that goes against the gap, and what no evidence accounts for; None without a gap.
    """

    kpi: str
    head: Text
    unit: Unit
    gap: Gap | None
    bones: tuple[Bone, ...]
    relations: tuple[Relation, ...]
    offsetting: float | None
    unexplained: float | None

    @property
    def table(self) -> pd.DataFrame:
        """Return one row per cause and piece of evidence, and one for a cause without any."""
        rows = [
            _row(bone, cause, piece)
            for bone in self.bones
            for cause in bone.causes
            for piece in cause.evidence or (None,)
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def to_json(self) -> str:
        """Return everything as JSON; what is not known is null."""
        document = asdict(self) | {"bones": [asdict(bone) | {"standing": bone.standing} for bone in self.bones]}
        return strict_json(document)


def _row(bone: Bone, cause: Cause, piece: Evidence | None) -> dict[str, object]:
    row: dict[str, object] = {"bone": bone.key, "cause": cause.key, "staff": bone.staff, "state": str(cause.state)}
    if piece is None:
        return row
    label = piece.label if isinstance(piece.label, Text) else Text(piece.label, piece.label)
    return row | {
        "source": str(piece.source),
        "key": piece.key,
        "label_en": label.en,
        "label_zh": label.zh,
        "standing": str(piece.standing),
        "contribution": piece.contribution,
        "counted": piece.counted,
        "lo": piece.lo,
        "hi": piece.hi,
        "n": piece.n,
        "figure": piece.figure,
        "unit": piece.unit if piece.figure is not None else None,
        "before": piece.before,
        "change_lo": piece.change[0] if piece.change else None,
        "change_hi": piece.change[1] if piece.change else None,
    }
