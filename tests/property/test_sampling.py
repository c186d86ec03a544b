"""Draws, allocations and intervals keep their promises whatever the frame."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from kpi_lib.analysis.sampling import allocate, draw, draw_two_stage, estimate
from kpi_lib.errors import InputError
from kpi_lib.stats.sampling.design import element_design
from kpi_lib.stats.sampling.estimate import means
from kpi_lib.stats.sampling.shares import ShareInterval, share_interval
from kpi_lib.stats.sampling.weighting import post_stratify, rake


def frame_of(sizes: list[int]) -> pd.DataFrame:
    kinds = np.repeat([f"k{place}" for place in range(len(sizes))], sizes)
    return pd.DataFrame({"customer_id": [f"c{n:04d}" for n in range(sum(sizes))], "kind": kinds})


@given(sizes=st.lists(st.integers(3, 40), min_size=1, max_size=4), seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_the_order_of_rows_is_irrelevant(sizes: list[int], seed: int) -> None:
    frame = frame_of(sizes)
    shuffled = frame.sample(frac=1, random_state=seed % 2**31)
    one, two = (draw(rows, by="kind", n=3, salt=f"s{seed}", reserve=0.5) for rows in (frame, shuffled))
    assert one.to_json() == two.to_json()


@given(sizes=st.lists(st.integers(5, 40), min_size=1, max_size=4), seed=st.integers(0, 10**6))
@settings(max_examples=40, deadline=None)
def test_a_new_customer_changes_at_most_one_pick_of_a_stratum(sizes: list[int], seed: int) -> None:
    frame = frame_of(sizes)
    more = pd.concat([frame, pd.DataFrame({"customer_id": [f"new{seed}"], "kind": ["k0"]})])
    before, after = (draw(rows, by="kind", n=4, salt=f"s{seed}").drawn for rows in (frame, more))
    for kind in frame["kind"].unique():
        was, now = (set(rows.loc[rows["stratum"] == kind, "id"]) for rows in (before, after))
        assert len(was - now) <= 1
        assert len(was) == len(now) == 4
        assert kind == "k0" or was == now


@given(
    sizes=st.lists(st.integers(0, 500), min_size=1, max_size=6),
    floor=st.integers(0, 60),
    n=st.integers(0, 1500),
    rule=st.sampled_from(["proportional", "power", "equal", "neyman"]),
)
@settings(max_examples=150, deadline=None)
def test_allocations_add_up_within_floors_and_caps_or_name_the_conflict(
    sizes: list[int], floor: int, n: int, rule: str
) -> None:
    population = {f"s{place}": size for place, size in enumerate(sizes)}
    sd = {name: 0.3 + 0.1 * place for place, name in enumerate(population)}
    found = allocate(population, n, rule=rule, floors=floor, sd=sd)
    given_n, conflicts = found.sizes, found.conflicts
    least = {name: min(size, floor) for name, size in population.items()}
    assert all(least[name] <= given_n[name] <= size for name, size in population.items())
    named = {conflict.rule for conflict in conflicts}
    assert ("total_below_floors" in named) == (n < sum(least.values()))
    assert ("total_above_population" in named) == (n > sum(sizes))
    if not conflicts:
        assert sum(given_n.values()) == n


@given(
    share=st.floats(0, 1),
    n=st.integers(1, 500),
    se=st.one_of(st.just(float("nan")), st.floats(1e-6, 0.5)),
    method=st.sampled_from(list(ShareInterval)),
)
@settings(max_examples=200, deadline=None)
def test_intervals_always_exist_inside_0_and_1(share: float, n: int, se: float, method: ShareInterval) -> None:
    lo, hi = share_interval(share, se, n, df=max(n - 1, 1), method=method)
    assert 0 <= lo <= hi <= 1
    if method in (ShareInterval.WILSON, ShareInterval.LOGIT, ShareInterval.MEAN):
        assert lo - 1e-8 <= share <= hi + 1e-8


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_weights_add_up_to_the_frame(seed: int) -> None:
    rng = np.random.default_rng(seed)
    frame = frame_of([60, 30, 10])
    made = draw(frame, by="kind", n={"k0": 20, "k1": 10, "k2": 5}, salt=str(seed), carry=["kind"])
    answers = made.drawn[["id"]].rename(columns={"id": "customer_id"}).assign(score=rng.integers(1, 6, 35))
    found = estimate(answers, made, by=["kind"])
    assert found.population == 100
    assert found.design.weights.sum() == pytest.approx(100)
    # Every cell of the two margins is filled, so that they can be met together.
    a, b = np.divmod(rng.permutation(np.arange(35) % 6), 3)
    raked = rake(found.design, [(a, np.array([40.0, 60.0])), (b, np.array([30.0, 30.0, 40.0]))])
    assert raked.weights.sum() == pytest.approx(100)
    cells = post_stratify(found.design, b, np.array([30.0, 30.0, 40.0]))
    assert np.bincount(b, weights=cells.weights) == pytest.approx([30, 30, 40])


@given(
    sizes=st.lists(st.integers(2, 60), min_size=1, max_size=5),
    silent=st.floats(0, 0.8),
    seed=st.integers(0, 10**6),
    two_stage=st.booleans(),
)
@settings(max_examples=40, deadline=None)
def test_base_weights_add_up_to_the_frame_whoever_answers(
    sizes: list[int], silent: float, seed: int, two_stage: bool
) -> None:
    rng = np.random.default_rng(seed)
    frame = frame_of(sizes)
    if two_stage:
        engineers = frame.assign(kind=rng.integers(0, 6, len(frame)).astype(str))
        made = draw_two_stage(
            engineers, cluster="kind", clusters=min(2, engineers["kind"].nunique()), per_cluster=4, salt=str(seed),
            id_column="customer_id",
        )  # fmt: skip
    else:
        made = draw(frame, by="kind", n={f"k{h}": min(size, 6) for h, size in enumerate(sizes)}, salt=str(seed))
    heard = rng.random(len(made.drawn)) >= silent
    answers = pd.DataFrame({"customer_id": made.drawn["id"], "score": rng.integers(1, 6, len(made.drawn))})[heard]
    try:
        found = estimate(answers, made, collapse={f"k{h}": f"k{h - 1 if h else 1}" for h in range(len(sizes))})
    except InputError:
        return  # too few answered: refused, not guessed
    row = found.overall
    assert 0 <= row["lo"] <= row["hi"] <= 1
    if not two_stage:
        assert found.design.weights.sum() == pytest.approx(len(frame))
    counts = found.matched.counts
    assert counts["answered"] == heard.sum() == row["n"]


@given(
    seed=st.integers(0, 10**6), extra=st.integers(1, 5), n=st.integers(1, 12), keep=st.floats(0, 1, exclude_min=True)
)
@settings(max_examples=40, deadline=None)
def test_a_panel_is_kept_in_its_share_and_the_rested_come_last(seed: int, extra: int, n: int, keep: float) -> None:
    frame = frame_of([12 + extra])
    last = draw(frame, n=min(n, 12), salt="last").ids
    made = draw(frame, n=n, salt=str(seed), panel=last, keep=keep)
    kept = round(n * keep)
    spare = len(frame) - len(last)
    assert len(set(made.ids) & set(last)) == max(min(kept, len(last)), n - spare)
    assert draw(frame, n=n, salt=str(seed), panel=last, keep=0).ids == draw(frame, n=n, salt=str(seed)).ids
    rested = draw(frame, n=n, salt=str(seed), rested=last)
    assert rested.overlap(last) == pytest.approx(max(n - spare, 0) / n)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 30, 60, 150])
@pytest.mark.parametrize("share", [0.0, 0.05, 0.2, 0.5, 0.8, 0.95, 1.0])
def test_intervals_of_few_answers_cover_too(share: float, n: int) -> None:
    covered = 0.0
    for hits in range(n + 1):
        found = hits / n
        se = np.sqrt(found * (1 - found) / (n - 1)) if 0 < hits < n else float("nan")
        lo, hi = share_interval(found, se, n, df=max(n - 1, 1))
        assert 0 <= lo <= hi <= 1
        covered += stats.binom.pmf(hits, n, share) * (lo <= share <= hi)
    assert covered >= 0.93
    if n >= 30 and 0 < share < 1:
        assert covered <= 0.975


@pytest.mark.parametrize(("share", "n"), [(0.5, 60), (0.8, 60), (0.95, 60), (0.99, 60), (0.8, 150)])
def test_intervals_cover_what_they_say(share: float, n: int) -> None:
    rng = np.random.default_rng(7)
    strata = np.repeat([0, 1, 2], 200)
    rows = np.concatenate([np.arange(n // 3) + 200 * h for h in range(3)])
    design = element_design(np.full(n, 600 / n), strata=strata[rows], population=np.full(n, 200.0))
    inside, runs = 0, 1000
    # A new population each time: one alone would show the jumps of whole numbers, not the method.
    populations = (rng.random((runs, 600)) < share).astype(float)
    made = means(design, populations[:, rows].T)
    for truth, value, se in zip(populations.mean(axis=1), made.value, made.se, strict=True):
        lo, hi = share_interval(float(value), float(se) or float("nan"), n, df=made.df)
        inside += lo <= truth <= hi
    assert 0.93 <= inside / runs <= 0.975
