"""Which reference is taken, and why."""

import pandas as pd
import pytest

from kpi_lib.analysis.rootcause.reference import (
    CHOICES,
    ReferenceKind,
    ReferenceReason,
    checked_choice,
    choose_reference,
)
from kpi_lib.errors import InputError
from kpi_lib.params.baselines import AcceptedBaseline, Exclusion
from kpi_lib.params.periods import parse_period

NOVEMBER = parse_period("2025-11")


def counts(*months):
    return pd.DataFrame({"period": list(months), "denominator": 10.0})


def accepted(first, last, *out):
    return AcceptedBaseline(
        kpi="k",
        branch="b",
        first=first,
        last=last,
        exclusions=tuple(Exclusion(period=one, reason="flood") for one in out),
        chart="p",
        why=("share",),
        centre=0.8,
        spread=1.0,
        level=0.8,
        lower=None,
        upper=None,
        n=12,
        numerator=1.0,
        denominator=2.0,
        grade="A",
    )


@pytest.mark.parametrize(
    ("months", "kind", "reason", "label"),
    [
        (("2025-08", "2025-09", "2025-10"), "history", "longest", "2024-11..2025-10"),
        (("2025-09", "2025-10"), "previous", "short", "2025-10"),
        (("2025-08", "2025-09"), "peers", "young", "2025-11"),
        (("2025-11",), "peers", "young", "2025-11"),
        (("2023-01", "2023-02", "2023-03"), "peers", "young", "2025-11"),
    ],
)
def test_without_a_baseline_the_data_decide(months, kind, reason, label):
    found = choose_reference(counts(*months), period=NOVEMBER)
    assert (found.kind, found.reason, found.label) == (ReferenceKind(kind), ReferenceReason(reason), label)


def test_an_accepted_baseline_that_ended_before_the_period_comes_first():
    found = choose_reference(counts(), period=NOVEMBER, accepted=accepted("2024-01", "2024-12", "2024-05"))
    assert (found.kind, found.reason, found.label) == ("baseline", "accepted", "2024-01..2024-12")
    days = pd.Series(pd.to_datetime(["2023-12-31", "2024-01-01", "2024-05-07", "2024-12-31", "2025-01-01"]))
    assert found.holds(days).to_list() == [False, True, False, True, False]
    inside = choose_reference(counts("2025-10"), period=NOVEMBER, accepted=accepted("2025-01", "2025-11"))
    assert inside.kind == "previous"


@pytest.mark.parametrize(
    ("asked", "label"),
    [("previous", "2025-10"), ("year", "2024-11"), ("peers", "2025-11"), ("history", "2024-11..2025-10")],
)
def test_what_is_asked_for_is_taken(asked, label):
    found = choose_reference(counts("2025-10"), period=NOVEMBER, asked=asked, accepted=accepted("2024-01", "2024-12"))
    assert (found.kind, found.reason, found.label) == (asked, ReferenceReason.ASKED, label)


def test_a_misspelt_reference_is_told():
    assert [checked_choice(one) for one in CHOICES] == list(CHOICES)
    with pytest.raises(InputError, match="peers"):
        checked_choice("peer")
