"""``params/sources.yml``: where the exports lie and how their columns become canonical columns."""

from __future__ import annotations

import codecs
import os
import re
from datetime import datetime
from pathlib import PurePath
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, field_validator, model_validator

from kpi_lib.errors import did_you_mean
from kpi_lib.params.fields import FILLED, FieldError, Flag, Model, Texts, Timestamp

Format = Literal["csv", "excel", "parquet", "sql"]

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xlsb": "excel",
    ".xls": "excel",
    ".ods": "excel",
    ".parquet": "parquet",
}


def _expanded(value: str) -> str:
    def replace(found: re.Match[str]) -> str:
        setting = os.environ.get(found[1]) or found[2]
        if setting is None:
            hint = f"set it, or give a default: ${{{found[1]}:-folder}}"
            raise FieldError(f"the environment variable {found[1]} is not set", hint)
        return setting

    return _VARIABLE.sub(replace, value)


def _known_zone(value: str) -> str:
    if value not in available_timezones():
        raise FieldError(f"unknown time zone {value!r}", did_you_mean(value, sorted(available_timezones())))
    return value


def _known_encoding(value: str) -> str:
    try:
        codecs.lookup(value)
    except LookupError as error:
        hint = did_you_mean(value, ["utf-8", "gb18030", "gbk", "big5", "utf-16", "latin-1"])
        raise FieldError(f"unknown encoding {value!r}", hint) from error
    return value


def _delimiter(value: object) -> object:
    if value in {"\\t", "tab"}:
        return "\t"
    if isinstance(value, str) and len(value) != 1:
        raise FieldError(f"expected one character, got {value!r}", "write tab for a tabulator")
    return value


Expanded = Annotated[str, AfterValidator(_expanded)]
"""Text in which ``${VAR}`` and ``${VAR:-default}`` are replaced from the environment."""
Zone = Annotated[str, AfterValidator(_known_zone)]
"""Name of a time zone, such as ``Asia/Shanghai``."""


class Compare(Model):
    """A flag derived by comparing the column with a value or with another raw column.

    ``equals``, ``not_equals``, ``less``, ``at_most``, ``greater`` and ``at_least`` need ``to`` (a value) or
    ``to_column``; ``present`` and ``missing`` need neither.
    """

    op: Literal["equals", "not_equals", "less", "at_most", "greater", "at_least", "present", "missing"]
    to: str | None = None
    to_column: str | None = None

    @model_validator(mode="after")
    def _one_side(self) -> Self:
        given = sum(side is not None for side in (self.to, self.to_column))
        wanted = 0 if self.op in {"present", "missing"} else 1
        if given != wanted:
            what = "exactly one of 'to' and 'to_column'" if wanted else "neither 'to' nor 'to_column'"
            raise FieldError(f"op {self.op} takes {what}")
        return self


class ColumnMap(Model):
    """How one canonical column comes from the raw columns.

    Parameters
    ----------
    from_
        Raw columns (``from`` in YAML), usually one.
    combine, separator
        How several raw columns become one value: the first that is not missing, all joined, or a date and a time.
    formats
        Patterns of a timestamp (as in ``strptime``), tried in order.
    timezone
        Time zone the timestamps were written in, when not the source's.
    missing
        Values that mean missing, beside the source's.
    values
        Raw value to canonical value; ``None`` makes it missing.
    otherwise
        Value for anything not in ``values``. Not given: such values are kept. Given empty: they become missing; see
        ``keeps_others``.
    constant
        The same value in every row; there is no raw column then.
    unit
        Unit of a raw duration, converted to the canonical unit.
    compare
        Derives a flag.
    """

    from_: Texts = Field(default=(), validation_alias="from")
    combine: Literal["coalesce", "concat", "date_time"] | None = None
    separator: str = ""
    formats: Texts = ()
    timezone: Zone | None = None
    missing: Texts = ()
    values: dict[str, str | None] = Field(default_factory=dict)
    otherwise: str | None = None
    constant: str | None = None
    unit: Literal["seconds", "minutes", "hours", "days"] | None = None
    compare: Compare | None = None

    @property
    def keeps_others(self) -> bool:
        """Whether values not in ``values`` are kept as they come."""
        return "otherwise" not in self.model_fields_set

    @model_validator(mode="after")
    def _has_an_origin(self) -> Self:
        if bool(self.from_) == (self.constant is not None):
            raise FieldError("a column has either 'from' or 'constant'")
        if len(self.from_) > 1 and self.combine is None:
            raise FieldError("several columns need 'combine'", "combine: coalesce, concat or date_time")
        if self.combine == "date_time" and len(self.from_) != 2:
            raise FieldError("'combine: date_time' takes two columns", "from: [date column, time column]")
        return self


class Filter(Model):
    """A condition on a raw column that every row read must meet; conditions given together must all hold."""

    column: str
    in_: Texts | None = Field(default=None, validation_alias="in")
    not_in: Texts | None = None
    equals: str | None = None
    not_equals: str | None = None
    missing: Flag | None = None
    min: str | None = None
    max: str | None = None

    @model_validator(mode="after")
    def _has_a_condition(self) -> Self:
        if not self.model_fields_set - {"column"}:
            raise FieldError("a filter needs a condition", "in, not_in, equals, not_equals, missing, min or max")
        return self


def _column_map(value: object) -> object:
    return {"from": value} if isinstance(value, str | list) else value


class Source(Model):
    """One export and its mapping; ``path`` may be a pattern such as ``data/raw/tickets_*.csv``."""

    name: str
    table: str
    path: Expanded | None = None
    url: Expanded | None = None
    query: str | None = None
    format: Format | None = None
    sheet: str | None = None
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    delimiter: Annotated[str, BeforeValidator(_delimiter)] = ","
    missing: Texts = ()
    timezone: Zone | None = None
    columns: Annotated[dict[str, Annotated[ColumnMap, BeforeValidator(_column_map)]], FILLED]
    filters: tuple[Filter, ...] = ()

    @model_validator(mode="after")
    def _has_a_place(self) -> Self:
        if (self.path is None) == (self.url is None):
            raise FieldError("a source has either 'path' or 'url'")
        if self.url is not None and self.query is None:
            raise FieldError("a source with 'url' needs 'query'", "query: SELECT * FROM tickets")
        if self.format is None:
            object.__setattr__(self, "format", _format_of(self.path))
        return self


class SourcesFile(Model):
    """All sources of the project.

    Parameters
    ----------
    timezone
        The company's time zone; every timestamp is shown in it.
    extracted_at
        When the exports were made, in the company's time; nothing after it can be true.
    sources
        The exports.
    """

    timezone: Zone
    extracted_at: Timestamp | None = None
    sources: Annotated[tuple[Source, ...], FILLED]

    @field_validator("sources")
    @classmethod
    def _names_differ(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        names = [source.name for source in sources]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise FieldError(f"sources of the same name: {', '.join(twice)}")
        return sources

    @model_validator(mode="after")
    def _local_time(self) -> Self:
        """Bring an extraction time with an offset to the company's naive local time, as all timestamps are."""
        if self.extracted_at is not None and self.extracted_at.tzinfo is not None:
            local: datetime = self.extracted_at.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)
            object.__setattr__(self, "extracted_at", local)
        return self


def _format_of(path: str | None) -> Format:
    if path is None:
        return "sql"
    suffix = PurePath(path.removesuffix(".gz")).suffix.lower()
    if suffix not in _SUFFIXES:
        raise FieldError(f"cannot tell the format of {path!r} from its name", "format: csv, excel or parquet")
    return _SUFFIXES[suffix]
