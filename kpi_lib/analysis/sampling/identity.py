"""Who is who: ids that read the same from any file, each once, and the fingerprint of a frame of them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.draw import MISSING_IDS, NumberRule, canonical_id, random_numbers

TEXT = pa.large_string()
_WHOLE_NUMBER = r"^(\d+)\.0*$"


@dataclass(frozen=True, eq=False)
class Identities:
    """The canonical ids of a frame's rows, none missing.

    Parameters
    ----------
    texts
        Arrow array of texts.
    column
        Where they come from, for messages.
    """

    texts: pa.LargeStringArray
    column: str

    def __len__(self) -> int:
        return len(self.texts)

    def at(self, rows: Ints | np.ndarray) -> np.ndarray:
        """Return the ids of some rows as text objects."""
        return np.asarray(self.texts.take(pa.array(rows)).to_numpy(zero_copy_only=False), dtype=object)

    def series(self, rows: Ints) -> pd.Series:
        """Return the ids of some rows as a column."""
        return text_series(self.texts.take(pa.array(rows)))

    def among(self, known: Collection[str]) -> np.ndarray:
        """Return whether each id is one of ``known``."""
        return np.asarray(pc.is_in(self.texts, value_set=pa.array(sorted(set(known)), TEXT)))

    def numbers(self, salt: str, *, rule: NumberRule = NumberRule.SIPHASH) -> Floats:
        """Return the permanent random number of each id; raises InputError where an id comes twice."""
        ends, letters = _buffers(self.texts)
        found = random_numbers(letters, ends, salt, rule=rule)
        ordered = np.sort(found)
        # Equal ids have equal numbers, so that the texts are compared only where numbers meet.
        if (ordered[1:] == ordered[:-1]).any():
            self.check_once()
        return found

    def check_once(self) -> None:
        """Raise InputError where an id comes more than once: a customer has one chance."""
        counted = pc.value_counts(self.texts)
        twice = counted.field("values").filter(pc.greater(counted.field("counts"), 1)).to_pylist()
        if twice:
            named = ", ".join(twice[:5])
            raise InputError(
                Issue(self.column, f"{len(twice)} ids come more than once: {named}", "keep one row per customer")
            )


def identities(frame: pd.DataFrame, column: str) -> Identities:
    """Return the ids of a frame in canonical form; raises InputError where one is missing."""
    texts = canonical_texts(frame[column])
    if texts.null_count:
        rows = np.flatnonzero(np.asarray(pc.is_null(texts)))
        raise InputError([Issue(f"row {place + 1}", f"{column} is missing") for place in rows])
    return Identities(texts, column)


def canonical_texts(values: pd.Series) -> pa.LargeStringArray:
    """Return ids as text, null where there is none: trimmed, whole numbers without a decimal point."""
    texts = _texts(values)
    if texts is None:
        return pa.array([_canonical(value) for value in values], TEXT)
    ends, letters = _buffers(texts)
    inside = letters[ends[0] : ends[-1]]
    # Blanks, points and letters beyond ASCII (which may be blanks) are looked for in all bytes at once.
    if (inside <= ord(" ")).any() or (inside >= 128).any():
        texts = pc.utf8_trim_whitespace(texts)
    if (inside == ord(".")).any():
        texts = pc.replace_substring_regex(texts, pattern=_WHOLE_NUMBER, replacement=r"\1")
    return _without_missing(texts)


def _without_missing(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return texts with null for those that stand for no id; only short ones are looked at."""
    short = np.flatnonzero(np.diff(_buffers(texts)[0]) <= max(map(len, MISSING_IDS)))
    missing = np.zeros(len(texts), dtype=bool)
    missing[short] = pc.is_in(texts.take(pa.array(short)), value_set=pa.array(sorted(MISSING_IDS), TEXT))
    return pc.if_else(pa.array(missing), pa.scalar(None, TEXT), texts) if missing.any() else texts


def _buffers(texts: pa.LargeStringArray) -> tuple[Ints, npt.NDArray[np.uint8]]:
    """Return where each text begins and the last one ends, and the bytes."""
    _, offsets, data = texts.buffers()
    if offsets is None:
        return np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.uint8)
    ends = np.frombuffer(offsets, dtype=np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return ends, np.frombuffer(data, dtype=np.uint8) if data is not None else np.empty(0, dtype=np.uint8)


def text_series(texts: pa.LargeStringArray) -> pd.Series:
    """Return an Arrow array of texts as a column."""
    return pd.Series(texts.to_pandas(), dtype=str)


def named(names: np.ndarray, codes: Ints) -> pd.Series:
    """Return the name of every code as a column."""
    return text_series(pa.array(names, TEXT).take(pa.array(codes)))


def places(texts: pa.LargeStringArray | pd.Series, known: pa.LargeStringArray | pd.Series) -> Ints:
    """Return where each text stands among the known ones; -1 for one that does not, or is missing."""
    found = pc.index_in(pa.array(texts).cast(TEXT), value_set=pa.array(known).cast(TEXT))
    return np.asarray(pc.fill_null(found, -1)).astype(np.int64)


def _texts(values: pd.Series) -> pa.LargeStringArray | None:
    """Return a column as texts without going through it one by one; None where it has to be."""
    if pd.api.types.is_integer_dtype(values) or pd.api.types.is_string_dtype(values):
        try:
            made = pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError):  # mixed objects
            return None
        made = made.combine_chunks() if isinstance(made, pa.ChunkedArray) else made
        return made.cast(TEXT)
    return None


def _canonical(value: object) -> str | None:
    try:
        return canonical_id(value)
    except ValueError:
        return None


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """What a frame is told apart by: its ids, the stratum of each and its size.

    Parameters
    ----------
    ids
        Of every row.
    names, codes
        Names of the strata and the place of each row's.
    sizes
        Sizes of draws with unequal probabilities; None without.
    """

    ids: Identities
    names: Sequence[str]
    codes: Ints
    sizes: Floats | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the rows in the order of their text, whatever the order they came in."""
        strata = pa.array([str(name) for name in self.names], TEXT).take(pa.array(self.codes))
        parts = [self.ids.texts, strata]
        if self.sizes is not None:
            parts.append(pa.array([repr(float(value)) for value in self.sizes], TEXT))
        lines = pc.binary_join_element_wise(*parts, pa.scalar("\x1f", TEXT))
        ordered = pc.binary_join_element_wise(
            lines.take(pc.sort_indices(lines)), pa.scalar("", TEXT), pa.scalar("\x1e", TEXT)
        )
        data = ordered.buffers()[2]
        return hashlib.sha256(memoryview(data)[:-1] if data is not None and data.size else b"").hexdigest()
