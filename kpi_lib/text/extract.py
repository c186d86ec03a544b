"""Keep the Chinese catalogue in step with the sentences of the package: ``python -m kpi_lib.text.extract``.

Every literal given to ``.sentence(...)`` or ``.plural(...)`` becomes an entry, entries no longer used are dropped, and
those without a translation are listed. Translations are written by hand into the ``.po`` file, which is read as it is.
"""

from __future__ import annotations

import io
import string
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).parents[1]
"""The package whose sentences are collected."""

CATALOGUE = Path(__file__).parent / "locale" / "zh" / "LC_MESSAGES" / "kpi_lib.po"
"""The Chinese catalogue."""

_HEADER = rb"""# Chinese sentences of kpi_lib. Brought in step by `python -m kpi_lib.text.extract`; translated by hand.
msgid ""
msgstr ""
"Language: zh\n"
"MIME-Version: 1.0\n"
"Content-Type: text/plain; charset=utf-8\n"
"Content-Transfer-Encoding: 8bit\n"
"Plural-Forms: nplurals=1; plural=0;\n"

"""
_KEYWORDS = {"sentence": None, "plural": (1, 2)}


def extracted(package: Path = PACKAGE) -> Catalog:
    """Return the sentences used in ``package``, each with the files that use it."""
    catalog = Catalog(project="kpi_lib", charset="utf-8")
    found = extract_from_dir(package, method_map=[("**.py", "python")], keywords=_KEYWORDS)
    for file, line, message, comments, context in sorted(found, key=lambda entry: (entry[0], entry[1])):
        catalog.add(message, locations=[(Path(file).as_posix(), line)], auto_comments=comments, context=context)
    return catalog


def load_catalogue(path: Path = CATALOGUE) -> Catalog:
    """Return the catalogue as it lies on disk."""
    with path.open("rb") as opened:
        return read_po(opened, locale="zh")


def problems(used: Catalog, translated: Catalog) -> Iterator[str]:
    """Yield what is wrong with the translations of the sentences used: missing, doubtful, or with other fields."""
    for message in used:
        if not message.id:
            continue
        found = translated.get(message.id)
        words = [] if found is None else _texts(found.string)
        if found is None or not all(words):
            yield f"no translation: {message.id!r}"
        elif found.fuzzy:
            yield f"translation not confirmed (fuzzy): {message.id!r}"
        elif any(_fields(text) != _fields(_texts(message.id)[-1]) for text in words):
            yield f"translation has other fields: {message.id!r}"
    for message in translated:
        if message.id and used.get(message.id) is None:
            yield f"no longer used: {message.id!r}"


def update(path: Path = CATALOGUE, package: Path = PACKAGE) -> list[str]:
    """Bring the catalogue on disk in step with the package and return what is left to translate."""
    used, translated = extracted(package), load_catalogue(path)
    # A close match is a guess; a translator starts from an empty line instead.
    translated.update(used, no_fuzzy_matching=True, update_creation_date=False)
    translated.obsolete.clear()
    written = io.BytesIO()
    # Dates and line numbers would change the file when no sentence did.
    write_po(written, translated, width=0, sort_by_file=True, omit_header=True, include_lineno=False)
    path.write_bytes(_HEADER + written.getvalue())
    return list(problems(used, load_catalogue(path)))


def _texts(entry: str | Sequence[str] | None) -> list[str]:
    return [entry or ""] if entry is None or isinstance(entry, str) else list(entry)


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


if __name__ == "__main__":
    left = update()
    print("\n".join(left) or "complete")
    sys.exit(1 if left else 0)
