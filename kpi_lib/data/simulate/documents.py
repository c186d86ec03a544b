"""The YAML files beside the exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from kpi_lib.data.simulate.cell import Window
from kpi_lib.data.simulate.layout import Layout

_SOURCES_HEAD = """\
# Where the exports lie and how their columns become the canonical columns of data/README.md.
# Written by `kpi simulate` together with the exports.
"""


def write_sources(target: Path, window: Window, layouts: tuple[Layout, ...]) -> None:
    """Write ``params/sources.yml`` for the exports."""
    content = {
        "timezone": "Asia/Shanghai",
        "extracted_at": f"{window.extracted_at:%Y-%m-%d %H:%M}",
        "sources": [layout.source() for layout in layouts],
    }
    _write(target / "params" / "sources.yml", _SOURCES_HEAD, content)


def _write(path: Path, head: str, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
    path.write_text(head + text, encoding="utf-8")


class _Dumper(yaml.SafeDumper):
    """Writes lists of words, and what says one thing about one column, on one line."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        """Return the node of a mapping."""
        node = super().represent_mapping(tag, mapping, flow_style)
        node.flow_style = bool({"from", "constant", "column", "en"} & set(mapping))
        return node

    def represent_sequence(self, tag: str, sequence: Any, flow_style: bool | None = None) -> yaml.SequenceNode:
        """Return the node of a list."""
        node = super().represent_sequence(tag, sequence, flow_style)
        node.flow_style = all(isinstance(item, str) for item in sequence)
        return node

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write repeated values out."""
        return True
