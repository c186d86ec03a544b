"""Evidence from the themes of the customers' comments."""

from __future__ import annotations

from kpi_lib.analysis.comments.themes import Change, CommentThemes, Flag
from kpi_lib.analysis.fishbone.evidence import Evidence, Source, Standing
from kpi_lib.analysis.records import records
from kpi_lib.text import Text


def theme_evidence(themes: CommentThemes) -> list[Evidence]:
    """Return the themes that stand out as evidence; it has no contribution in points of a KPI.

    Significant is a theme that is complained of more than in the reference, every theme looked at allowed for;
    suggestive one whose share lies above the limit. Other themes are no evidence.
    """
    found = []
    for row in records(themes.shares):
        more = row["verdict"] == Change.MORE
        if more or row["flag"] in (Flag.OVER, Flag.MAY_EXCEED):
            name = themes.names[row["theme"]]
            found.append(
                Evidence(
                    Source.THEME,
                    row["theme"],
                    Text(f"Complaints in comments: {name.en.lower()}", f"意见中的不满：{name.zh}"),
                    Standing.SIGNIFICANT if more else Standing.SUGGESTIVE,
                    n=int(row["n_complaints"]),
                    figure=float(row["share"]),
                )
            )
    return found


def looked_at_themes(themes: CommentThemes) -> list[str]:
    """Return the themes that were looked at, as ``source:key``; none where there were no comments."""
    return [f"{Source.THEME}:{theme}" for theme in themes.shares["theme"]] if themes.n else []
