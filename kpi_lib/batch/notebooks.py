"""Where the notebooks are: the project's own, else those that come with the package."""

from __future__ import annotations

from pathlib import Path

from kpi_lib.errors import InputError, Issue
from kpi_lib.params.shipped import shipped

FOLDER = "notebooks"


def find_notebooks(project: Path) -> dict[str, Path]:
    """Return every notebook by name, in order of their names.

    Raises
    ------
    InputError
        There is none.
    """
    own = project / FOLDER
    folder = own if own.is_dir() else shipped(FOLDER)
    found = {path.stem: path.resolve() for path in sorted(folder.glob("*.ipynb"))}
    if not found:
        raise InputError(Issue(str(folder), "holds no notebook", "`kpi init` puts the notebooks into a new project"))
    return found
