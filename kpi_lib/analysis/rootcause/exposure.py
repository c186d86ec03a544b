"""Events put on the exposure they belong to, so that a rate can be looked into leaf by leaf."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

VALUES = ["numerator", "denominator"]


def on_exposure(frame: pd.DataFrame, dimensions: Sequence[str]) -> pd.DataFrame:
    """Return one row per leaf of a rate, days summed, every event on a leaf that has exposure.

    A complaint is filed on another day than its ticket was created, so days are summed. One whose own leaf has no
    exposure in the period (an older ticket, or none named) is spread over the leaves that agree with it in the most
    leading dimensions, in proportion to their exposure; the sums stay what they are.

    Parameters
    ----------
    frame
        Rows of events and rows of exposure: the dimensions, ``numerator``, ``denominator``.
    dimensions
        In the order in which they count; the earlier ones are agreed in first.
    """
    keys = list(dimensions)
    summed = frame.astype(dict.fromkeys(keys, "str")).groupby(keys, as_index=False, sort=True)[VALUES].sum()
    exposed = summed[summed["denominator"] > 0].reset_index(drop=True)
    if exposed.empty:
        return exposed
    numerator = exposed["numerator"].astype(float)
    for _, event in summed[(summed["denominator"] <= 0) & (summed["numerator"] > 0)].iterrows():
        alike = pd.Series(True, index=exposed.index)
        for key in keys:
            closer = alike & (exposed[key] == event[key])
            if not closer.any():
                break
            alike = closer
        weight = exposed["denominator"].where(alike, 0.0)
        numerator = numerator + event["numerator"] * weight / weight.sum()
    return exposed.assign(numerator=numerator)
