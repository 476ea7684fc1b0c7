"""Every key of every kind of entry: written wrongly, and with a value of every type that it does not take."""

from __future__ import annotations

from pathlib import Path

import pytest

from pgassay.contract.behavior import KINDS, load_behavior
from pgassay.contract.behavior.access import _PRIVILEGES, _ROWS, _SHARED
from pgassay.contract.behavior.constraints import CONSTRAINT_KEYS
from pgassay.contract.behavior.functions import FUNCTION_KEYS
from pgassay.contract.behavior.plans import PLAN_KEYS
from pgassay.contract.behavior.statistics import STATISTICS_KEYS
from pgassay.contract.behavior.triggers import TRIGGER_KEYS
from pgassay.errors import ContractError

VALUES = {
    "text": '"SELECT 1"',
    "blank": '" "',
    "number": "-7",
    "truth": "true",
    "time": "2026-01-01",
    "texts": '["SELECT 1"]',
    "blanks": '[" "]',
    "numbers": "[7]",
    "tables": "[{ x = 1 }]",
    "table": '{ odd = "x" }',
}
TEXT, TEXTS, LIST = {"text"}, {"text", "texts"}, {"texts", "blanks", "numbers"}
VALUE = {"text", "blank", "number", "truth", "time"}

# Kind -> entries that say all its keys: key -> what is right, and the types that it takes.
Entry = dict[str, tuple[str, set[str]]]
TRIGGER: Entry = {"name": ('"n"', TEXT), "table": ('"t"', TEXT), "trigger": ('"tr"', TEXT)}
CHANGE: Entry = {**TRIGGER, "given": ('"SELECT 1"', TEXT), "change": ('"SELECT 1"', TEXT)}
FUNCTION: Entry = {"name": ('"n"', TEXT), "function": ('"f"', TEXT), "given": ('"SELECT 1"', TEXT)}
ENTRIES: dict[str, list[Entry]] = {
    "trigger": [
        {
            **CHANGE,
            "key": ('["id"]', TEXTS),
            "touches": ('"x"', TEXTS),
            "unless": ('"SELECT 1"', TEXT),
            "not_on_noop": ("false", {"truth"}),
            "after": ('"a"', TEXTS),
            "replica": ('"fires"', set()),
        },
        {**CHANGE, "keeps": ('"x"', TEXTS)},
        {**CHANGE, "rejects": ('"23505"', TEXT)},
        {**CHANGE, "writes": ('{ table = "l", where = "true" }', set())},
        {
            **CHANGE,
            "counts": ('{ table = "p", column = "c", where = "true" }', set()),
            "then": ('"SELECT 1"', TEXTS),
        },
        {**CHANGE, "notifies": ('"jobs"', TEXT)},
        {**CHANGE, "fills": ('{ a = "x" }', {"table"})},
        {**TRIGGER, "append_only": ("true", {"truth"})},
        {**TRIGGER, "soft_deletes": ('"gone"', TEXT)},
    ],
    "access": [
        {
            "name": ('"n"', TEXT),
            "on": ('"t"', TEXTS),
            "can": ('{ app = "SELECT" }', set()),
            "cannot": ('{ app = "DELETE" }', set()),
            "nobody_else": ("true", {"truth"}),
        },
        {
            "name": ('"n"', TEXT),
            "on": ('"t"', TEXTS),
            "as": ('"app"', TEXT),
            "claims": ('{ "app.tenant" = 1 }', {"table"}),
            "given": ('"SELECT 1"', TEXT),
            "sees": ('"true"', TEXT),
            "updates": ('"true"', TEXT),
            "deletes": ('"true"', TEXT),
            "may": ('"SELECT 1"', TEXTS),
            "may_not": ('"SELECT 1"', TEXTS),
            "hides": ('"secret"', TEXTS),
        },
    ],
    "constraint": [
        {
            "name": ('"n"', TEXT),
            "table": ('"t"', TEXT),
            "constraint": ('"c"', TEXT),
            "given": ('"SELECT 1"', TEXT),
            "accepts": ('"SELECT 1"', TEXTS),
            "rejects": ('"SELECT 1"', TEXTS),
        }
    ],
    "function": [
        {
            **FUNCTION,
            "arguments": ('["x"]', LIST),
            "gives": ('"x"', VALUE | LIST),
            "strict": ("true", {"truth"}),
            "check": ("true", {"truth"}),
        },
        {**FUNCTION, "call": ('"SELECT 1"', TEXT), "raises": ('"22023"', TEXT)},
    ],
    "plan": [
        {
            "name": ('"n"', TEXT),
            "query": ('"SELECT $1"', TEXT),
            "given": ('"SELECT 1"', TEXT),
            "parameters": ("[1]", LIST),
            "uses": ('"i"', TEXTS),
            "without": ('"sort"', set()),
            "buffers": ("20", set()),
            "rows": ("20", set()),
        }
    ],
    "statistics": [
        {"table": ('"t"', TEXT), "rows": ("7", set()), "copy": ("true", {"truth"}), "columns": ("{}", set())},
    ],
}
# Kind, the key whose table it is, what else the entry says, and the keys of that table.
TABLES: list[tuple[str, str, Entry, Entry]] = [
    (
        "trigger",
        "rejects",
        CHANGE,
        {"sqlstate": ('"23505"', set()), "constraint": ('"c"', TEXT), "at": ('"commit"', set())},
    ),
    (
        "trigger",
        "writes",
        CHANGE,
        {"table": ('"l"', TEXT), "row": ("{ a = 1 }", {"table"}), "where": ('"true"', TEXT), "count": ("2", set())},
    ),
    (
        "trigger",
        "counts",
        CHANGE,
        {"table": ('"p"', TEXT), "column": ('"c"', TEXT), "where": ('"true"', TEXT), "tries": ('"delete"', set())},
    ),
    ("trigger", "notifies", CHANGE, {"channel": ('"j"', TEXT), "payload": ("1", VALUE), "count": ("2", set())}),
    ("trigger", "notifies", CHANGE, {"channel": ('"j"', TEXT), "json": ("{ id = 1 }", {"table"})}),
    ("trigger", "fills", CHANGE, {"a": ("1", VALUE), "b": ('{ sql = "x" }', VALUE)}),
    ("access", "can", {"name": ('"n"', TEXT), "on": ('"t"', TEXT)}, {"app": ('"SELECT"', set())}),
    (
        "function",
        "raises",
        {**FUNCTION, "call": ('"SELECT 1"', TEXT)},
        {"sqlstate": ('"22023"', set()), "constraint": ('"c"', TEXT)},
    ),
    (
        "statistics",
        "columns.email",
        {"table": ('"t"', TEXT), "rows": ("7", set())},
        {"distinct": ("5", set()), "nulls": ("0.5", set()), "width": ("8", set())},
    ),
]
FREE = {"a", "b", "app"}  # names that the schema gives, of which none is wrong
INSIDE = [(number, key) for number, (*_, table) in enumerate(TABLES) for key in table]
KEYS = {
    "trigger": TRIGGER_KEYS,
    "access": (*_SHARED, *_PRIVILEGES, *_ROWS),
    "constraint": CONSTRAINT_KEYS,
    "function": FUNCTION_KEYS,
    "plan": PLAN_KEYS,
    "statistics": STATISTICS_KEYS,
}
ALL = [(kind, number, key) for kind, entries in ENTRIES.items() for number, e in enumerate(entries) for key in e]


def complaint(path: Path, kind: str, entry: dict[str, str]) -> str:
    path.write_text("\n".join([f"[[{kind}]]", *(f"{key} = {value}" for key, value in entry.items())]))
    try:
        load_behavior(path)
    except ContractError as error:
        return str(error)
    return ""


def test_every_kind_and_every_key_is_here() -> None:
    assert set(ENTRIES) == set(KEYS) == set(KINDS)
    assert {kind: set(keys) for kind, keys in KEYS.items()} == {
        kind: {key for entry in entries for key in entry} for kind, entries in ENTRIES.items()
    }


@pytest.mark.parametrize(("kind", "number", "key"), ALL)
def test_each_mistake_is_told_with_its_line(tmp_path: Path, kind: str, number: int, key: str) -> None:
    path = tmp_path / "behavior.toml"
    made = ENTRIES[kind][number]
    right = {name: value for name, (value, _) in made.items()}
    assert complaint(path, kind, right) == ""
    where = f'"{path}", line {2 + list(right).index(key)}: [[{kind}]]'
    typo = {(f"{name}e" if name == key else name): value for name, value in right.items()}
    said = complaint(path, kind, typo)
    assert said.startswith(where), said
    assert f'did you mean "{key}"?' in said
    for word, value in VALUES.items():
        said = complaint(path, kind, right | {key: value})
        if word in made[key][1]:
            assert said == "", word
        else:
            assert said.startswith(where), (word, said)
            assert f'"{key}"' in said or f"[{key}]" in said, (word, said)


@pytest.mark.parametrize(("number", "key"), INSIDE)
def test_each_mistake_in_a_table_is_told_with_its_line(tmp_path: Path, number: int, key: str) -> None:
    path = tmp_path / "behavior.toml"
    kind, parent, beside, table = TABLES[number]
    around = {name: value for name, (value, _) in beside.items()}

    def said(values: dict[str, str]) -> str:
        inside = ", ".join(f"{name} = {value}" for name, value in values.items())
        return complaint(path, kind, around | {parent: f"{{ {inside} }}"})

    right = {name: value for name, (value, _) in table.items()}
    assert said(right) == ""
    where = f'"{path}", line {2 + len(around)}: [[{kind}]]'
    if key not in FREE:
        typo = said({(f"{name}e" if name == key else name): value for name, value in right.items()})
        assert typo.startswith(where)
        assert f'did you mean "{key}"?' in typo
    for word, value in VALUES.items():
        told = said(right | {key: value})
        if word in table[key][1]:
            assert told == "", word
        else:
            assert told.startswith(where), (word, told)
            assert any(it in told for it in (f'"{key}"', f"[{key}]", "SQLSTATE", "no action")), (word, told)
