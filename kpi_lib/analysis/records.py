"""Rows of a small frame one by one, for words and pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

Row = Mapping[str, Any]
"""One row of a frame by column name."""


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of ``frame`` in order."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
