"""Permutation of blocks."""

from __future__ import annotations

import numpy as np
import pytest

from kpi_lib.stats.segments.maxt import Maxima, critical, largest, permuted


def test_every_permutation_keeps_the_number_of_current_blocks() -> None:
    labels = permuted(np.arange(20) < 6, 50, np.random.default_rng(0))
    assert (labels.sum(axis=0) == 6).all()
    assert len(np.unique(labels, axis=1).T) > 45


def test_the_critical_value_is_the_smallest_score_that_is_a_finding() -> None:
    ranked = np.sort(np.random.default_rng(1).normal(size=399))
    maxima = Maxima(ranked, ranked, 0.035, 0.005, 0.05)
    at = maxima.thresholds()[0]
    assert maxima.p(-at) <= 0.05 < maxima.p(-at + 1e-4)
    assert maxima.p(at) > 0.05, "a rise must pass a higher threshold"
    assert critical(ranked, 0.001) == float("inf")


def test_the_largest_is_taken_by_direction() -> None:
    found = largest(np.zeros((4, 3)), lambda labels: np.array([[1.0, -2, 0], [-3, 4, 0]]), alpha=(0.5, 0.5, 1.0))
    assert found.down.tolist() == [0, 2, 3]
    assert found.up.tolist() == [0, 1, 4]


def test_independent_noise_passes_as_often_as_said() -> None:
    rng = np.random.default_rng(4)
    hits = 0
    for _ in range(300):
        noise = rng.normal(size=(30, 40))
        current = np.arange(40) < 10

        def score(labels: np.ndarray, noise: np.ndarray = noise) -> np.ndarray:
            return (noise @ labels / 10 - noise @ (1 - labels) / 30) / np.sqrt(1 / 10 + 1 / 30)

        maxima = largest(permuted(current, 199, rng), score, alpha=(0.05, 0.05, 0.1))
        observed = score(current.astype(float)[:, None])[:, 0]
        hits += observed.min() <= -maxima.thresholds()[0]
    assert hits / 300 == pytest.approx(0.05, abs=0.03)
