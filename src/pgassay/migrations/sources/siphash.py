"""SipHash-1-3 with a key of zeros, which Rust's standard hasher is, and by which refinery knows a migration's content.

Source of the method: Aumasson and Bernstein, "SipHash: a fast short-input PRF", with one round a word and three at the
end; of the constants, "somepseudorandomlygeneratedbytes".
"""

from __future__ import annotations

_MASK = 2**64 - 1
_START = (0x736F6D6570736575, 0x646F72616E646F6D, 0x6C7967656E657261, 0x7465646279746573)
_LAST_ROUNDS = 3

_State = tuple[int, int, int, int]


def siphash13(data: bytes) -> int:
    """Return the hash of some bytes, from 0 up to 2**64 - 1."""
    whole = len(data) // 8 * 8
    state = _START
    for at in range(0, whole, 8):
        state = _take(state, int.from_bytes(data[at : at + 8], "little"))
    state = _take(state, int.from_bytes(data[whole:], "little") | (len(data) & 0xFF) << 56)
    a, b, c, d = state
    state = a, b, c ^ 0xFF, d
    for _ in range(_LAST_ROUNDS):
        state = _round(*state)
    a, b, c, d = state
    return a ^ b ^ c ^ d


def _take(state: _State, word: int) -> _State:
    a, b, c, d = state
    a, b, c, d = _round(a, b, c, d ^ word)
    return a ^ word, b, c, d


def _round(a: int, b: int, c: int, d: int) -> _State:
    a, c = (a + b) & _MASK, (c + d) & _MASK
    b, d = _rotated(b, 13) ^ a, _rotated(d, 16) ^ c
    a, c = (_rotated(a, 32) + d) & _MASK, (c + b) & _MASK
    b, d = _rotated(b, 17) ^ c, _rotated(d, 21) ^ a
    return a, b, _rotated(c, 32), d


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> 64 - by) & _MASK
