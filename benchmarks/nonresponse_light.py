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


def light(customers: pd.DataFrame, seed: int, strength: float) -> tuple[Light, float]:
    """Draw 1,000, let people answer by their satisfaction times ``strength``, and judge; return light and bias."""
    made = draw(
        customers,
        by="type",
        n={"high_value": 200, "new": 350, "old": 450},
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


def main() -> None:
    """Print the share of red lights by strength."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    customers = pd.read_csv(DATA)
    for strength in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0):
        results = [light(customers, seed, strength) for seed in range(seeds)]
        red = np.mean([colour is Light.RED for colour, _ in results])
        bias = np.mean([bias for _, bias in results])
        print(f"strength {strength:.1f}: bias {bias * 100:+.1f} points, red {red:.1%} of {seeds}")


if __name__ == "__main__":
    main()
