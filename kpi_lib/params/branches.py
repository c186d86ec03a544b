"""``params/branches.yml``: the company, its service centres and its branches."""

from __future__ import annotations

from typing import Any

from pydantic import Field, model_validator

from kpi_lib.params.fields import Flag, Model, Name, Texts


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

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every value that means this branch, without repetition."""
        return tuple(dict.fromkeys((self.key, self.name.en, self.name.zh, *self.aliases)))


class BranchesFile(Model):
    """The company and everything below it."""

    company: Name
    centres: dict[str, Name] = Field(min_length=1)
    branches: dict[str, Branch] = Field(min_length=1)

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
