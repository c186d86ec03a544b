"""Words in two languages: names, translated sentences, numbers and dates."""

from kpi_lib.text.bilingual import Lang, Text
from kpi_lib.text.language import MISSING, Language, language

__all__ = ["MISSING", "Lang", "Language", "Text", "language"]
