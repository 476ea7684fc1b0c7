"""Text of no known encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgassay.catalog.decode import decode


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"plain", "plain"),
        ("é😀".encode(), "é😀"),
        (b"caf\xe9", "caf\ufffde9"),
        (b"\xff\xc3\xa9\xc3", "\ufffdffé\ufffdc3"),
        ("\ufffd".encode(), "\ufffdef\ufffdbf\ufffdbd"),
    ],
)
def test_bytes_that_are_not_utf_8_are_shown(data: bytes, text: str) -> None:
    assert decode(data) == text


@given(st.binary(), st.binary())
def test_no_two_texts_become_the_same(one: bytes, other: bytes) -> None:
    assert (decode(one) == decode(other)) == (one == other)


@given(st.binary())
def test_the_result_can_be_written_anywhere(data: bytes) -> None:
    assert decode(data).encode().decode() == decode(data)
