from __future__ import annotations

import pytest

from pgassay.migrations.sources.shell_variables import expand

VALUES = {"A": "one", "EMPTY": "", "ÄB1_c": "x", "$": "no name"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("$A, ${A}!", "one, one!"),
        ("$ÄB1_c-", "x-"),
        (r"$$A \$A \\ $(A) \A $", r"$A $A \\ $(A) \A $"),
        ("${EMPTY:-b} ${EMPTY-b} ${NONE-b} ${NONE:-} ${A:-b}", "b  b  one"),
        ("${NONE:-${EMPTY:-a $A}}}", "a one}"),
        ("${NONE-{a}", "{a"),
        ("${A?not set}", "one"),
        ("${A:1} ${A: -2} ${A:9} ${A: -9}", "ne ne  one"),
        ("${A:0:2} ${A:1:-1} ${A:2:-9} ${A:1:9} ${A:0:0}", "on n  ne "),
    ],
)
def test_expanded(text: str, expected: str) -> None:
    assert expand(text, VALUES) == (expected, frozenset())


@pytest.mark.parametrize("text", ["$NONE", "${NONE}", "${NONE?}", "${EMPTY:-$NONE}", "${NONE:0:2}", "${A}$NONE"])
def test_without_a_value(text: str) -> None:
    assert expand(text, VALUES)[1] == {"NONE"}


def test_an_unused_default_needs_no_value() -> None:
    assert expand("${A:-$NONE}", VALUES) == ("one", frozenset())


@pytest.mark.parametrize("text", ["$1", "$'", "${}", "${A", "${A=b}", "${A:-b", "${A:x}", "${A:1:x}", "${A:?x}"])
def test_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a variable"):
        expand(text, VALUES)
