"""The waterfall of a gap."""

from __future__ import annotations

import pytest

from kpi_lib.plot.waterfall import Step, waterfall_panel
from kpi_lib.text.language import language


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_step_is_named_and_written(lang: str) -> None:
    steps = [Step("mix", -0.01, True), Step("branch=成都&product=tv", -0.05, True), Step("rest", 0.004, False)]
    picture = waterfall_panel(
        (("before", 0.9), ("now", 0.844)), steps, better="higher", unit="share", language=language(lang),
        name="w", title="KPI", finding="fell", alt="alt",
    )  # fmt: skip
    for text in ("mix", "branch=成都&amp;product=tv", "rest", "before", "now"):
        assert text in picture.svg
    assert "90.0%" in picture.svg


def test_a_loss_is_hatched_and_an_uncertain_step_grey() -> None:
    def drawn(step: Step, better: str = "higher") -> str:
        return waterfall_panel(
            (("a", 0.9), ("b", 0.9 + step.change)), [step], better=better, unit="share", language=language("en"),
            name="w", title="t", finding="f", alt="alt",
        ).svg  # fmt: skip

    assert "#c8553d" in drawn(Step("s", -0.1, True))
    assert "#c8553d" not in drawn(Step("s", -0.1, True), "lower")
    assert "#c8553d" not in drawn(Step("s", -0.1, False))
