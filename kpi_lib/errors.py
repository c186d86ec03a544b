"""The package's errors: each says where, what was expected, what came, and a hint.

Edges (parameters, sources, the command line) collect every :class:`Issue` they find and raise once.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Issue:
    """One problem, in the words of the person who can mend it.

    Parameters
    ----------
    where
        File, line, table, column or parameter, such as ``params/policy.yml:12``.
    problem
        What was expected and what came.
    hint
        What to do about it; empty when the problem says it all.
    """

    where: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        """Return the issue as one line."""
        return f"{self.where}: {self.problem}" + (f" ({self.hint})" if self.hint else "")


class KpiError(Exception):
    """Base of all errors raised on purpose; carries every issue found at that edge."""

    def __init__(self, issues: Issue | Iterable[Issue]) -> None:
        self.issues: tuple[Issue, ...] = (issues,) if isinstance(issues, Issue) else tuple(issues)
        super().__init__("\n".join(str(issue) for issue in self.issues))

    def __reduce__(self) -> tuple[type[KpiError], tuple[tuple[Issue, ...]]]:
        """Pickle with the issues, so that an error survives the way out of a worker process."""
        return type(self), (self.issues,)


class InputError(KpiError):
    """Bad input: a parameter file, a source, a command-line value. Exit status 2."""


class RunError(KpiError):
    """A run that started and failed: a notebook, an export, a write. Exit status 1."""


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """Return ``did you mean 'x'?`` for the closest known word, else the known words (at most twelve).

    Parameters
    ----------
    word
        What came.
    known
        What would have been right.
    """
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    listed = sorted(known)[:12]
    return "known: " + ", ".join(listed) + (", ..." if len(known) > len(listed) else "") if listed else ""
