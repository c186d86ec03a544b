"""Words in two languages: names, translated sentences, numbers and dates."""

from kpi_lib.text.bilingual import Text

__all__ = ["Text"]
