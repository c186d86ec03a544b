"""The YAML files beside the exports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from kpi_lib.data.simulate.cell import Window
from kpi_lib.data.simulate.layout import Layout
from kpi_lib.data.simulate.places import CENTRES, REGIONS, Place
from kpi_lib.data.simulate.planted import Planted
from kpi_lib.text import Text

_SOURCES_HEAD = """\
# Where the exports lie and how their columns become the canonical columns of data/README.md.
# Written by `kpi simulate` together with the exports.
"""
_BRANCHES_HEAD = """\
# The company, its service centres and its branches.
# Written by `kpi simulate` together with the exports.
"""
_PLANTED_HEAD = """\
# What was planted in the simulated company, for judging the notebooks: no notebook reads it.
#   since, until  months of creation of the tickets (of the calls, for lever connect) it acts on; until is not included
#   kpi           indicator it is planted for; also_moves lists others it moves
#   segment       ticket columns and the values it acts on; {} is the whole branch
#   lever, size   response: hours to the first response times size; fix: size added to the chance of a technical fix in
#                 one visit; work_type: demand for the segment times size; connect: size added to the chance of an
#                 answered call; attitude: size added to the chance of a bad attitude; reach: chance of being asked and
#                 of answering, each, of a dissatisfied customer relative to a satisfied one; none: nothing happens
# effects.csv has what each did month by month, satisfaction.csv what everybody thought and what the surveys heard.
"""


def write_sources(target: Path, window: Window, layouts: tuple[Layout, ...]) -> None:
    """Write ``params/sources.yml`` for the exports."""
    content = {
        "timezone": "Asia/Shanghai",
        "extracted_at": f"{window.extracted_at:%Y-%m-%d %H:%M}",
        "sources": [layout.source() for layout in layouts],
    }
    _write(target / "params" / "sources.yml", _SOURCES_HEAD, content)


def write_branches(target: Path, places: tuple[Place, ...]) -> None:
    """Write ``params/branches.yml`` for the branches."""
    centres = dict.fromkeys(place.centre for place in places)
    content = {
        "company": {"en": "Sample Appliance Service", "zh": "样例家电服务"},
        "centres": {key: _names(CENTRES[key]) for key in centres},
        "branches": {
            place.key: {
                "name": _names(place.name),
                "centre": place.centre,
                "region": REGIONS[place.centre].en,
                "aliases": [f"{place.name.zh}分公司", f"{place.name.zh}市"],
            }
            for place in places
        },
    }
    _write(target / "params" / "branches.yml", _BRANCHES_HEAD, content)


def write_planted(target: Path, window: Window, truths: tuple[Planted, ...]) -> None:
    """Write ``data/truth/planted.yml``."""
    content = {"review_month": f"{window.review:%Y-%m}", "planted": [truth.record() for truth in truths]}
    _write(target / "data" / "truth" / "planted.yml", _PLANTED_HEAD, content)


def _names(text: Text) -> dict[str, str]:
    return {"en": text.en, "zh": text.zh}


def _write(path: Path, head: str, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.dump(content, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)
    path.write_text(head + text, encoding="utf-8")


_LINE = 100
"""Longest mapping, in characters, that is written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes lists of words, and what says one thing about one column, on one line."""

    def represent_mapping(self, tag: str, mapping: Any, flow_style: bool | None = None) -> yaml.MappingNode:
        """Return the node of a mapping."""
        node = super().represent_mapping(tag, mapping, flow_style)
        short = len(str(mapping)) < _LINE and not any(isinstance(value, dict) for value in mapping.values())
        node.flow_style = short or "from" in mapping
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
