from __future__ import annotations

from pathlib import Path

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.sources.plain_yaml import Value, read_mapping
from pgassay.migrations.tokens import Place


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {}),
        (
            "---\n# a comment\nname: Make tenants.id a SERIAL # why\n\nparents: [1, 23 ]\n",
            {"name": "Make tenants.id a SERIAL", "parents": ("1", "23")},
        ),
        (
            "a: it's x:y#z, [1]\nb: 'it''s # one'  # two\nc: \"x: [y]\"\nd: -5\n",
            {"a": "it's x:y#z, [1]", "b": "it's # one", "c": "x: [y]", "d": "-5"},
        ),
        ("parents:\n- 1\n  # two\n    - 2\nlast:\n", {"parents": ("1", "2"), "last": ""}),
        ("a: []\nb: [x,]\nc: # nothing\na: [2]\r\n", {"a": ("2",), "b": ("x",), "c": ""}),
    ],
)
def test_understood(text: str, found: dict[str, Value]) -> None:
    assert read_mapping(text, Place()) == found


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("  b: 2", "b: 2"),
        ("b: >-", ">-"),
        ("b: |", "|"),
        ("b: &x 1", "&x 1"),
        ("b: !!str 1", "!!str 1"),
        ("b: *x", "*x"),
        ("b: {c: 1}", "{c: 1}"),
        ("b: [1, [2]]", "[1, [2]]"),
        ("b: [1,, 2]", ""),
        ('b: "a\\n"', '"a\\n"'),
        ("b: 'a", "'a"),
        ("b: c: d", "c: d"),
        ("b: c:", "c:"),
        ("- 1", "- 1"),
        ("more of a", "more of a"),
        ("---", "---"),
        ("b:1", "b:1"),
        ("? b", "? b"),
    ],
)
def test_refused_where_it_stands(line: str, problem: str) -> None:
    with pytest.raises(MigrationError) as raised:
        read_mapping(f"# first\na: 1\n{line}\n", Place(Path("m.yaml")))
    assert str(raised.value).startswith(f'"m.yaml", line 3: "{problem}" is YAML that is not understood here')
