"""How often the traffic light is wrong: red under random non-response, and red by the strength of the bias.

``python benchmarks/nonresponse_light.py [seeds]`` prints one line per strength; 0 is random non-response.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling import Light, draw, nonresponse_check

DATA = Path(__file__).parents[1] / "tests" / "reference" / "survey" / "data" / "customers_nonresponse.csv"
LINKED = ("overdue", "reopen", "complained")


DRAWN = {"high_value": 200, "new": 350, "old": 450}


def light(customers: pd.DataFrame, seed: int, strength: float, *, part: float = 1.0) -> tuple[Light, float]:
    """Draw ``part`` of 1,000, let people answer by satisfaction times ``strength``; return light and bias."""
    made = draw(
        customers,
        by="type",
        n={kind: round(n * part) for kind, n in DRAWN.items()},
        salt=f"seed {seed}",
        id_column="customer",
        carry=[*LINKED, "satisfied", "branch", "channel"],
    )
    rng = np.random.default_rng(seed)
    drawn = made.drawn.copy()
    satisfied = drawn["satisfied"].to_numpy(float)
    # Three waves with the same chance each; the dissatisfied answer less easily by ``strength`` on the log-odds scale.
    chance = 1 / (1 + np.exp(-(-1.2 + strength * (satisfied - 1))))
    waves = rng.random((len(drawn), 3)) < chance[:, None]
    drawn["answered"] = waves.any(axis=1)
    drawn["wave"] = np.where(drawn["answered"], waves.argmax(axis=1) + 1, np.nan)
    heard = drawn["answered"]
    found = nonresponse_check(
        drawn,
        linked=LINKED,
        known=("branch", "channel"),
        wave="wave",
        target=0.5,
        frame=customers.assign(stratum=customers["type"]),
    )
    bias = float(np.average(satisfied[heard], weights=drawn["weight"][heard]) - customers["satisfied"].mean())
    return found.light, bias


STRENGTHS = (0.0, 0.5, 1.0, 1.25, 1.5, 2.0)
CAUGHT = 0.8
"""Share of surveys in which a bias has to be seen for it to count as caught."""


def main() -> None:
    """Print the share of red lights by strength and size of the draw, and the smallest bias caught."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    customers = pd.read_csv(DATA)
    for part in (1.0, 0.15):
        mapped = []
        for strength in STRENGTHS if part == 1.0 else (0.0, 2.0):
            results = [light(customers, seed, strength, part=part) for seed in range(seeds)]
            red = float(np.mean([colour is Light.RED for colour, _ in results]))
            seen = float(np.mean([colour is not Light.GREEN for colour, _ in results]))
            bias = float(np.mean([bias for _, bias in results]))
            mapped.append((red, bias))
            print(
                f"{1000 * part:.0f} drawn, strength {strength:.2f}: bias {bias * 100:+.1f} points, "
                f"red {red:.2%}, red or amber {seen:.1%} of {seeds}",
                flush=True,
            )
        reds, biases = map(np.array, zip(*mapped, strict=True))
        if reds.max() >= CAUGHT:
            print(
                f"{1000 * part:.0f} drawn: a bias of {np.interp(CAUGHT, reds, biases) * 100:+.1f} points is caught in "
                f"{CAUGHT:.0%} of surveys"
            )


if __name__ == "__main__":
    main()
