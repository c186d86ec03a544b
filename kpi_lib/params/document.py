"""Reading a YAML file into plain text, lists and mappings, with the line of every entry.

YAML's own guesses lose data (``0571`` becomes 377, ``NO`` becomes false, ``1:30`` becomes 90), so every scalar stays
the text that was typed; the models of this package convert it where a number or a date is expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import yaml

from kpi_lib.errors import Issue

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"
Location: TypeAlias = "tuple[str | int, ...]"

_NULLS = frozenset({"", "~", "null"})
_PLAIN_TAGS = frozenset({"tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"})
_HINTS = {
    "cannot start any token": "indent with spaces, not tabs, and put texts that begin with % @ ` or * in quotes",
    "mapping values are not allowed": "a text that holds ': ' needs quotes, and keys of one level the same indent",
    "could not find expected ':'": "each line is 'key: value', a list item or a comment",
    "expected ',' or": "a [list] or {mapping} is not closed",
    "found unexpected end of stream": "a quote is not closed",
    "another document": "one file holds one document; remove the line '---'",
    "undefined alias": "a text that begins with * needs quotes",
}


@dataclass(frozen=True)
class Document:
    """One parameter file as it was typed.

    Parameters
    ----------
    name
        Path of the file relative to the project, as shown in issues.
    data
        Its content: texts, lists and mappings; ``None`` for an empty file or one that could not be read.
    lines
        Line (from 1) of every entry by its location, such as ``("kpis", "csat_score", "target")``.
    issues
        What is wrong with the file as YAML.
    """

    name: str
    data: Plain
    lines: Mapping[Location, int]
    issues: tuple[Issue, ...] = ()

    def issue(self, location: Location, problem: str, hint: str = "") -> Issue:
        """Return an issue at the line of ``location``, or of the nearest entry around it."""
        while location and location not in self.lines:
            location = location[:-1]
        line = self.lines.get(location)
        return Issue(self.name if line is None else f"{self.name}:{line}", problem, hint)

    def at(self, *location: str | int) -> Plain:
        """Return what stands at ``location``, ``None`` where nothing does."""
        found = self.data
        for step in location:
            match found, step:
                case dict(), str():
                    found = found.get(step)
                case list(), int() if step < len(found):
                    found = found[step]
                case _:
                    return None
        return found

    def keys(self, *location: str | int) -> tuple[str, ...]:
        """Return the keys of the mapping at ``location``; none where no mapping stands."""
        found = self.at(*location)
        return tuple(found) if isinstance(found, dict) else ()


def read_document(path: Path, *, name: str) -> Document:
    """Return the content of a YAML file; what is wrong with it is in ``issues``, nothing is raised.

    Parameters
    ----------
    path
        The file.
    name
        How issues call it.
    """
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return _unreadable(Issue(name, "file not found", "`kpi init` writes a complete params folder"))
    except OSError as error:
        return _unreadable(Issue(name, f"cannot be read: {error.strerror}"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return _unreadable(Issue(f"{name}:{line}", "is not UTF-8 text", "save the file with the encoding UTF-8"))
    return parse_document(text, name=name)


def parse_document(text: str, *, name: str) -> Document:
    """Return the content of YAML text; what is wrong with it is in ``issues``, nothing is raised."""
    try:
        node = _composed(text)
    except yaml.MarkedYAMLError as error:
        problem = error.problem or error.context or "is not YAML"
        # What is never closed is noticed at the end of the file, and mended where it opens.
        opened = error.context_mark if "end of stream" in problem else None
        mark = opened or error.problem_mark
        line = 1 if mark is None else mark.line + 1
        hint = next((hint for words, hint in _HINTS.items() if words in problem), "")
        return _unreadable(Issue(f"{name}:{line}", f"is not valid YAML: {problem}", hint))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        return _unreadable(Issue(f"{name}:{line}", f"holds a character that is not text (U+{error.character:04X})"))
    reader = _NodeReader(name)
    data = None if node is None else reader.read(node, ())
    return Document(name, data, reader.lines, tuple(reader.issues))


def _composed(text: str) -> yaml.Node | None:
    """Return the nodes by libyaml, a tenth of the time; what it refuses is read by the parser that explains better."""
    with suppress(AttributeError, yaml.YAMLError):  # PyYAML may be built without it
        found: yaml.Node | None = yaml.compose(text, Loader=yaml.CBaseLoader)
        return found
    return yaml.compose(text, Loader=yaml.BaseLoader)


def with_key(document: Document, key: str) -> Document:
    """Return the document with ``key``, its file's name, as an entry of its own."""
    if not isinstance(document.data, dict):
        return document
    return replace(document, data={"key": key, **document.data})


def _unreadable(issue: Issue) -> Document:
    return Document(issue.where.partition(":")[0], None, {}, (issue,))


class _NodeReader:
    """Walks the nodes of one document once, collecting lines and issues on the way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Location, int] = {}
        self.issues: list[Issue] = []
        self._seen: set[int] = set()

    def read(self, node: yaml.Node, location: Location) -> Plain:
        self.lines.setdefault(location, node.start_mark.line + 1)
        # An alias brings the same node again; expanding it could be endless and would have two lines.
        if id(node) in self._seen:
            self._complain(node, "anchors and aliases (& and *) are not used in params", "write the values out")
            return None
        self._seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            self._complain(node, f"tags are not used in params, got {node.tag!r}", "put the text in quotes")
            return None
        match node:
            case yaml.MappingNode():
                return self._mapping(node, location)
            case yaml.SequenceNode():
                return [self.read(item, (*location, number)) for number, item in enumerate(node.value)]
            case yaml.ScalarNode(style=None | "", value=value) if value in _NULLS:
                return None
            case _:
                return str(node.value)

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, Plain]:
        found: dict[str, Plain] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain(key_node, "a key must be a plain text", "put a text that begins with [ or { in quotes")
                continue
            key = str(key_node.value)
            entry = (*location, key)
            if key in found:
                first = self.lines[entry]
                self._complain(key_node, f"key {key!r} is given twice, first in line {first}", "remove one of them")
                continue
            self.lines[entry] = key_node.start_mark.line + 1
            found[key] = self.read(value_node, entry)
        return found

    def _complain(self, node: yaml.Node, problem: str, hint: str) -> None:
        self.issues.append(Issue(f"{self.name}:{node.start_mark.line + 1}", problem, hint))
