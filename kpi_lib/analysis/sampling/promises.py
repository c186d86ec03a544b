"""Two people's secrets: promised before either is known, revealed together, and joined into one salt."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from kpi_lib.analysis.strict_json import strict_json
from kpi_lib.errors import InputError, Issue


@dataclass(frozen=True)
class Commitment:
    """One person's promise of a secret, given before either secret is known."""

    name: str
    digest: str

    def to_json(self) -> str:
        """Return the promise as JSON."""
        return strict_json(self)


def commit(name: str, secret: str) -> Commitment:
    """Return the promise of a secret; the secret itself stays with its owner until both have promised.

    Raises
    ------
    InputError
        No name, or a secret of fewer than eight characters.
    """
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
    if same_person(first[0].name, second[0].name):
        issues.append(Issue("approver", "the one who draws and the one who approves must be two people"))
    for promise, secret in (first, second):
        if commit(promise.name, secret) != promise:
            issues.append(Issue(promise.name, "the secret is not the one promised"))
    if issues:
        raise InputError(issues)
    return hashlib.sha256(f"{first[1]}\x1f{second[1]}".encode()).hexdigest()


def same_person(first: str, second: str) -> bool:
    """Return whether two names are one, however they are written."""
    return first.strip().casefold() == second.strip().casefold()
