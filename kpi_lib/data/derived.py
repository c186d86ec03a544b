"""Tables derived from the prepared store, kept beside it under the digest of everything they depend on."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

FOLDER = "derived"
_PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Derived:
    """Tables kept in a folder of the store.

    A table is found only under a key that names its data, its code and all its inputs, so an old one is never read for
    a new question; it is written beside its place and renamed, so half of one is never read either.

    Parameters
    ----------
    folder
        Where they lie.
    data
        Digest of the store's content.
    """

    folder: Path
    data: str

    def key(self, *inputs: object) -> str:
        """Return the digest of the data, the package's code and ``inputs``, by their ``repr``."""
        return digest(self.data, code_digest(), *(repr(one) for one in inputs))

    def read(self, key: str) -> pd.DataFrame | None:
        """Return the table under ``key``, None where there is none."""
        path = self._path(key)
        return pd.read_feather(path) if path.exists() else None

    def write(self, key: str, frame: pd.DataFrame) -> None:
        """Keep a table; in a folder that cannot be written it is not kept."""
        try:
            self.folder.mkdir(exist_ok=True)
            handle, name = tempfile.mkstemp(prefix=".", dir=self.folder)
            temporary = Path(name)
            try:
                with os.fdopen(handle, "wb") as file:
                    frame.to_feather(file)
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(self._path(key))
            finally:
                temporary.unlink(missing_ok=True)
        except OSError:
            return

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.feather"


def digest(*texts: str) -> str:
    """Return one SHA-256 of several texts, told apart from any other way to cut them."""
    found = hashlib.sha256()
    for text in texts:
        data = text.encode()
        found.update(len(data).to_bytes(8, "big"))
        found.update(data)
    return found.hexdigest()


@cache
def code_digest() -> str:
    """Return the digest of everything in this package that can change a figure or a page."""
    files = sorted(path for path in _PACKAGE.rglob("*") if path.is_file() and path.suffix not in _NO_CODE)
    return digest(*(part for path in files for part in (path.relative_to(_PACKAGE).as_posix(), _content(path))))


_NO_CODE = frozenset({".pyc", ".ipynb", ".pot"})
"""What changes nothing by itself; a notebook has a digest of its own."""


def _content(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
