"""Words of the root-cause page that hang on what a period is."""

from dataclasses import replace

import pytest

from kpi_lib.analysis.rootcause.durations import NoValue
from kpi_lib.analysis.rootcause.reference import Reference, ReferenceKind, ReferenceReason
from kpi_lib.params.periods import parse_period
from kpi_lib.report.gain_words import no_value_words
from kpi_lib.report.root_cause_words import reference_words
from kpi_lib.text import language

MONTHS = Reference(
    ReferenceKind.HISTORY, ReferenceReason.LONGEST, parse_period("2024-11"), parse_period("2025-10")
)  # fmt: skip


def test_a_reference_of_ranges_is_told_by_its_first_and_last_day():
    ranges = replace(
        MONTHS, first=parse_period("2022-09-05..2022-12-04"), last=parse_period("2025-06-02..2025-08-31")
    )  # fmt: skip
    assert reference_words(ranges, language("en")) == "the periods before, 5 Sept 2022 to 31 Aug 2025"
    assert reference_words(MONTHS, language("en")) == "the periods before, November 2024 to October 2025"
    one = replace(ranges, kind=ReferenceKind.PREVIOUS, first=ranges.last)
    assert reference_words(one, language("en")) == "the period before, 2025-06-02..2025-08-31"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_reason_for_no_value_has_words_of_its_own(lang):
    said = [no_value_words(reason, language(lang)) for reason in NoValue]
    assert len(set(said)) == len(NoValue)
    assert no_value_words(NoValue.NONE, language(lang)) == ""
