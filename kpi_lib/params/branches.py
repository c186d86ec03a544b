"""``params/branches.yml``: the company, its service centres and its branches."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import field_validator, model_validator

from kpi_lib.params.fields import FILLED, FieldError, Flag, Model, Name, Texts

_KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*", re.ASCII)


class Branch(Model):
    """One branch; a value in the data means it when it equals the key, a name or an alias.

    ``reported: false`` keeps the branch in the company's totals but gives it no report.
    """

    key: str
    name: Name
    centre: str
    region: str
    calendar: str | None = None
    aliases: Texts = ()
    reported: Flag = True

    @field_validator("key")
    @classmethod
    def _names_a_folder(cls, key: str) -> str:
        if not _KEY.fullmatch(key):
            hint = "it names a folder: letters a to z, digits, _ and - only"
            raise FieldError(f"{key!r} cannot be the key of a branch", hint)
        return key

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every value that means this branch, without repetition."""
        return tuple(dict.fromkeys((self.key, self.name.en, self.name.zh, *self.aliases)))


class BranchesFile(Model):
    """The company and everything below it."""

    company: Name
    centres: Annotated[dict[str, Name], FILLED]
    branches: Annotated[dict[str, Branch], FILLED]

    @model_validator(mode="before")
    @classmethod
    def _keys_into_branches(cls, data: Any) -> Any:
        return with_keys(data, "branches")

    @property
    def reported(self) -> dict[str, Branch]:
        """The branches that get a report."""
        return {key: branch for key, branch in self.branches.items() if branch.reported}


def with_keys(data: Any, entry: str) -> Any:
    """Return ``data`` with each mapping under ``entry`` carrying its own key."""
    if not isinstance(data, dict) or not isinstance(data.get(entry), dict):
        return data
    keyed = {key: {"key": key, **item} if isinstance(item, dict) else item for key, item in data[entry].items()}
    return {**data, entry: keyed}
