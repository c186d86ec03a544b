"""Results as JSON that every reader takes: what is not a number is null."""

from __future__ import annotations

import json
import math


def strict_json(document: object) -> str:
    """Return a document as JSON; nan and infinities, which JSON does not have, are null."""
    return json.dumps(_known(document), ensure_ascii=False, allow_nan=False)


def _known(value: object) -> object:
    """Return a value JSON can hold: nan and infinities are null."""
    match value:
        case float():
            return value if math.isfinite(value) else None
        case dict():
            return {str(key): _known(item) for key, item in value.items()}
        case list() | tuple():
            return [_known(item) for item in value]
        case _:
            return value
