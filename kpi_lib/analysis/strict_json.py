"""Results as JSON that every reader takes: strict, at full precision, what is not known as null."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum

import numpy as np
import pandas as pd

from kpi_lib.analysis.records import records


def strict_json(document: object, *, indent: int | None = None) -> str:
    """Return a document as JSON; nan and infinities, which JSON does not have, are null.

    Parameters
    ----------
    document
        As of :func:`plain`.
    indent
        Blanks a level is moved in by; one line without.
    """
    return json.dumps(plain(document), ensure_ascii=False, allow_nan=False, indent=indent)


def plain(value: object) -> object:
    """Return a result as JSON holds it: dataclasses and mappings as objects, frames as lists of rows, arrays as lists.

    Raises
    ------
    TypeError
        A value that has no form in JSON.
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    match value:
        case Enum():
            return str(value)
        case None | str() | bool() | int():
            return value
        case np.bool_() | np.integer():
            return value.item()
        case float() | np.floating():
            return float(value) if np.isfinite(value) else None
        case pd.Timestamp():
            return None if pd.isna(value) else value.isoformat()
        case pd.DataFrame():
            return [plain(row) for row in records(value)]
        case pd.Series() | np.ndarray():
            return [plain(item) for item in value.tolist()]
        case Mapping():
            return {_key(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
    if value is pd.NA or value is pd.NaT:
        return None
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _key(key: object) -> str:
    return " | ".join(map(str, key)) if isinstance(key, tuple) else str(key)
