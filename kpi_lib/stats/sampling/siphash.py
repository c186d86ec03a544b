"""SipHash-2-4 of many texts at once: a keyed hash that is the same on every machine, in whole-array steps."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kpi_lib.stats.intervals import Ints

Bytes = npt.NDArray[np.uint8]
Words = npt.NDArray[np.uint64]

WORD = 8
"""Bytes of a message word."""
KEY_BYTES = 16
_START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
"""The four constants of the algorithm: the text "somepseudorandomlygeneratedbytes"."""
_BLOCK = 16384
"""Texts hashed in one go: the state stays in the processor's cache."""


def siphash(data: Bytes, offsets: Ints, key: bytes) -> Words:
    """Return the 64-bit SipHash-2-4 of every text of a buffer.

    Parameters
    ----------
    data
        Bytes of all texts, one after the other (UTF-8).
    offsets
        Where each text begins, and at last where the last one ends: one more than there are texts.
    key
        16 bytes.

    Raises
    ------
    ValueError
        A key of another length.

    References
    ----------
    Aumasson and Bernstein (2012), SipHash: a fast short-input PRF, INDOCRYPT 2012, section 2; its test vectors are
    those of the tests.
    """
    if len(key) != KEY_BYTES:
        raise ValueError(f"the key of SipHash has {KEY_BYTES} bytes, not {len(key)}")
    first, second = (int.from_bytes(key[half : half + WORD], "little") for half in (0, WORD))
    start = [np.uint64(constant ^ (second if place % 2 else first)) for place, constant in enumerate(_START)]
    found = np.empty(max(len(offsets) - 1, 0), dtype=np.uint64)
    padded = np.concatenate([data[: offsets[-1]] if len(offsets) else data, np.zeros(WORD, dtype=np.uint8)])
    # Every place of the buffer read as the little-endian word that begins there.
    words: Words = np.ndarray((padded.size - WORD + 1,), dtype="<u8", buffer=padded.data, strides=(1,))
    for low in range(0, found.size, _BLOCK):
        block = found[low : low + _BLOCK]
        begins = np.asarray(offsets[low : low + block.size], dtype=np.int64)
        lengths = offsets[low + 1 : low + block.size + 1] - begins
        whole = lengths // WORD
        for n_whole in range(int(whole.min()), int(whole.max()) + 1):
            rows = whole == n_whole
            if rows.all():
                block[:] = _hash(words, begins, lengths, n_whole, start)
            elif rows.any():
                block[rows] = _hash(words, begins[rows], lengths[rows], n_whole, start)
    return found


def _hash(words: Words, begins: Ints, lengths: Ints, n_whole: int, start: list[np.uint64]) -> Words:
    """Hash texts that have equally many whole words."""
    state = [np.full(begins.size, value) for value in start]
    spare = np.empty(begins.size, dtype=np.uint64)
    for place in range(n_whole):
        _absorb(state, words[begins + WORD * place], spare)
    rest = (8 * (lengths - WORD * n_whole)).astype(np.uint64)
    last = words[begins + WORD * n_whole] & ((np.uint64(1) << rest) - np.uint64(1))
    _absorb(state, last | (lengths.astype(np.uint64) << np.uint64(56)), spare)
    state[2] ^= np.uint64(0xFF)
    for _ in range(4):
        _round(state, spare)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _absorb(state: list[Words], word: Words, spare: Words) -> None:
    state[3] ^= word
    for _ in range(2):
        _round(state, spare)
    state[0] ^= word


def _round(state: list[Words], spare: Words) -> None:
    """One SipRound, in place."""
    a, b, c, d = state
    for x, y, turn in ((a, b, 13), (c, d, 16)):
        np.add(x, y, out=x)
        _turn(y, turn, spare)
        np.bitwise_xor(y, x, out=y)
    _turn(a, 32, spare)
    for x, y, turn in ((a, d, 21), (c, b, 17)):
        np.add(x, y, out=x)
        _turn(y, turn, spare)
        np.bitwise_xor(y, x, out=y)
    _turn(c, 32, spare)


def _turn(values: Words, bits: int, spare: Words) -> None:
    """Rotate to the left, in place."""
    np.left_shift(values, np.uint64(bits), out=spare)
    np.right_shift(values, np.uint64(64 - bits), out=values)
    np.bitwise_or(values, spare, out=values)
