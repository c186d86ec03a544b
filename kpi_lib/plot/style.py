"""The drawing library's own style: what a notebook finds, whatever was drawn in its process before."""

from __future__ import annotations

import matplotlib as mpl


def default_style() -> None:
    """Set every drawing setting back to the library's default; the backend stays."""
    mpl.rcdefaults()
