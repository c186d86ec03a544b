"""Chromium without a window, recording what a page asks for and complains about."""

from __future__ import annotations

import importlib.util
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

_VIOLATIONS = """
const done = arguments[0];
axe.run(document, {resultTypes: ['violations']}).then(
  found => done(found.violations.filter(one => ['serious', 'critical'].includes(one.impact))
    .map(one => ({id: one.id, help: one.help, nodes: one.nodes.slice(0, 3).map(node => node.html.slice(0, 200))}))),
  error => done([{id: 'axe', help: String(error), nodes: []}]))
"""
"""Runs axe-core and returns what it calls serious or critical."""


class Browser:
    """A browser that opens local pages and keeps account of them."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, page: Path, *, width: int = 1200) -> None:
        """Open a page in a window of ``width`` pixels; what was recorded before is forgotten."""
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
        )
        self.driver.get("about:blank")
        self.driver.get_log("performance")
        self.driver.get_log("browser")
        self.driver.get(page.as_uri())

    def requests(self) -> list[str]:
        """Addresses asked for since the page was opened.

        Left out: the page itself, data in it, and what its policy or its origin stopped before it left.
        """
        logged = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = {
            message["params"]["requestId"]: message["params"]["request"]["url"]
            for message in logged
            if message["method"] == "Network.requestWillBeSent"
        }
        stopped = {
            message["params"]["requestId"]
            for message in logged
            if message["method"] == "Network.loadingFailed"
            and message["params"].get("blockedReason") in {"csp", "origin"}
        }
        own = {self.driver.current_url, "about:blank"}
        left = [url for request, url in asked.items() if request not in stopped]
        return [url for url in left if url not in own and not url.startswith("data:")]

    def complaints(self) -> list[str]:
        """Warnings and errors on the console."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in {"WARNING", "SEVERE"}]

    def run(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page; works whatever policy the page sets, since it comes from outside."""
        return self.driver.execute_script(script, *arguments)

    def prefers(self, *, dark: bool) -> None:
        """Set what the reader asks of every page: dark or light."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def on(self, medium: str) -> None:
        """Show the page as on a medium, such as ``print``, and wait until it is; ``""`` is the screen again."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": medium})
        self.driver.execute_async_script("requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")

    def violations(self, axe: str) -> list[str]:
        """What axe-core calls serious or critical on the page: rule, what is wrong, and where."""
        self.run(axe)
        found = self.driver.execute_async_script(_VIOLATIONS)
        return [f"{one['id']}: {one['help']}: {one['nodes']}" for one in found]


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which axe-playwright-python carries."""
    spec = importlib.util.find_spec("axe_playwright_python")
    if spec is None or not spec.submodule_search_locations:
        pytest.skip("needs axe-core: pip install axe-playwright-python (in the extra [dev])")
    return Path(spec.submodule_search_locations[0], "axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None or DRIVER is None:
        pytest.skip("needs Chromium and its driver: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    folder = tmp_path_factory.mktemp("chromium")
    switches = "headless=new no-sandbox disable-gpu disable-background-networking disable-dev-shm-usage no-first-run"
    for argument in (*switches.split(), f"user-data-dir={folder}"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    driver.execute_cdp_cmd("Network.enable", {})
    yield Browser(driver)
    driver.quit()
