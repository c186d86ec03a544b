"""Words, numbers and dates in the reader's language."""

from __future__ import annotations

import decimal
import gettext
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from importlib import resources
from typing import Final, SupportsFloat, get_args

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent

from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.text.bilingual import Lang, Text

MISSING: Final = "–"
"""Shown for a value that is not there; never 0."""

_LOCALES: Final = {"en": Locale("en", "GB"), "zh": Locale("zh", "CN", script="Hans")}
_PATTERNS: Final = {
    "en": {"date": "d MMM y", "timestamp": "d MMM y, HH:mm", "month": "MMMM y"},
    "zh": {"date": "y年M月d日", "timestamp": "y年M月d日 HH:mm", "month": "y年M月"},
}
# Rounding half up, as a reader with a pocket calculator does; the default would show 0.125 as 12 % and 0.135 as 14 %.
_ROUNDING: Final = decimal.Context(prec=40, rounding=decimal.ROUND_HALF_UP)


@dataclass(frozen=True)
class Language:
    """One language: translated sentences, and numbers and dates as its readers write them.

    Values that are missing (``None``, NaN, NaT) are shown as an en dash by every method that shows a value.
    """

    lang: Lang
    translations: gettext.NullTranslations = field(repr=False, compare=False)

    def sentence(self, msgid: str, /, **values: object) -> str:
        """Return the English sentence ``msgid`` in this language, its ``{named}`` fields filled in.

        The argument must be a literal, so that ``python -m kpi_lib.text.extract`` finds it.
        """
        return self.translations.gettext(msgid).format(**values)

    def plural(self, singular: str, plural: str, n: int, /, **values: object) -> str:
        """Return ``singular`` or ``plural`` as ``n`` asks, in this language; ``{n}`` is ``n`` as a number."""
        return self.translations.ngettext(singular, plural, int(n)).format(**{"n": self.number(n), **values})

    def pick(self, text: Text) -> str:
        """Return ``text`` in this language."""
        return text.in_lang(self.lang)

    def name(self, names: Mapping[str, Text], key: str) -> str:
        """Return what ``names`` call ``key`` in this language, and ``key`` itself where they do not know it."""
        return self.pick(names[key]) if key in names else key

    def number(self, x: SupportsFloat | None, digits: int | None = None) -> str:
        """Return ``x`` with ``digits`` decimals; by default as many as it has, at most three."""
        if _missing(x):
            return MISSING
        pattern = "#,##0.###" if digits is None else _pattern(digits)
        return self._decimal(x, pattern, 3 if digits is None else digits)

    def percent(self, x: SupportsFloat | None, digits: int = 1) -> str:
        """Return the share ``x`` (0 to 1) in per cent."""
        if _missing(x):
            return MISSING
        with decimal.localcontext(_ROUNDING):
            return _in_percent(str(_rounded(x, digits + 2)), _pattern(digits) + "%", self.lang)

    def points(self, x: SupportsFloat | None, digits: int = 1) -> str:
        """Return the difference ``x`` of two shares in percentage points."""
        if _missing(x):
            return MISSING
        unit = "个百分点" if self.lang == "zh" else " pp"
        return self._decimal(_exact(x) * 100, _pattern(digits), digits) + unit

    def hours(self, x: SupportsFloat | None, digits: int | None = None) -> str:
        """Return ``x`` hours; by default two decimals below 10 h, one below 100 h, none above."""
        if _missing(x):
            return MISSING
        size = abs(_exact(x))
        shown = digits if digits is not None else 2 if size < 10 else 1 if size < 100 else 0
        return self._decimal(x, _pattern(shown), shown) + ("小时" if self.lang == "zh" else " h")

    def seconds(self, x: SupportsFloat | None, digits: int = 0) -> str:
        """Return ``x`` seconds."""
        if _missing(x):
            return MISSING
        return self._decimal(x, _pattern(digits), digits) + ("秒" if self.lang == "zh" else " s")

    def date(self, d: date | None) -> str:
        """Return the day, such as ``3 Nov 2025``."""
        return MISSING if _missing(d) else format_date(d, _PATTERNS[self.lang]["date"], _LOCALES[self.lang])

    def timestamp(self, t: datetime | None) -> str:
        """Return the day and the time to the minute, such as ``3 Nov 2025, 14:30``."""
        if _missing(t):
            return MISSING
        return format_datetime(t, _PATTERNS[self.lang]["timestamp"], locale=_LOCALES[self.lang])

    def month(self, y: int, m: int) -> str:
        """Return the month, such as ``November 2025``."""
        return format_date(date(y, m, 1), _PATTERNS[self.lang]["month"], _LOCALES[self.lang])

    def list(self, items: Sequence[str]) -> str:
        """Return the items as one enumeration, such as ``a, b and c``."""
        return format_list(list(items), locale=_LOCALES[self.lang])

    def _decimal(self, x: SupportsFloat | None, pattern: str, digits: int) -> str:
        with decimal.localcontext(_ROUNDING):
            return _as_decimal(str(_rounded(x, digits)), pattern, self.lang)


@cache
def language(lang: str) -> Language:
    """Return the language ``"en"`` or ``"zh"``; raises InputError for another."""
    if lang == "en":
        return Language("en", gettext.NullTranslations())
    if lang == "zh":
        return Language("zh", _compiled("zh"))
    known = get_args(Lang)
    raise InputError(Issue("language", f"unknown language {lang!r}", did_you_mean(lang, known)))


def _compiled(lang: Lang) -> gettext.GNUTranslations:
    """Compile the catalogue in memory: a compiled file beside the source would go stale unnoticed."""
    source = resources.files("kpi_lib.text") / "locale" / lang / "LC_MESSAGES" / "kpi_lib.po"
    compiled = io.BytesIO()
    with source.open("rb") as opened:
        write_mo(compiled, read_po(opened, locale=lang))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def _missing(x: object) -> bool:
    # pandas' own missing values are told by name: comparing NA gives NA, and this layer does not import pandas.
    return x is None or type(x).__name__ in {"NAType", "NaTType"} or bool(x != x)


def _exact(x: SupportsFloat | None) -> decimal.Decimal:
    """Return ``x`` with the digits it is written with: 0.285 rounds as 0.285, not as its binary neighbour."""
    return x if isinstance(x, decimal.Decimal) else decimal.Decimal(repr(float(x)))  # type: ignore[arg-type]


def _rounded(x: SupportsFloat | None, digits: int) -> decimal.Decimal:
    exact = _exact(x)
    if not exact.is_finite():
        return exact
    # Adding zero turns a rounded -0 into 0.
    return exact.quantize(decimal.Decimal(1).scaleb(-digits)) + 0


# The same values stand in many cells, axes and sentences of a page, and writing one takes a tenth of a millisecond.
@lru_cache(maxsize=8192)
def _as_decimal(rounded: str, pattern: str, lang: Lang) -> str:
    return format_decimal(decimal.Decimal(rounded), pattern, locale=_LOCALES[lang])


@lru_cache(maxsize=8192)
def _in_percent(rounded: str, pattern: str, lang: Lang) -> str:
    return format_percent(decimal.Decimal(rounded), pattern, locale=_LOCALES[lang])


def _pattern(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")
