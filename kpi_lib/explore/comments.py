"""What comments are about."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis import comments
from kpi_lib.analysis.comments import CommentThemes
from kpi_lib.explore.view import View
from kpi_lib.params.project import shipped_themes
from kpi_lib.params.themes import ThemesFile
from kpi_lib.report import comments as shown


def comment_themes(
    frame: pd.DataFrame,
    *,
    comment: str = "comment",
    themes: ThemesFile | None = None,
    reference: pd.DataFrame | None = None,
    labelled: pd.DataFrame | None = None,
    level: float = 0.95,
) -> View[CommentThemes]:
    """Sort comments into themes, as :func:`kpi_lib.analysis.comments.comment_themes` does.

    Parameters
    ----------
    frame, comment
        One row per comment, and the column it stands in; also that of ``reference`` and ``labelled``.
    themes
        The lexicon, ``project.themes`` of a loaded project; by default the one that comes with the package.
    reference, labelled
        Comments compared with; comments with a person's labels, one column per theme.
    level
        Of the intervals.
    """
    found = comments.comment_themes(
        frame[comment], spec=themes or shipped_themes(), reference=None if reference is None else reference[comment],
        labelled=labelled, text=comment, level=level,
    )  # fmt: skip
    return View(found, found.shares, lambda say: shown.finding(found, say), lambda say, _: shown.comments(found, say))
