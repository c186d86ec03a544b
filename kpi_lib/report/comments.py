"""What customers say, for people: themes as a figure, what was learnt, and quotes."""

from __future__ import annotations

from kpi_lib.analysis.comments.classify import Classifier
from kpi_lib.analysis.comments.text import LONGEST
from kpi_lib.analysis.comments.themes import Change, CommentThemes, Flag
from kpi_lib.analysis.records import Row, records
from kpi_lib.plot.comments import themes_picture
from kpi_lib.report.figure import figure
from kpi_lib.report.html import Fragment, bullets, element, joined
from kpi_lib.report.table import table
from kpi_lib.report.words import paragraph
from kpi_lib.text.language import MISSING, Language


def comments(result: CommentThemes, language: Language, *, name: str = "comment-themes") -> Fragment:
    """Return the themes with their finding, the quotes, and the classifier's scores where one was learnt."""
    if result.n == 0:
        return element("p", language.sentence("There are no comments with text."))
    names = [language.pick(result.names[theme]) for theme in result.shares["theme"]]
    said = finding(result, language)
    picture = themes_picture(
        result.shares, names=names, limit=result.flag_above, language=language, name=name, alt=said
    )
    drawn = figure(
        [picture], title=said, caption=_caption(result, language), data=_table(result, language), language=language
    )
    parts = [drawn, _quotes(result, language)]
    if result.classifier is not None:
        parts.append(_learnt(result, result.classifier, language))
    return joined(parts)


def finding(result: CommentThemes, language: Language) -> str:
    """Return which themes stand above the limit, which may, and which are complained of more than before."""
    if result.n == 0:
        return language.sentence("There are no comments with text.")
    limit = language.percent(result.flag_above, 0)
    rows = records(result.shares)
    over = [_named(row, result, language) for row in rows if row["flag"] == Flag.OVER]
    may = [_named(row, result, language) for row in rows if row["flag"] == Flag.MAY_EXCEED]
    more = [_named(row, result, language) for row in rows if row["verdict"] == Change.MORE]
    said = []
    if over:
        said.append(
            language.sentence(
                "Over {limit} of the comments complain of {themes}.", limit=limit, themes=language.list(over)
            )
        )
    if may:
        said.append(language.sentence("May exceed {limit}: {themes}.", limit=limit, themes=language.list(may)))
    if not said:
        said.append(
            language.sentence("No theme is shown to be complained of in over {limit} of the comments.", limit=limit)
        )
    if more:
        said.append(language.sentence("More than in the reference: {themes}.", themes=language.list(more)))
    elif result.reference is not None:
        said.append(language.sentence("None is clearly complained of more than in the reference."))
    return paragraph(said, language)


def flag_words(flag: str, language: Language) -> str:
    """Return a theme's standing against the limit."""
    match Flag(flag):
        case Flag.OVER:
            return language.sentence("over the limit")
        case Flag.MAY_EXCEED:
            return language.sentence("may exceed the limit")
        case Flag.CANNOT_TELL:
            return language.sentence("cannot tell")
        case Flag.BELOW:
            return language.sentence("not over the limit")
        case Flag.NO_COMMENTS:
            return MISSING


def change_words(verdict: str, language: Language) -> str:
    """Return a theme's change against the reference."""
    match Change(verdict):
        case Change.MORE:
            return language.sentence("▲ more")
        case Change.LESS:
            return language.sentence("▽ less")
        case Change.CANNOT_TELL:
            return language.sentence("cannot tell")
        case Change.NO_REFERENCE:
            return MISSING


def _named(row: Row, result: CommentThemes, language: Language) -> str:
    return f"{language.pick(result.names[row['theme']])} ({language.percent(row['share'])})"


def _caption(result: CommentThemes, language: Language) -> str:
    n = result.n
    said = [
        language.sentence(
            "{comments}; {unclear} of them name no theme and stay unclear. Share of all comments that complain of a "
            "theme, with {level} interval; a comment may complain of several.",
            comments=language.plural("{n} comment with text", "{n} comments with text", n),
            unclear=language.percent(result.n_unclear / n),
            level=language.percent(result.level, 0),
        )
    ]
    if result.reference is not None:
        said.append(
            language.sentence(
                "○ reference ({n} comments). {k} themes are compared, so each change is judged at {level}.",
                n=language.number(len(result.reference.table)),
                k=len(result.shares),
                level=language.percent(result.change_level, 2),
            )
        )
    if result.comments.n_cut:
        said.append(
            language.plural(
                "Of {n} very long comment only the first {longest} characters were read.",
                "Of {n} very long comments only the first {longest} characters were read.",
                result.comments.n_cut,
                longest=language.number(LONGEST),
            )
        )
    if result.comments.n_empty:
        said.append(
            language.plural(
                "{n} answer has no text and is not counted.",
                "{n} answers have no text and are not counted.",
                result.comments.n_empty,
            )
        )
    return paragraph(said, language)


def _table(result: CommentThemes, language: Language) -> Fragment:
    rows = [
        [
            language.pick(result.names[row["theme"]]),
            language.number(row["n_mentions"]),
            language.number(row["n_praise"]),
            language.number(row["n_complaints"]),
            language.percent(row["share"]),
            f"{language.percent(row['lo'])} – {language.percent(row['hi'])}",
            flag_words(row["flag"], language),
            language.percent(row["reference_share"]),
            change_words(row["verdict"], language),
        ]
        for row in records(result.shares)
    ]
    columns = [
        language.sentence("Theme"),
        language.sentence("Mentions"),
        language.sentence("Praise"),
        language.sentence("Complaints"),
        language.sentence("Share"),
        language.sentence("Interval"),
        language.sentence("Against the limit"),
        language.sentence("Reference"),
        language.sentence("Change"),
    ]
    return table(columns, rows, caption=language.sentence("Themes of the comments"), text_columns=(0, 6, 8))


def _quotes(result: CommentThemes, language: Language) -> Fragment:
    told = [(theme, result.quotes.get(theme, ())) for theme in result.shares["theme"]]
    items = [
        joined(
            [
                element("strong", language.pick(result.names[theme])),
                *(element("blockquote", quote, style="margin:.2rem 0 .2rem 1rem") for quote in quotes),
            ]
        )
        for theme, quotes in told
        if quotes
    ]
    if not items:
        return element("p", language.sentence("No comment complains of any theme."))
    head = language.sentence("Typical complaints; telephones, numbers, addresses and names are masked (***).")
    return joined([element("p", head), bullets(items)])


def _learnt(result: CommentThemes, classifier: Classifier, language: Language) -> Fragment:
    rows = [
        [
            language.pick(result.names[row["theme"]]),
            language.number(row["n"]),
            language.number(row["n_with"]),
            *(language.percent(row[key], 0) for key in ("precision", "recall", "f1")),
            *(language.percent(row[f"lexicon_{key}"], 0) for key in ("precision", "recall", "f1")),
            language.sentence("classifier") if row["adopted"] else language.sentence("lexicon"),
        ]
        for row in records(classifier.scores)
    ]
    columns = [
        language.sentence("Theme"),
        language.sentence("Labelled"),
        language.sentence("with the theme"),
        language.sentence("Precision"),
        language.sentence("Recall"),
        "F1",
        language.sentence("Precision, lexicon"),
        language.sentence("Recall, lexicon"),
        language.sentence("F1, lexicon"),
        language.sentence("Used"),
    ]
    caption = language.sentence(
        "Classifier learnt from labelled comments, judged on comments it had not seen; used where its F1 is higher."
    )
    return table(columns, rows, caption=caption, text_columns=(0, 9))
