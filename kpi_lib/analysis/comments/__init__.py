"""What customers say: comments in Chinese and English sorted into themes, with quotes."""

from kpi_lib.analysis.comments.themes import Change, CommentThemes, Flag, comment_themes

__all__ = ["Change", "CommentThemes", "Flag", "comment_themes"]
