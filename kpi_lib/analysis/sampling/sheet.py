"""The draw sheet two people sign before anyone is called, and its check by a third."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from kpi_lib.analysis.sampling.drawing import draw
from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.two_stage import draw_two_stage
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.sampling.draw import NumberRule

FIRST_RULE = NumberRule.BLAKE2B
"""Rule of the random numbers of sheets that name none."""


@dataclass(frozen=True)
class Commitment:
    """One person's promise of a secret, given before either secret is known."""

    name: str
    digest: str


def commit(name: str, secret: str) -> Commitment:
    """Return the promise of a secret; the secret itself stays with its owner until both have promised."""
    if not name.strip() or len(secret) < 8:
        raise InputError(Issue("secret", "a name and a secret of at least 8 characters are needed"))
    return Commitment(name.strip(), hashlib.sha256(f"{name.strip()}\x1f{secret}".encode()).hexdigest())


def common_salt(first: tuple[Commitment, str], second: tuple[Commitment, str]) -> str:
    """Return the salt of two revealed secrets; neither person can steer it alone.

    Raises
    ------
    InputError
        The same person twice, or a secret that is not the promised one.
    """
    issues = []
    if _same(first[0].name, second[0].name):
        issues.append(Issue("approver", "the one who draws and the one who approves must be two people"))
    for promise, secret in (first, second):
        if commit(promise.name, secret) != promise:
            issues.append(Issue(promise.name, "the secret is not the one promised"))
    if issues:
        raise InputError(issues)
    return hashlib.sha256(f"{first[1]}\x1f{second[1]}".encode()).hexdigest()


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


def _same(first: str, second: str) -> bool:
    return first.strip().casefold() == second.strip().casefold()


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
        again = redraw(sheet, frame)
    except InputError as error:
        return [*issues, *error.issues]
    if again.frame_hash != sheet.body["frame_hash"]:
        hint = f"{sheet.body['frame_size']} rows then, {len(frame)} now"
        issues.append(Issue("frame", "the frame is not the one drawn from", hint))
    was, now = ([(unit["id"], unit["role"]) for unit in units] for units in (_units(sheet.body), _units(again.sheet())))
    if was != now:
        changed = sorted({unit for unit, _ in set(was) ^ set(now)})
        named = ", ".join(changed[:5])
        issues.append(Issue("draw", f"drawing again gives other units or another order: {named or 'the order'}"))
    return issues


def _units(body: Mapping[str, object]) -> list[dict[str, str]]:
    units = body["units"]
    return units if isinstance(units, list) else []


def _signed(sheet: Sheet) -> list[Issue]:
    issues = []
    if digest(sheet.body) != sheet.digest:
        issues.append(Issue("sheet", "the sheet was changed after it was signed"))
    if _same(sheet.drawer.name, sheet.approver.name):
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
    rule, salt = sheet.body["rule"], str(sheet.body["salt"])
    if not isinstance(rule, dict):
        raise InputError(Issue("sheet", "it holds no rule to draw by"))
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
