"""One way to write a result as JSON: what is not known is null, and what has no form is refused."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.status import Status
from kpi_lib.analysis.strict_json import plain, strict_json


def test_missing_is_null_and_the_unknown_is_refused() -> None:
    @dataclass(frozen=True)
    class Odd:
        a: float = math.nan
        b: float = math.inf

    values = {"x": [math.nan, np.float64(2), np.int64(3), pd.NA, pd.NaT], ("a", "b"): pd.Timestamp("2025-11-01")}
    assert plain([Odd(), values]) == [
        {"a": None, "b": None},
        {"x": [None, 2.0, 3, None, None], "a | b": "2025-11-01T00:00:00"},
    ]
    with pytest.raises(TypeError, match="no form in JSON"):
        strict_json(object())


def test_text_is_written_as_it_is_and_an_indented_document_says_the_same() -> None:
    document = {"名称": [1.5, math.nan], "frame": pd.DataFrame({"a": [1, 2]}), "status": Status.MET}
    text = strict_json(document)
    assert text == '{"名称": [1.5, null], "frame": [{"a": 1}, {"a": 2}], "status": "met"}'
    assert json.loads(strict_json(document, indent=1)) == json.loads(text)
    assert "\n" in strict_json(document, indent=1)
