"""Text from tickets never runs: with the page's policy, and without it, when only the allow-list stands."""

from __future__ import annotations

import importlib.util
import re
import warnings
from pathlib import Path
from typing import Any

import pytest
from nbconvert.exporters import HTMLExporter

from kpi_lib.batch.export import export_page
from kpi_lib.batch.page import PageInfo

_SPEC = importlib.util.spec_from_file_location("attacks", Path(__file__).with_name("attacks.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
attacks = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(attacks)

MISNAMED = attacks.payload("names")
INFO = PageInfo("en", MISNAMED, MISNAMED, "2025-11", "n", "../index.html", (), "n.ipynb", (MISNAMED,))
SOON = "const done = arguments[0]; setTimeout(() => done(document.documentElement.dataset.fired || ''), 300)"
"""A picture that is not there is known not to be there only after the page is."""


@pytest.fixture(scope="module")
def page() -> str:
    return export_page(attacks.notebook(), INFO).html


def fired(browser: Any, html: str, folder: Path) -> set[str]:
    """Open a page, click whatever can be clicked, and return the routes that ran."""
    path = folder / "page.html"
    path.write_text(html, encoding="utf-8")
    browser.open(path)
    browser.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    browser.run(
        "document.querySelectorAll('.go').forEach(one => one.dispatchEvent(new MouseEvent('click', {bubbles: true})))"
    )
    marks = browser.driver.execute_async_script(SOON)
    assert browser.driver.current_url == path.as_uri()
    return set(re.findall(r"\|([^|]+)\|", marks))


@pytest.mark.parametrize("policy", [True, False], ids=["with the policy", "without the policy"])
def test_text_from_tickets_never_runs(browser: Any, tmp_path: Path, page: str, policy: bool) -> None:
    assert page.count('http-equiv="Content-Security-Policy"') == 1
    assert fired(browser, page if policy else page.replace("Content-Security-Policy", "X-Nothing"), tmp_path) == set()
    assert [url for url in browser.requests() if not url.startswith("file:")] == []
    dangerous = "script, iframe, object, embed, form, base, foreignObject, main style, [srcdoc], [formaction]"
    assert browser.run(f"return document.querySelectorAll('{dangerous}').length") == 0
    handlers = "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(n => n.startsWith('on'))"
    assert browser.run(f"return {handlers}") == []


def test_the_routes_are_real_on_the_page_of_nbconvert(browser: Any, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbconvert complains of pictures without alt text
        html, _ = HTMLExporter().from_notebook_node(attacks.notebook())
    alone = re.sub(r"<script[^>]*\ssrc=[^>]*>\s*</script>", "", html)
    assert fired(browser, alone, tmp_path) >= attacks.STOCK


def test_the_policy_alone_stops_everything(browser: Any, tmp_path: Path, page: str) -> None:
    everything = attacks.html_alone()
    open_to_all = page.replace('<main id="content">', f'<main id="content">{everything}')
    assert everything in open_to_all
    assert fired(browser, open_to_all, tmp_path) == set()
    assert [url for url in browser.requests() if "example.org" in url] == []
    unprotected = open_to_all.replace("Content-Security-Policy", "X-Nothing")
    assert fired(browser, unprotected, tmp_path) > {
        "handler",
        "frame unescaped",
        "link",
        "html in a drawing",
        "animation",
    }
