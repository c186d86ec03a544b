"""Types of single fields of a source: paths with environment variables, time zones, encodings, formats."""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator

from kpi_lib.errors import did_you_mean
from kpi_lib.params.fields import FieldError

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
        " ".encode(value)
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
Encoding = Annotated[str, AfterValidator(_known_encoding)]
"""Name of a text encoding Python knows."""
Delimiter = Annotated[str, BeforeValidator(_delimiter)]
"""One character; ``tab`` is a tabulator."""


def format_of(path: str | None) -> Format:
    """Return the format a file's name tells, ``sql`` for no file; raises FieldError when it tells none."""
    if path is None:
        return "sql"
    suffix = PurePath(path.removesuffix(".gz")).suffix.lower()
    if suffix not in _SUFFIXES:
        raise FieldError(f"cannot tell the format of {path!r} from its name", "format: csv, excel or parquet")
    if path.endswith(".gz") and _SUFFIXES[suffix] != "csv":
        raise FieldError(f"{path!r} is compressed; only CSV may be", "unpack it")
    return _SUFFIXES[suffix]
