"""Permanent random numbers: the published hash, the same everywhere, even, and independent from salt to salt."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from kpi_lib.stats.sampling.draw import NumberRule, lowest, number_of, random_numbers
from kpi_lib.stats.sampling.siphash import siphash


def joined(texts: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    return np.frombuffer(b"".join(texts), dtype=np.uint8), np.cumsum([0, *map(len, texts)])


def numbers(texts: list[str], salt: str, rule: NumberRule = NumberRule.SIPHASH) -> np.ndarray:
    return random_numbers(*joined([text.encode() for text in texts]), salt, rule=rule)


# Aumasson and Bernstein (2012), reference implementation, vectors_sip64: key 00..0f, messages 00, 00 01, ...
VECTORS = {
    0: 0x726FDB47DD0E0E31, 1: 0x74F839C593DC67FD, 2: 0x0D6C8009D9A94F5A, 7: 0xAB0200F58B01D137,
    8: 0x93F5F5799A932462, 15: 0xA129CA6149BE45E5, 16: 0x3F2ACC7F57C29BDB, 63: 0x958A324CEB064572,
}  # fmt: skip


def test_the_hash_gives_the_published_values() -> None:
    data, offsets = joined([bytes(range(n)) for n in range(64)])
    found = siphash(data, offsets, bytes(range(16)))
    assert {n: int(found[n]) for n in VECTORS} == VECTORS


def plain(message: bytes, key: bytes) -> int:
    """SipHash-2-4 one word at a time, as the paper writes it."""
    mask = 2**64 - 1
    k0, k1 = (int.from_bytes(key[half : half + 8], "little") for half in (0, 8))
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]

    def turn(x: int, b: int) -> int:
        return ((x << b) | (x >> (64 - b))) & mask

    def rounds(times: int) -> None:
        for _ in range(times):
            v[0] = (v[0] + v[1]) & mask
            v[1] = turn(v[1], 13) ^ v[0]
            v[0] = turn(v[0], 32)
            v[2] = (v[2] + v[3]) & mask
            v[3] = turn(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & mask
            v[3] = turn(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & mask
            v[1] = turn(v[1], 17) ^ v[2]
            v[2] = turn(v[2], 32)

    padded = message + bytes(7 - len(message) % 8) + bytes([len(message) % 256])
    for place in range(0, len(padded), 8):
        word = int.from_bytes(padded[place : place + 8], "little")
        v[3] ^= word
        rounds(2)
        v[0] ^= word
    v[2] ^= 0xFF
    rounds(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def test_texts_of_any_length_hash_as_one_by_one() -> None:
    rng = np.random.default_rng(1)
    texts = [rng.bytes(int(n)) for n in rng.integers(0, 300, 40)]
    key = rng.bytes(16)
    data, offsets = joined(texts)
    assert siphash(data, offsets, key).tolist() == [plain(text, key) for text in texts]
    # A part of a longer buffer, as a slice of a column is.
    assert siphash(data, offsets[5:20], key).tolist() == [plain(text, key) for text in texts[5:19]]


def test_no_texts_no_numbers() -> None:
    assert siphash(*joined([]), bytes(16)).size == 0
    with pytest.raises(ValueError, match="16 bytes"):
        siphash(*joined([b"x"]), b"short")


@pytest.mark.parametrize(
    ("rule", "known"),
    [
        (NumberRule.BLAKE2B, [0.30578239288470355, 0.9975078015729851]),
        (NumberRule.SIPHASH, [0.9089426030978504, 0.5498212415326561]),
    ],
)
def test_a_rule_s_numbers_never_change(rule: NumberRule, known: list[float]) -> None:
    found = numbers(["c1", "客户2"], "salt", rule)
    assert found.tolist() == known
    assert [number_of(text, "salt", rule=rule) for text in ("c1", "客户2")] == known


def test_another_process_finds_the_same() -> None:
    code = "from kpi_lib.stats.sampling.draw import number_of; print(repr(number_of('c1', 'salt')))"
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "7", "LC_ALL": "C"},
        capture_output=True,
        check=True,
    )
    assert float(told.stdout) == number_of("c1", "salt")


@pytest.mark.parametrize("rule", list(NumberRule))
def test_numbers_are_even(rule: NumberRule) -> None:
    found = numbers([f"T{n:07d}" for n in range(20000)], "x", rule)
    assert stats.kstest(found, "uniform").pvalue > 0.001
    assert len(np.unique(found)) == 20000
    # Neighbours in the list of ids are no neighbours in the draw.
    assert abs(np.corrcoef(found[1:], found[:-1])[0, 1]) < 0.03


def test_another_salt_gives_independent_numbers() -> None:
    ids = [f"T{n:07d}" for n in range(20000)]
    one, two = (numbers(ids, salt) for salt in ("branch 2025-11", "branch 2025-12"))
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.03
    both = np.mean((one < 0.1) & (two < 0.1))
    assert abs(both - 0.01) < 4 * np.sqrt(0.01 / 20000)


def test_equal_numbers_are_told_apart_by_name_in_any_row_order() -> None:
    names = np.array(["d", "a", "c", "b", "e"], dtype=object)
    same, one = np.full(5, 0.5), np.zeros(5, dtype=np.int64)
    for order in (np.arange(5), np.array([3, 0, 4, 1, 2])):
        mixed = names[order]
        rows, rank = lowest(same, one, np.array([2]), names=lambda chosen, mixed=mixed: mixed[chosen])
        assert mixed[rows].tolist() == ["a", "b"]
        assert rank.tolist() == [0, 1]


@pytest.mark.parametrize("spread", [1.0, 1e-9])
def test_the_lowest_are_found_however_uneven_the_numbers_are(spread: float) -> None:
    rng = np.random.default_rng(4)
    values, strata = rng.random(5000) * spread, rng.integers(0, 7, 5000)
    values[strata == 3] += 4.0
    n = np.array([0, 1, 5, 20, 300, 2, 600])
    rows, rank = lowest(values, strata, n)
    for stratum, k in enumerate(n):
        inside = np.flatnonzero(strata == stratum)
        own = rows[strata[rows] == stratum]
        assert own.tolist() == inside[np.argsort(values[inside])][:k].tolist()
    assert rank.max() == 599
