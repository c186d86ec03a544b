"""What a page rests on: parameters, data, fingerprints, versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kpi_lib.data.fingerprint import Fingerprint
from kpi_lib.report.html import Child, Fragment, element, folded
from kpi_lib.report.table import table
from kpi_lib.text.language import Language

DIGITS_SHOWN = 12
"""Characters of a SHA-256 on the page; the manifest has them all."""


def fingerprint_table(sources: Sequence[Fingerprint], language: Language) -> Fragment:
    """Return the raw exports with their fingerprints."""
    columns = [
        language.sentence("Source"),
        language.sentence("File"),
        language.sentence("Rows"),
        language.sentence("Bytes"),
        language.sentence("Written (UTC)"),
        "SHA-256",
    ]
    cells: list[list[Child]] = [
        [
            source.name,
            source.file,
            language.number(source.rows, 0),
            language.number(source.bytes, 0),
            language.timestamp(source.modified_at),
            element("code", source.sha256[:DIGITS_SHOWN], title=source.sha256),
        ]
        for source in sources
    ]
    caption = language.sentence("Raw exports and their fingerprints")
    return table(columns, cells, caption=caption, text_columns=(0, 1, 5))


def provenance(
    sources: Sequence[Fingerprint], *, facts: Mapping[str, str], language: Language, note: str = ""
) -> Fragment:
    """Return the provenance box.

    Parameters
    ----------
    sources
        Fingerprints of the raw exports.
    facts
        Name → value of everything else, in the reader's language.
    language
        For the words.
    note
        A sentence put before the tables.
    """
    rows = [[name, value] for name, value in facts.items()]
    columns = [language.sentence("What"), language.sentence("Setting")]
    return folded(
        language.sentence("What this page rests on"),
        element("p", note),
        table(columns, rows, caption=language.sentence("Parameters and versions"), text_columns=(0, 1)),
        fingerprint_table(sources, language),
    )
