"""A result that can be read, tabled and drawn."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, Generic, ParamSpec, TypeVar

import pandas as pd

from kpi_lib.report.html import Fragment
from kpi_lib.text import Lang
from kpi_lib.text.language import Language, language

ResultT = TypeVar("ResultT")
Asked = Mapping[str, Any]
"""Arguments by name, defaults included."""


@dataclass(frozen=True, eq=False)
class View(Generic[ResultT]):
    """A result that can be read, tabled and drawn.

    Parameters
    ----------
    result
        The result.
    table
        Its tidy table.
    """

    result: ResultT
    table: pd.DataFrame
    _words: Callable[[Language], str] = field(repr=False)
    _draw: Callable[[Language, str], Fragment] = field(repr=False)

    def summary(self, lang: Lang = "en") -> str:
        """Return the finding in words."""
        return self._words(language(lang))

    def plot(self, lang: Lang = "en") -> Fragment:
        """Return the picture, with the summary as its alt text."""
        return self._draw(language(lang), self.summary(lang))


P = ParamSpec("P")
ViewT = TypeVar("ViewT", bound=View[Any])


def viewed(compute: Callable[P, ResultT], view: Callable[[ResultT, Asked], ViewT]) -> Callable[P, ViewT]:
    """Return ``compute``, with its parameters and its documentation, giving a view of what it returns.

    Parameters
    ----------
    compute
        Gives the result.
    view
        Makes the view of a result and of what was asked for.
    """
    signature = inspect.signature(compute)

    @wraps(compute)
    def explore(*args: P.args, **kwargs: P.kwargs) -> ViewT:
        asked = signature.bind(*args, **kwargs)
        asked.apply_defaults()
        return view(compute(*args, **kwargs), asked.arguments)

    returned = inspect.signature(view).return_annotation
    explore.__signature__ = signature.replace(return_annotation=returned)  # type: ignore[attr-defined]
    return explore
