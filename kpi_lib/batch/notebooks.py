"""Where the notebooks are: the project's own, else those that come with the package."""

from __future__ import annotations

from pathlib import Path

from kpi_lib.errors import InputError, Issue

FOLDER = "notebooks"
_PACKAGE = Path(__file__).parents[1]


def shipped(folder: str) -> Path:
    """Return a folder that comes with the package, such as ``notebooks`` or ``params``.

    In a checkout it lies beside the package, at the place of the sample project; in an installed wheel inside it.
    """
    inside = _PACKAGE / "shipped" / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder


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
