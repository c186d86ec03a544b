"""From pydantic's errors to issues a person can mend: the line, what was expected, what came, did-you-mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from kpi_lib.errors import Issue, did_you_mean
from kpi_lib.params.document import Document, Location
from kpi_lib.params.fields import FieldError, Model

ModelT = TypeVar("ModelT", bound=Model)

_EXPECTED = {
    "string_type": "a text",
    "float_type": "a number",
    "float_parsing": "a number",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "date_type": "a date",
    "datetime_type": "a date and time",
    "time_type": "a time of day",
    "dict_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "dataclass_type": "a mapping {en: .., zh: ..}",
    "tuple_type": "a list",
    "list_type": "a list",
}
_SHOWN_AT_MOST = 60
_LIMITS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def validated(model: type[ModelT], document: Document) -> tuple[ModelT | None, list[Issue]]:
    """Return the document as ``model`` and the issues found; no model when there are any."""
    try:
        return model.model_validate(document.data if document.data is not None else {}), []
    except ValidationError as error:
        return None, [_issue(model, document, details) for details in error.errors(include_url=False)]


def _issue(model: type[Model], document: Document, details: ErrorDetails) -> Issue:
    location: Location = details["loc"]
    kind, came, context = details["type"], details["input"], details.get("ctx", {})
    last = str(location[-1]) if location else ""
    within = f" in {_path(location[:-1])}" if len(location) > 1 else ""
    if kind == "missing":
        return document.issue(location, f"key {last!r} is missing{within}")
    if kind in {"extra_forbidden", "unexpected_keyword_argument"}:
        return document.issue(location, f"unknown key {last!r}{within}", did_you_mean(last, _keys_at(model, location)))
    lead = f"{_path(location)}: " if location else ""
    if kind == "value_error" and isinstance(reason := context.get("error"), FieldError):
        return document.issue(location, lead + reason.problem, reason.hint)
    if kind == "literal_error":
        known = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
        hint = did_you_mean(came, known) if isinstance(came, str) else ""
        return document.issue(location, f"{lead}expected one of {', '.join(known)}, got {_shown(came)}", hint)
    if kind in _LIMITS:
        name, words = _LIMITS[kind]
        return document.issue(location, f"{lead}expected {words} {context[name]:g}, got {_shown(came)}")
    if kind in _EXPECTED:
        hint = f"write it in brackets: [{came}]" if kind == "tuple_type" and isinstance(came, str) else ""
        return document.issue(location, f"{lead}expected {_EXPECTED[kind]}, got {_shown(came)}", hint)
    return document.issue(location, f"{lead}{details['msg']}, got {_shown(came)}")


def _path(location: Location) -> str:
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in location)


def _shown(value: object) -> str:
    match value:
        case None:
            return "nothing"
        case str() if len(value) > _SHOWN_AT_MOST:
            return repr(value[:_SHOWN_AT_MOST] + "...")
        case str() | int() | float():
            return repr(value)
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case _:
            return type(value).__name__


def _keys_at(model: type[BaseModel], location: Location) -> list[str]:
    """Return the keys allowed where the unknown key at ``location`` stands."""
    annotation: Any = model
    for step in location[:-1]:
        owner = _model_in(annotation)
        if owner is not None and isinstance(step, str) and (field := _field(owner, step)) is not None:
            annotation = field
    owner = _model_in(annotation)
    return [_key(name, info.validation_alias) for name, info in owner.model_fields.items()] if owner else ["en", "zh"]


def _field(owner: type[BaseModel], key: str) -> Any:
    fields = {_key(name, info.validation_alias): info.annotation for name, info in owner.model_fields.items()}
    return fields.get(key)


def _key(name: str, alias: object) -> str:
    return alias if isinstance(alias, str) else name


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model inside ``Optional``, ``dict``, ``tuple`` or ``Annotated``."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part)) is not None), None)
