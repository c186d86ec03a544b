"""Text from tickets never runs: with the page's policy, and without it, when only the allow-list stands."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from kpi_lib.batch.export import export_page
from kpi_lib.batch.page import PageInfo

_SPEC = importlib.util.spec_from_file_location("attacks", Path(__file__).with_name("attacks.py"))
assert _SPEC is not None
assert _SPEC.loader is not None
attacks = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(attacks)

INFO = PageInfo("en", attacks.PAYLOAD, attacks.PAYLOAD, "2025-11", "n", "../index.html", (), "n.ipynb")
NOTEBOOKS = {
    **{route: attacks.notebook(bundle) for route, bundle in attacks.bundles().items()},
    "markdown cell": attacks.notebook(markdown=f"# {attacks.PAYLOAD}\n\n{attacks.PAYLOAD} {attacks.SCRIPT}"),
    "printed, raised, typed": attacks.notebook(raw=attacks.PAYLOAD + attacks.SCRIPT),
}


def fired(browser: Any) -> bool:
    # Loading of a picture that is not there ends after the page is there.
    return bool(browser.run("document.querySelector('#go')?.click(); return document.documentElement.dataset.fired"))


def opened(browser: Any, html: str, folder: Path) -> None:
    page = folder / "page.html"
    page.write_text(html, encoding="utf-8")
    browser.open(page)
    browser.driver.implicitly_wait(0)
    browser.driver.execute_async_script("setTimeout(arguments[0], 100)")


@pytest.mark.parametrize("policy", [True, False], ids=["with the policy", "without the policy"])
@pytest.mark.parametrize("route", NOTEBOOKS)
def test_text_from_tickets_never_runs(browser: Any, tmp_path: Path, route: str, policy: bool) -> None:
    html = export_page(NOTEBOOKS[route], INFO).html
    assert 'http-equiv="Content-Security-Policy"' in html
    opened(browser, html if policy else html.replace("Content-Security-Policy", "X-Nothing"), tmp_path)
    assert not fired(browser)
    assert [url for url in browser.requests() if not url.startswith("file:")] == []
    assert browser.run("return document.querySelectorAll('script, iframe').length") == 0


@pytest.mark.parametrize("route", ["styler cell", "html display", "svg", "handler"])
def test_the_attacks_are_real(browser: Any, tmp_path: Path, route: str) -> None:
    bundle = attacks.bundles()[route]
    opened(browser, f"<!DOCTYPE html><body>{next(iter(bundle.values()))}</body>", tmp_path)
    assert fired(browser)


def test_the_policy_alone_stops_them(browser: Any, tmp_path: Path) -> None:
    html = export_page(attacks.notebook({"text/plain": "PLACE"}), INFO).html
    everything = "".join(bundle.get("text/html", "") for bundle in attacks.bundles().values())
    opened(browser, html.replace("PLACE", everything), tmp_path)
    assert not fired(browser)
    assert [url for url in browser.requests() if not url.startswith("file:") and "example.org" in url] == []
