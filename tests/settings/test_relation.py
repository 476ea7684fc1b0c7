"""The name of a relation, as a person writes it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgassay.settings.parse import ValueRefusedError, relation
from pgassay.settings.relation import split_relation

NAMES = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), min_size=1)


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


@given(NAMES, NAMES)
def test_whatever_is_quoted_comes_back(schema: str, name: str) -> None:
    assert split_relation(f"{quoted(schema)}.{quoted(name)}") == (schema, name)
    assert split_relation(quoted(name)) == ("", name)


@pytest.mark.parametrize("text", ["", ".", "a.", ".a", "a.b.c", 'a"b', '"a', '""', 'a."b'])
def test_what_is_no_name(text: str) -> None:
    assert split_relation(text) is None


def test_refused_by_the_setting() -> None:
    with pytest.raises(ValueRefusedError, match=r'is "a\.b\.c", which is no name of a table'):
        relation(" a.b.c ", Path())
    assert relation("", Path()) is None
    assert relation(" Meta.history ", Path()) == "Meta.history"
