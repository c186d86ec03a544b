"""Which runs are to be made, and why: what changed since each report was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kpi_lib.batch.jobs import RunKey
from kpi_lib.batch.keys import Key
from kpi_lib.batch.manifest import RunRecord
from kpi_lib.batch.plan import RunSpec
from kpi_lib.batch.publish import sha256_of


@dataclass(frozen=True)
class Staleness:
    """A planned run and the reasons to make it; without any, its report is there already."""

    spec: RunSpec
    reasons: tuple[str, ...]

    @property
    def is_stale(self) -> bool:
        """Whether the run is to be made."""
        return bool(self.reasons)


def staleness(
    specs: Sequence[RunSpec], keys: Mapping[RunKey, Key], last: Mapping[RunKey, RunRecord], out: Path
) -> tuple[Staleness, ...]:
    """Return for every planned run why it is to be made.

    Parameters
    ----------
    specs
        Planned runs.
    keys
        What each would rest on now; a run without one is always made.
    last
        How each ended when it was last made.
    out
        Folder of the reports: a report that is gone, or is not the one that was made, is made again.
    """
    return tuple(Staleness(spec, _reasons(spec, keys.get(spec.key), last.get(spec.key), out)) for spec in specs)


def _reasons(spec: RunSpec, key: Key | None, last: RunRecord | None, out: Path) -> tuple[str, ...]:
    if last is None:
        return ("never made",)
    if key is None or not last.key:
        return ("made without a record of what it rests on",)
    if last.status != "ok":
        return (f"failed last time: {last.failure.kind if last.failure else last.status}",)
    if last.key != key.digest:
        return tuple(f"{part} changed" for part in key.changes(last.parts)) or ("its key changed",)
    return tuple(
        f"{address} {'is gone' if not (out / address).exists() else 'was changed after it was made'}"
        for address, digest in last.files.items()
        if not (out / address).exists() or sha256_of(out / address) != digest
    )
