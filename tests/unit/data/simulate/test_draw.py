from __future__ import annotations

import numpy as np

from kpi_lib.data.simulate.draw import choose, choose_by, generator, lognormal, serials


def test_a_stream_depends_on_its_own_purpose_only() -> None:
    first = generator(1, "chengdu", 24_000, "tickets").random(3)
    generator(1, "kunming", 24_000, "tickets").random(3)
    assert np.array_equal(first, generator(1, "chengdu", 24_000, "tickets").random(3))
    others = [generator(2, "chengdu", 24_000, "tickets"), generator(1, "kunming", 24_000, "tickets"),
              generator(1, "chengdu", 24_001, "tickets"), generator(1, "chengdu", 24_000, "calls")]  # fmt: skip
    assert all(not np.array_equal(first, other.random(3)) for other in others)


def test_the_stream_is_the_same_on_every_machine() -> None:
    drawn = generator(2025, "chengdu", 24_311, "tickets").integers(0, 1_000_000, 4)
    assert drawn.tolist() == EXPECTED


def test_choices_follow_their_weights() -> None:
    rng = generator(3, "weights")
    counts = np.bincount(choose(rng, (0.7, 0.0, 0.3), 50_000), minlength=3)
    assert counts[1] == 0
    assert abs(counts[0] / 50_000 - 0.7) < 0.01


def test_choices_by_group_follow_the_groups_weights() -> None:
    rng = generator(3, "groups")
    groups = np.repeat([0, 1], 20_000)
    chosen = choose_by(rng, groups, np.array([[0.9, 0.1], [0.0, 2.0]]))
    assert abs(chosen[:20_000].mean() - 0.1) < 0.01
    assert chosen[20_000:].all()


def test_lognormal_has_the_median_asked_for() -> None:
    assert abs(np.median(lognormal(generator(3, "median"), 4.0, 0.8, 40_000)) - 4.0) < 0.1


def test_serials_are_padded() -> None:
    assert serials("GD", np.array([1, 123_456]), 6).to_pylist() == ["GD000001", "GD123456"]


EXPECTED = [19600, 385403, 439992, 277510]
