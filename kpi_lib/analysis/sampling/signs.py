"""The traffic light of a survey: its colours, what they rest on, and where the lines are drawn."""

from __future__ import annotations

import math
from enum import StrEnum

RED_P = 0.005
"""One-sided chance of red where nothing is wrong, by the joint test of each stage: whom we asked, who answered."""
REACH_P = 0.0025
"""The same by the joint test over both stages: who answered against who could be asked."""
VARIABLE_P = 0.0025
"""The same for single variables; shared out over them."""
LEAST_EXPECTED = 5.0
"""People with a reason to complain that must be expected for a single reason to be tested."""
WEAK_P = 0.05
"""Below it a sign is weak: amber."""
INDEX_SMD = -0.1
"""Standardised difference of the joint index above which even a certain difference is too small to matter."""
LARGE_SMD = -0.2
"""The same for one variable (Cohen's small effect)."""
WAVE_FALL = 0.10
"""Fall of the share from first to last contact wave that shows late answers to be different."""
WAVE_P = 0.005
"""Two-sided chance of such a trend by accident."""


class Light(StrEnum):
    """How far the result may be trusted."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class Sign(StrEnum):
    """What the light rests on."""

    REACH = "reach"
    """Groups that go with dissatisfaction are under-represented among those who answered, against all served."""
    FRAME = "frame"
    """The same among those who answered, against those asked."""
    SELECTION = "selection"
    """The same among those asked: whom we asked was no fair part of those who could be asked."""
    WAVES = "waves"
    """Late answers are less satisfied than early ones."""
    OFF_SHEET = "off_sheet"
    """People were called who are not on the sheet."""
    SKIPPED = "skipped"
    """People on the sheet were passed over for later ones."""
    CONTACT = "contact"
    """Complainers were contacted less often than others."""
    WEAK = "weak"
    """A group that goes with dissatisfaction seems under-represented; too few people to be sure."""
    TARGET = "target"
    """The verdict against the target changes within what the silent could have said."""
    CEILING = "ceiling"
    """Nearly all answers are the highest."""
    STRAIGHT = "straight"
    """Many answered every item alike."""
    CONTRADICTION = "contradiction"
    """Answers contradict the ticket."""


RED_SIGNS = frozenset({Sign.REACH, Sign.FRAME, Sign.SELECTION, Sign.WAVES, Sign.OFF_SHEET})


def light_of(signs: set[Sign]) -> Light:
    """Return the colour of some signs."""
    return Light.RED if signs & RED_SIGNS else Light.AMBER if signs else Light.GREEN


def index_sign(smd: float, p: float, strong: Sign, *, red: float = RED_P) -> str:
    """Return the sign of a joint test, ``p`` one-sided."""
    if not smd < INDEX_SMD:
        return ""
    return strong if p < red else Sign.WEAK if p < WEAK_P / 2 else ""


def variable_sign(smd: float, p: float, strong: Sign, *, tested: int, expected: float) -> str:
    """Return the sign of one of several variables, ``p`` two-sided, of which ``expected`` people were to be found."""
    if not smd < LARGE_SMD or expected < LEAST_EXPECTED:
        return ""
    return strong if p / 2 < VARIABLE_P / tested else Sign.WEAK if p < WEAK_P / tested else ""


CHECK_COLUMNS = (
    "family", "check", "variable", "value", "reference", "difference", "se", "smd", "statistic", "p", "sign",
)  # fmt: skip


def check_row(family: str, check: str, variable: str, **numbers: float | str) -> dict[str, object]:
    """Return one row of the checks; what is not said is missing."""
    blank = dict.fromkeys(CHECK_COLUMNS[3:-1], math.nan)
    return {"family": family, "check": check, "variable": variable, "sign": "", **blank, **numbers}
