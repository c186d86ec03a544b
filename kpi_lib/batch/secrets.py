"""Nothing secret is written down: passwords in addresses, and values the environment holds under a telling name."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "***"

_ADDRESS = re.compile(r"(?<=://)([^\s:/@'\"]*):([^\s/@'\"]+)@")
_TELLING = re.compile(r"pass(word|wd|phrase)?$|secret|token|api_?key|credential|private_?key", re.IGNORECASE)
_SHORTEST = 6
"""Shorter values would be found in ordinary text."""


def secret_values(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return what the environment holds under a telling name, the longest first."""
    held = os.environ if environment is None else environment
    found = {value for name, value in held.items() if _TELLING.search(name) and len(value) >= _SHORTEST}
    # An address kept whole in the environment brings its password along.
    found |= {match[2] for value in held.values() for match in _ADDRESS.finditer(value) if len(match[2]) >= _SHORTEST}
    return tuple(sorted(found, key=len, reverse=True))


def masked(text: str, values: tuple[str, ...]) -> str:
    """Return the text without passwords in addresses and without the given values."""
    if "://" in text:
        text = _ADDRESS.sub(rf"\1:{HIDDEN}@", text)
    for value in values:
        text = text.replace(value, HIDDEN)
    return text


def without_secrets(content: Any, values: tuple[str, ...], name: str = "") -> Any:
    """Return nested lists and mappings with every text masked, and values under a telling name hidden whole."""
    match content:
        case str():
            return HIDDEN if content and _TELLING.search(name) else masked(content, values)
        case Mapping():
            return {key: without_secrets(value, values, str(key)) for key, value in content.items()}
        case list() | tuple():
            return [without_secrets(value, values, name) for value in content]
        case _:
            return content
