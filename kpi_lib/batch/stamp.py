"""The stamp of a page: which run made it, from what, so that it can be checked later."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from kpi_lib.batch.parameters import Value
from kpi_lib.batch.plan import RunSpec
from kpi_lib.batch.secrets import secret_values, without_secrets

_STAMP = re.compile(r'<meta name="kpi-run" content="([^"]*)">')


@dataclass(frozen=True)
class Stamp:
    """What a page says of its own making; ``own`` are the notebook's own parameters."""

    branch: str
    notebook: str
    lang: str
    period: str
    languages: tuple[str, ...]
    own: Mapping[str, Value]
    key: str


def with_key(page: str, spec: RunSpec) -> str:
    """Return the page with its stamp; one without a key is left as it is."""
    if not spec.run_key:
        return page
    plain = {name: getattr(spec, name) for name in ("branch", "notebook", "lang", "period", "languages")}
    stamp = without_secrets({**plain, "own": dict(spec.own), "key": spec.run_key}, secret_values())
    text = html.escape(json.dumps(stamp, ensure_ascii=False), quote=True)
    return page.replace("</head>", f'<meta name="kpi-run" content="{text}">\n</head>', 1)


def read_stamp(page: str) -> Stamp | None:
    """Return the stamp of a page, ``None`` where it has none."""
    found = _STAMP.search(page)
    if found is None:
        return None
    try:
        said = json.loads(html.unescape(found[1]))
        return Stamp(**{**said, "languages": tuple(said["languages"])})
    except (ValueError, TypeError, KeyError):
        return None
