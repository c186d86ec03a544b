"""``params/sources.yml``: where the exports lie and how their columns become canonical columns."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator, model_validator

from kpi_lib.params.fields import FILLED, FieldError, Flag, Model, Texts, Timestamp
from kpi_lib.params.source_fields import Delimiter, Encoding, Expanded, Format, Zone, format_of


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
    prefix
        Text put in front of what came, where two systems number alike.
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
    prefix: str = ""

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
    encoding: Encoding = "utf-8"
    delimiter: Delimiter = ","
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
            object.__setattr__(self, "format", format_of(self.path))
        if "delimiter" not in self.model_fields_set and self.path and self.path.removesuffix(".gz").endswith(".tsv"):
            object.__setattr__(self, "delimiter", "\t")
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
