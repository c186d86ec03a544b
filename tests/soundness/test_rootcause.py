"""One test for each silently wrong number a search for causes can show."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.rootcause.explain import explain_change
from kpi_lib.analysis.rootcause.result import Explanation, Verdict


def explained(current: pd.DataFrame, reference: pd.DataFrame, dimensions: list[str], **options: object) -> Explanation:
    given = {"permutations": 399, "resamples": 0, **options}
    return explain_change(current, reference, dimensions, "ok", "n", **given)  # type: ignore[arg-type]


def leaves(rows: list[tuple[object, ...]], dimensions: list[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=[*dimensions, "ok", "n"])


def test_a_segment_that_is_always_bad_is_no_cause() -> None:
    before = leaves([("bad", 300, 1000), ("good", 2700, 3000)], ["branch"])
    now = leaves([("bad", 75, 250), ("good", 675, 750)], ["branch"])
    assert explained(now, before, ["branch"]).segments == ()


def test_simpson_every_part_better_and_the_whole_worse() -> None:
    before = leaves([("easy", 2850, 3000), ("hard", 600, 1000)], ["work"])
    now = leaves([("easy", 970, 1000), ("hard", 2010, 3000)], ["work"])
    found = explained(now, before, ["work"])
    assert found.gap.difference < 0 < found.mix.rate
    assert found.mix.simpson == ("work",)
    assert [one.kind for one in found.segments if one.name == "work=hard"] == ["mix"]
    assert all(one.effect > 0 for one in found.found)


def test_two_names_of_the_same_tickets_are_one_finding_with_the_other_listed() -> None:
    rng = np.random.default_rng(3)

    def drawn(n: int, fall: float) -> pd.DataFrame:
        branch = rng.choice(list("ABCDE"), n)
        ok = rng.random(n) < 0.9 - fall * (branch == "B")
        return pd.DataFrame({"branch": branch, "provider": np.char.add("V", branch), "ok": ok.astype(int), "n": 1})

    found = explained(drawn(2000, 0.25), drawn(6000, 0.0), ["branch", "provider"])
    assert [one.name for one in found.segments] == ["branch=B"]
    assert found.segments[0].alternatives == (("provider=VB", pytest.approx(1.0)),)


def test_tickets_of_two_segments_count_once() -> None:
    rng = np.random.default_rng(4)

    def drawn(n: int, fall: float) -> pd.DataFrame:
        frame = pd.DataFrame({"branch": rng.choice(list("ABCDEF"), n), "product": rng.choice(list("KLMNOP"), n)})
        hurt = np.maximum(frame["branch"] == "B", frame["product"] == "K")
        return frame.assign(ok=(rng.random(n) < 0.95 - fall * hurt).astype(int), n=1)

    now = drawn(4000, 0.35)
    found = explained(now, drawn(12000, 0.0), ["branch", "product"])
    assert {"branch=B", "product=K"} <= {one.name for one in found.segments}
    # Eleven in 36 are of B or K or both; counted twice, both would make it twelve.
    assert sum(one.contribution for one in found.found) == pytest.approx(-0.35 * 11 / 36, abs=0.008)
    parts = found.mix.total + found.broad.contribution + sum(one.contribution for one in found.found) + found.rest
    assert parts == pytest.approx(found.gap.difference, abs=1e-12)


def test_bad_days_of_everybody_are_no_segment() -> None:
    # Whole days fall together: taken as independent, tickets would show a change far too sure.
    rng = np.random.default_rng(5)

    def drawn(days: int, seed: int) -> pd.DataFrame:
        day = np.repeat(np.arange(days), 60)
        level = rng.normal(1.8, 1.2, days)[day]
        branch = rng.choice(list("ABCDEF"), len(day))
        ok = rng.random(len(day)) < 1 / (1 + np.exp(-level))
        return pd.DataFrame({"branch": branch, "day": day, "ok": ok.astype(int), "n": 1})

    widths = {}
    now, before = drawn(30, 1), drawn(90, 2)
    for block in ("day", None):
        found = explained(now, before, ["branch"], block=block)
        widths[block] = found.gap.hi - found.gap.lo
    assert widths["day"] > 2 * widths[None]


def test_a_few_tickets_are_no_segment_however_bad() -> None:
    before = leaves([("big", 2700, 3000), ("tiny", 20, 20)], ["provider"])
    now = leaves([("big", 900, 1000), ("tiny", 0, 20)], ["provider"])
    assert explained(now, before, ["provider"]).segments == ()


def test_missing_values_are_a_value_and_no_loss() -> None:
    before = leaves([("A", 900, 1000), (None, 900, 1000)], ["branch"])
    now = leaves([("A", 450, 500), (None, 300, 500)], ["branch"])
    found = explained(now, before, ["branch"])
    assert found.gap.n_current == 1000
    assert [one.name for one in found.segments] == ["branch=(missing)"]


def test_a_value_that_came_keeps_the_sum() -> None:
    before = leaves([("A", 900, 1000), ("B", 850, 1000)], ["branch"])
    now = leaves([("A", 450, 500), ("new", 300, 500)], ["branch"])
    found = explained(now, before, ["branch"])
    assert found.mix.parts[["rate_part", "mix_part"]].to_numpy().sum() == pytest.approx(found.gap.difference)
    assert {one.name for one in found.segments if one.kind == "mix"} & {"branch=new", "branch=B"}


def test_everyone_alike_is_not_the_branch_with_most_tickets() -> None:
    before = leaves([("A", 4500, 5000), ("B", 900, 1000), ("C", 900, 1000)], ["branch"])
    now = leaves([("A", 2000, 2500), ("B", 400, 500), ("C", 400, 500)], ["branch"])
    found = explained(now, before, ["branch"])
    assert found.verdict is Verdict.BROAD
    assert found.broad.effect == pytest.approx(-0.1, abs=1e-3)
