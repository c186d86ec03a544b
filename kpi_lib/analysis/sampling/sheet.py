"""The draw sheet two people sign before anyone is called, and its check by a third."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from kpi_lib.analysis.sampling.drawing import check_columns, draw
from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.identity import Fingerprint, identities
from kpi_lib.analysis.sampling.promises import Commitment, commit, common_salt, same_person
from kpi_lib.analysis.sampling.strata import strata_of
from kpi_lib.analysis.sampling.two_stage import draw_two_stage
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.sampling.draw import NumberRule

FIRST_RULE = NumberRule.BLAKE2B
"""Rule of the random numbers of sheets that name none."""


@dataclass(frozen=True)
class Sheet:
    """A draw sheet with the promises and signatures of two people.

    Parameters
    ----------
    body
        The draw, as :meth:`Draw.sheet` gives it.
    digest
        Fingerprint of the body.
    drawer, approver
        Promises.
    secrets
        Revealed, by name.
    signatures
        Of the digest, by name.
    """

    body: Mapping[str, object]
    digest: str
    drawer: Commitment
    approver: Commitment
    secrets: Mapping[str, str]
    signatures: Mapping[str, str]

    def to_json(self) -> str:
        """Return the sheet as text."""
        return json.dumps(
            {
                "digest": self.digest,
                "drawer": {"name": self.drawer.name, "digest": self.drawer.digest},
                "approver": {"name": self.approver.name, "digest": self.approver.digest},
                "secrets": dict(self.secrets),
                "signatures": dict(self.signatures),
                "body": dict(self.body),
            },
            ensure_ascii=False,
            sort_keys=True,
            indent=1,
        )


def read_sheet(text: str) -> Sheet:
    """Return a sheet from its JSON; raises InputError where it is none."""
    try:
        found = json.loads(text)
        return Sheet(
            found["body"],
            found["digest"],
            Commitment(**found["drawer"]),
            Commitment(**found["approver"]),
            found["secrets"],
            found["signatures"],
        )
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(Issue("sheet", f"this is no draw sheet: {error}")) from error


def digest(body: Mapping[str, object]) -> str:
    """Return the fingerprint of a sheet's body."""
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode("utf-8")).hexdigest()


def seal(made: Draw, *, drawer: tuple[Commitment, str], approver: tuple[Commitment, str]) -> Sheet:
    """Put a draw on a sheet that both have signed.

    Raises
    ------
    InputError
        One person twice, a secret that was not promised, or a draw made with another salt than their common one.
    """
    if made.salt != common_salt(drawer, approver):
        raise InputError(Issue("salt", "the draw was not made with the two secrets' common salt"))
    body = json.loads(json.dumps(made.sheet(), ensure_ascii=False))
    sheet = Sheet(body, digest(body), drawer[0], approver[0], {}, {})
    return sign(sign(sheet, drawer), approver)


def sign(sheet: Sheet, person: tuple[Commitment, str]) -> Sheet:
    """Return the sheet with one more signature."""
    promise, secret = person
    return replace(
        sheet,
        secrets={**sheet.secrets, promise.name: secret},
        signatures={**sheet.signatures, promise.name: _signature(secret, sheet.digest)},
    )


def _signature(secret: str, text: str) -> str:
    return hmac.new(secret.encode("utf-8"), text.encode("utf-8"), hashlib.sha256).hexdigest()


def verify(sheet: Sheet, frame: pd.DataFrame) -> list[Issue]:
    """Check a sheet and draw again from its frame.

    Parameters
    ----------
    sheet
        As it was kept.
    frame
        The frame it claims to be drawn from.

    Returns
    -------
    list of Issue
        Everything that does not hold; empty for a sound sheet. A sheet with findings is not final.
    """
    issues = _signed(sheet)
    try:
        if _fingerprint(sheet, frame).digest != sheet.body["frame_hash"]:
            hint = f"{sheet.body['frame_size']} rows then, {len(frame)} now"
            issues.append(Issue("frame", "the frame is not the one drawn from", hint))
        again = redraw(sheet, frame)
    except InputError as error:
        return [*issues, *error.issues]
    was, now = ([(unit["id"], unit["role"]) for unit in units] for units in (_units(sheet.body), _units(again.sheet())))
    if was != now:
        changed = sorted({unit for unit, _ in set(was) ^ set(now)})
        named = ", ".join(changed[:5])
        issues.append(Issue("draw", f"drawing again gives other units or another order: {named or 'the order'}"))
    return issues


def _fingerprint(sheet: Sheet, frame: pd.DataFrame) -> Fingerprint:
    """Return what a frame is told apart by under the sheet's rule."""
    rule = _rule(sheet)
    columns = [rule["cluster"]] if "cluster" in rule else rule["by"]
    size = rule.get("size")
    check_columns(frame, [rule["id"], *columns, *([size] if size else [])])
    strata = strata_of(frame, columns)
    sizes = frame[size].to_numpy(float) if size else None
    return Fingerprint(identities(frame, rule["id"]), list(strata.names), strata.codes, sizes)


def _rule(sheet: Sheet) -> dict[str, Any]:
    rule = sheet.body.get("rule")
    if not isinstance(rule, dict):
        raise InputError(Issue("sheet", "it holds no rule to draw by"))
    return rule


def _units(body: Mapping[str, object]) -> list[dict[str, str]]:
    units = body["units"]
    return units if isinstance(units, list) else []


def _signed(sheet: Sheet) -> list[Issue]:
    issues = []
    if digest(sheet.body) != sheet.digest:
        issues.append(Issue("sheet", "the sheet was changed after it was signed"))
    if same_person(sheet.drawer.name, sheet.approver.name):
        issues.append(Issue("approver", "the one who draws and the one who approves must be two people"))
    secrets = []
    for promise in (sheet.drawer, sheet.approver):
        secret = sheet.secrets.get(promise.name)
        if secret is None or promise.name not in sheet.signatures:
            issues.append(Issue(promise.name, "the signature is missing"))
            continue
        secrets.append(secret)
        if commit(promise.name, secret) != promise:
            issues.append(Issue(promise.name, "the secret is not the one promised"))
        if not hmac.compare_digest(sheet.signatures[promise.name], _signature(secret, sheet.digest)):
            issues.append(Issue(promise.name, "the signature is not of this sheet"))
    if len(secrets) == 2 and hashlib.sha256("\x1f".join(secrets).encode()).hexdigest() != sheet.body["salt"]:
        issues.append(Issue("salt", "the salt is not that of the two secrets"))
    return issues


def redraw(sheet: Sheet, frame: pd.DataFrame, *, carry: Sequence[str] = ()) -> Draw:
    """Return the draw of a sheet, made again from the frame; raises InputError where that cannot be."""
    rule, salt = _rule(sheet), str(sheet.body["salt"])
    if "cluster" in rule:
        return draw_two_stage(
            frame,
            cluster=rule["cluster"],
            clusters=rule["clusters"],
            per_cluster=rule["per_cluster"],
            salt=salt,
            id_column=rule["id"],
            carry=carry,
            numbers=rule.get("numbers", FIRST_RULE),
        )
    return draw(
        frame,
        n=rule["n"],
        salt=salt,
        by=rule["by"],
        id_column=rule["id"],
        method=rule["method"],
        size=rule["size"],
        reserve=rule["reserve"],
        start=rule["start"],
        rested=rule["rested"],
        panel=rule["panel"],
        keep=rule["keep"],
        carry=carry,
        numbers=rule.get("numbers", FIRST_RULE),
    )
