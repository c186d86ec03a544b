"""What comes with the package: the sample's parameters and the notebooks."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parents[1]


def shipped(folder: str) -> Path:
    """Return a folder that comes with the package, such as ``notebooks`` or ``params``.

    In a checkout it lies beside the package, at the place of the sample project; in an installed wheel inside it.
    """
    inside = _PACKAGE / "shipped" / folder
    return inside if inside.is_dir() else _PACKAGE.parent / folder
