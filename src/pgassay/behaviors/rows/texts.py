"""Texts of many shapes: that of an address, of a hash, of a path; one of them is what most CHECKs ask for."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from random import Random

from pgassay.behaviors.rows.candidate import Candidate, Pool, constant, fresh

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_PLAIN = re.compile(r"[^a-z0-9]+")


def texts(word: str, limit: int | None) -> Pool:
    """Return candidates for a text.

    Args:
        word: What it is called after: the column's name.
        limit: How many characters it may have; None: as many as it likes.
    """
    plain = _PLAIN.sub("-", word.lower()).strip("-") or "text"
    first = fresh(lambda n: shortened(f"{plain}-{n}", n, limit))
    shapes = [make for make in _shapes(plain) if limit is None or len(make(9_999)) <= limit]
    return (*_likely(plain, shapes), first, *map(fresh, shapes), constant(""))


def _likely(word: str, shapes: list[Callable[[int], str]]) -> Iterator[Candidate]:
    """Yield the shape that the column's name speaks of."""
    for part, mark in (("mail", "@"), ("url", "://"), ("uri", "://")):
        if part in word:
            yield from (fresh(make) for make in shapes if mark in make(1))


def _shapes(word: str) -> Iterator[Callable[[int], str]]:
    flat = word.replace("-", "")
    yield lambda n: f"{word}{n}@example.org"
    yield lambda n: f"https://example.org/{word}/{n}"
    yield lambda n: f"{word.replace('-', '_')}_{n}"
    yield lambda n: f"{flat}{n}"
    yield str
    yield lambda n: f"{flat}{n}".upper()
    yield letters
    yield lambda n: letters(n).upper()
    yield lambda n: f"{flat}{n}".capitalize()
    yield lambda n: f"/{word}/{n}"
    yield lambda n: f"{flat}{n}.example.org"
    yield lambda n: f"{n}.0.0"
    yield lambda n: f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
    yield lambda n: f"{{{n}}}"
    yield lambda n: f'{{"n": {n}}}'
    yield uuid_of
    yield from (sized_hex(size) for size in (8, 32, 40, 64, 128))
    yield lambda n: f"2001-01-01T00:00:{n % 60:02}Z"


def letters(n: int) -> str:
    """Return a number in letters: 1 is b, 26 is ba."""
    rest, digit = divmod(n, 26)
    return (letters(rest) if rest else "") + chr(ord("a") + digit)


def sized_hex(size: int) -> Callable[[int], str]:
    """Return what makes hexadecimal digits, so many."""
    return lambda n: f"{n:0{size}x}"[-size:]


def uuid_of(n: int) -> str:
    """Return the UUID (version 4) of a number."""
    return str(uuid.UUID(int=Random(n).getrandbits(128), version=4))  # noqa: S311 - repeatable on purpose


def sized(n: int, size: int) -> str:
    """Return a text of so many characters that ends with the number, in as few digits as it takes."""
    digits = ""
    while n:
        n, digit = divmod(n, 36)
        digits = _DIGITS[digit] + digits
    return digits.rjust(size, "a")[-size:] if size else ""


def shortened(text: str, n: int, limit: int | None) -> str:
    """Return a text in so many characters that it still tells the numbers apart."""
    if limit is None or len(text) <= limit:
        return text
    end = f"-{n}"
    return text[: limit - len(end)] + end if limit > len(end) else sized(n, limit)
