"""The building blocks of the models: a strict base and the types that turn typed text into values."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from kpi_lib.text import Text

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_PERCENT = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*[%％]", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


class FieldError(ValueError):
    """A value a field cannot take, with a hint."""

    def __init__(self, problem: str, hint: str = "") -> None:
        self.problem = problem
        self.hint = hint
        super().__init__(problem)


class Model(BaseModel):
    """Base of all parameter models: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_by_name=True, validate_by_alias=True)

    @model_validator(mode="before")
    @classmethod
    def _empty_is_absent(cls, data: Any) -> Any:
        """Treat a key with nothing behind it as not given where the field cannot be empty but has a default."""
        if not isinstance(data, Mapping):
            return data
        return {key: value for key, value in data.items() if not (value is None and key in _fillable(cls))}


@cache
def _fillable(model: type[BaseModel]) -> frozenset[object]:
    """Return the keys of the fields that cannot be empty but have a default."""
    return frozenset(
        key
        for name, field in model.model_fields.items()
        for key in (name, field.validation_alias)
        if not field.is_required() and field.get_default(call_default_factory=True) is not None
    )


def _number(value: object) -> object:
    if not isinstance(value, str):
        return value
    if _NUMBER.fullmatch(value):
        if math.isinf(float(value)):
            raise FieldError("the number is too large")
        return value
    if percent := _PERCENT.fullmatch(value):
        share = f"{float(percent[1]) / 100:g}"
        raise FieldError(f"expected a number, got {value!r}", f"shares are written from 0 to 1: {share}")
    raise FieldError(f"expected a number, got {value!r}")


def _whole(value: object) -> object:
    if isinstance(value, str) and not re.fullmatch(r"[+-]?\d+", value, re.ASCII):
        raise FieldError(f"expected a whole number, got {value!r}")
    return value


def _flag(value: object) -> object:
    if not isinstance(value, str) or value.lower() in {"true", "false"}:
        return value
    raise FieldError(f"expected true or false, got {value!r}")


def _date(value: object) -> object:
    # Without this a bare number would be taken for seconds since 1970.
    if not isinstance(value, str):
        return value
    if not _DATE.fullmatch(value):
        raise FieldError(f"expected a date, got {value!r}", "write it as 2025-11-03")
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise FieldError(f"there is no date {value}: {error}") from error


def _timestamp(value: object) -> object:
    if not isinstance(value, str):
        return value
    if _DATE.match(value):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    raise FieldError(f"expected a date and time, got {value!r}", "write it as 2025-11-03 08:00")


def _clock(value: object) -> object:
    if not isinstance(value, str):
        return value
    if found := _CLOCK.fullmatch(value):
        hour, minute, second = (int(part or 0) for part in found.groups())
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second)
    raise FieldError(f"expected a time of day, got {value!r}", "write it as 08:30, at most 23:59")


def _texts(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _both_languages(value: object) -> object:
    return Text(value, value) if isinstance(value, str) else value


def _all_or_names(value: object) -> object:
    if value == "all":
        return value
    names = (value,) if isinstance(value, str) else value
    if isinstance(names, list | tuple) and names and all(isinstance(name, str) for name in names):
        return tuple(names)
    raise FieldError("expected 'all' or a list of names", "such as [chengdu, kunming]")


def _filled(value: object) -> object:
    # pydantic counts the items that passed, so one wrong item would make its list "empty" as well.
    if isinstance(value, list | tuple | dict) and not value:
        raise FieldError("is empty; expected at least one")
    return value


FILLED = BeforeValidator(_filled)
"""Refuses an empty list or mapping."""
Number = Annotated[float, BeforeValidator(_number), Field(allow_inf_nan=False)]
"""A finite number."""
Share = Annotated[Number, Field(gt=0, lt=1)]
"""A share strictly between 0 and 1."""
Weight = Annotated[Number, Field(ge=0)]
"""A weight; weights are rescaled, so any non-negative number."""
Whole = Annotated[int, BeforeValidator(_whole)]
"""A whole number."""
Flag = Annotated[bool, BeforeValidator(_flag)]
"""``true`` or ``false`` and nothing else."""
Date = Annotated[date, BeforeValidator(_date)]
"""A day, written ``2025-11-03``."""
Timestamp = Annotated[datetime, BeforeValidator(_timestamp)]
"""A date and time, written ``2025-11-03 08:00``, with or without an offset."""
Clock = Annotated[time, BeforeValidator(_clock)]
"""A time of day, written ``8:30`` or ``08:30:00``."""
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
"""A list of texts; a single text is a list of one."""
Name = Annotated[Text, BeforeValidator(_both_languages)]
"""A name in both languages, ``{en: .., zh: ..}``; a single text serves both."""
AllOrNames = Annotated[Literal["all"] | tuple[str, ...], BeforeValidator(_all_or_names)]
"""``all`` or some names."""
