from __future__ import annotations

import json
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgassay.contract.toml_lines import find_lines

WHOLE = '''# of the shop
"top.most" = """
[[trigger]] # no head
x = 1"""
[scope]
globs = [ # an array
  "[a]", # closed by none of ]
  'b"',
]
[[trigger]]
name = "it" # [[trigger]]
  "sql" = \'\'\'
'' \\\'\'\'
[trigger.writes]
row.a = { b = "}" }
[[ trigger ]]
name = """\\""" """""
x = 1
'''


def test_each_table_and_key_has_its_line() -> None:
    tomllib.loads(WHOLE)
    assert find_lines(WHOLE) == {
        ("top.most",): 2,
        ("scope",): 5,
        ("scope", "globs"): 6,
        ("trigger",): 10,
        ("trigger", 0): 10,
        ("trigger", 0, "name"): 11,
        ("trigger", 0, "sql"): 12,
        ("trigger", 0, "writes"): 14,
        ("trigger", 0, "writes", "row"): 15,
        ("trigger", 0, "writes", "row", "a"): 15,
        ("trigger", 1): 16,
        ("trigger", 1, "name"): 17,
        ("trigger", 1, "x"): 18,
    }


@pytest.mark.parametrize("text", ["", "\n", "# nothing", "x = 1"])
def test_what_ends_without_a_line_end(text: str) -> None:
    assert find_lines(text) == ({("x",): 1} if text == "x = 1" else {})


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


@given(st.lists(st.tuples(TEXTS.filter(lambda key: key != "v"), TEXTS, st.integers(0, 3))))
def test_any_text_and_any_name(entries: list[tuple[str, str, int]]) -> None:
    """Each entry is a head, a key of any name and a text of any characters, with blank lines before it."""
    lines, expected = [], {}
    for number, (key, value, blank) in enumerate(entries):
        lines += [*[""] * blank, "[[e]]", f"{_quoted(key)} = {_quoted(value)}", f"v = '''\n[[e]]\n{blank}'''"]
        expected[("e", number)] = sum(line.count("\n") + 1 for line in lines[:-2])
    text = "\n".join(lines)
    tomllib.loads(text)
    found = find_lines(text)
    assert {place: line for place, line in found.items() if len(place) == 2 and place[0] == "e"} == expected
