"""Whether a report is what its project would give today, and whether the file is the one that was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kpi_lib.batch.keys import Key
from kpi_lib.batch.manifest import RunRecord, read_records
from kpi_lib.batch.publish import sha256_of
from kpi_lib.batch.stamp import Stamp, read_stamp
from kpi_lib.errors import InputError, Issue


@dataclass(frozen=True)
class Verdict:
    """What is true of a report.

    Parameters
    ----------
    stamp
        What the page says of its own making.
    key
        Its key as the project gives it now.
    changed
        Parts that changed since; empty where nothing did, None where no manifest tells.
    untouched
        Whether the file is, byte for byte, the one that was made; None where no manifest tells.
    """

    stamp: Stamp
    key: str
    changed: tuple[str, ...] | None
    untouched: bool | None

    @property
    def holds(self) -> bool:
        """Whether the key comes out again and the file is not known to have been changed."""
        return self.stamp.key == self.key and self.untouched is not False


def read_report(report: Path) -> Stamp:
    """Return the stamp of a report.

    Raises
    ------
    InputError
        It is no file, or has no stamp.
    """
    try:
        stamp = read_stamp(report.read_text(encoding="utf-8", errors="replace"))
    except OSError as error:
        raise InputError(Issue(str(report), f"cannot be read: {error.strerror}")) from error
    if stamp is None:
        raise InputError(Issue(str(report), "has no stamp of its making", "reports of `kpi run` have one"))
    return stamp


def verify(report: Path, derive: Callable[[Stamp], Key], out: Path) -> Verdict:
    """Return whether the report's key comes out again.

    Parameters
    ----------
    report
        The page; it may have been copied out of the folder of the reports.
    derive
        Derives the key of the run a stamp names.
    out
        Folder of the reports, whose manifest knows the parts of the key and the digest of the file.
    """
    stamp = read_report(report)
    key = derive(stamp)
    record = _record(stamp, out)
    if record is None:
        return Verdict(stamp, key.digest, None, None)
    made = record.files.get(record.page)
    changed = () if key.digest == record.key else key.changes(record.parts)
    return Verdict(stamp, key.digest, changed, None if made is None else made == sha256_of(report))


def _record(stamp: Stamp, out: Path) -> RunRecord | None:
    made = [record for record in read_records(out) if record.key == stamp.key and record.status == "ok"]
    own = [record for record in made if record.run == (stamp.branch, stamp.notebook, stamp.lang)]
    return own[-1] if own else None
