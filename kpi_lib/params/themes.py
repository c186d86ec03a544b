"""``params/themes.yml``: the themes of customers' comments and the words that tell them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from kpi_lib.errors import Issue
from kpi_lib.params.document import Document, Location
from kpi_lib.params.fields import FILLED, FieldError, Flag, Model, Name, Number, Share, Texts

POLARITIES = ("topic", "praise", "complaint")
"""Lists of terms a theme may have."""


def _terms(value: Any) -> Any:
    """Return the weight of every term: 1 for a plain text, its own where it is written ``{term: weight}``."""
    if not isinstance(value, list | tuple):
        raise FieldError("expected a list of terms", "such as [态度差, rude, {一般: 0.5}]")
    weights: dict[str, object] = {}
    for item in value:
        match item:
            case str():
                found: Mapping[str, object] = {item: "1"}
            case Mapping() if len(item) == 1:
                found = item
            case _:
                raise FieldError("expected a term, or {term: weight}", "quote a term that holds a colon or a comma")
        for term, weight in found.items():
            if term in weights:
                raise FieldError(f"the term {term!r} is given twice")
            weights[term] = weight
    return weights


Terms = Annotated[dict[str, Annotated[Number, Field(gt=0, le=10)]], BeforeValidator(_terms)]
"""Terms with their weights. Terms in Latin letters match whole words of any case, others anywhere. ``*`` stands for the
rest of a Latin word, and for up to six characters within a Chinese term."""


class ThemeSpec(Model):
    """One theme: terms that only name it, and terms that praise or complain in it.

    ``staff`` says whether people on the job cause what is complained of.
    """

    name: Name
    staff: Flag = False
    topic: Terms = Field(default_factory=dict)
    praise: Terms = Field(default_factory=dict)
    complaint: Terms = Field(default_factory=dict)


class Sentiment(Model):
    """Terms of praise and complaint that belong to no theme; beside a theme's topic they say how it was found."""

    praise: Terms = Field(default_factory=dict)
    complaint: Terms = Field(default_factory=dict)


class ThemesFile(Model):
    """The lexicon of the comments.

    Parameters
    ----------
    flag_above
        Share of the comments above which a theme is flagged.
    themes
        By key.
    sentiment
        General terms.
    negations
        Words that turn a term round that follows them in the same clause.
    degrees
        Words that strengthen (above 1) or weaken a term that follows them.
    breaks
        Words a new clause begins with, beside punctuation; what follows is weighted by the word's weight.
    """

    flag_above: Share = 0.20
    themes: Annotated[dict[str, ThemeSpec], FILLED]
    sentiment: Sentiment = Field(default_factory=Sentiment)
    negations: Texts = ()
    degrees: Terms = Field(default_factory=dict)
    breaks: Terms = Field(default_factory=dict)


def theme_issues(document: Document) -> Iterator[Issue]:
    """Yield an issue for every term that both praises and complains, and for every theme without terms."""
    for theme in document.keys("themes"):
        place: Location = ("themes", theme)
        if not any(polarity in document.keys(*place) for polarity in POLARITIES):
            yield document.issue(place, f"theme {theme!r} has no terms", "give it topic, praise or complaint")
        praised = dict(_listed(document, (*place, "praise")))
        for term, where in _listed(document, (*place, "complaint")):
            if term in praised:
                yield document.issue(where, f"{term!r} both praises and complains in {theme!r}", "keep one of them")


def _listed(document: Document, location: Location) -> Iterator[tuple[str, Location]]:
    found = document.at(*location)
    for number, item in enumerate(found if isinstance(found, list) else ()):
        for term in [item] if isinstance(item, str) else item if isinstance(item, dict) else ():
            yield term, (*location, number)
