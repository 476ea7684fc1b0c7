from __future__ import annotations

import re

import pytest

from pgassay.contract.behavior import KINDS, Behavior, Rejects, Touches, TriggerBehavior, Writes
from pgassay.contract.behavior.expectations import EXPECTATIONS
from pgassay.contract.behavior.triggers import TRIGGER_KEYS
from pgassay.errors import ContractError
from tests.contract.conftest import Load

ENTRY = """
[[trigger]]
name = "n"
table = "t"
change = "UPDATE t SET x = 1"
"""


def only(load: Load, text: str) -> TriggerBehavior:
    (trigger,) = load({"behavior.toml": text}).behavior.triggers
    return trigger


def test_no_file_says_nothing(load: Load) -> None:
    assert load({}).behavior == Behavior()


def test_an_entry_whole(load: Load) -> None:
    text = """
    [[trigger]]
    name = "moves"
    table = 'shop."Odd.Name"'
    trigger = "touch"
    given = "INSERT INTO t VALUES (1); COMMIT; BEGIN; COMMIT"
    change = "UPDATE t SET x = 1"
    touches = ["a", "b.c"]
    unless = "UPDATE t SET y = 1"
    """
    assert only(load, text) == TriggerBehavior(
        name="moves",
        table='shop."Odd.Name"',
        trigger="touch",
        given="INSERT INTO t VALUES (1); COMMIT; BEGIN; COMMIT",
        change="UPDATE t SET x = 1",
        expect=Touches(columns=("a", "b.c"), unless="UPDATE t SET y = 1"),
    )


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ('touches = "x"', Touches(columns=("x",))),
        ('rejects = "23505"', Rejects(sqlstate="23505")),
        ('rejects = "P0001"', Rejects(sqlstate="P0001")),
        ('rejects = "users_email_key"', Rejects(constraint="users_email_key")),
        (
            'rejects = { sqlstate = "23514", constraint = "ABCDE" }',
            Rejects(sqlstate="23514", constraint="ABCDE"),
        ),
        ('writes = { table = "log", where = "true" }', Writes(table="log", where="true")),
        (
            'writes = { table = "log", row = { a = 1, b = true, c = 1.5, d = 2026-01-02, e = "x" }, count = 2 }',
            Writes(table="log", row={"a": "1", "b": "true", "c": "1.5", "d": "2026-01-02", "e": "x"}, count=2),
        ),
    ],
)
def test_expectations(load: Load, said: str, meant: object) -> None:
    assert only(load, ENTRY + said).expect == meant


def test_scope(load: Load) -> None:
    assert load({"behavior.toml": '[scope]\nforeign_schemas = ["cron", "x_*"]'}).behavior.foreign_schemas == (
        "cron",
        "x_*",
    )


HEADS = ", ".join(("scope", *KINDS, "rows"))
KNOWN = ", ".join(TRIGGER_KEYS)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("x = 1", f'behavior.toml", line 1: unknown key "x"\nhint: known keys: {HEADS}'),
        (
            "[[triggers]]",
            f'line 1: unknown key "triggers"\nhint: known keys: {HEADS}; did you mean "trigger"?',
        ),
        (
            "[scope]\nforeign = 1",
            'line 2: [scope]: unknown key "foreign"\nhint: known keys: foreign_schemas',
        ),
        (
            "[trigger]\nname = 'x'",
            '"trigger" must be an array of tables\nhint: write each entry below a line [[trigger]]',
        ),
        (
            ENTRY + 'toches = "x"',
            (
                f'behavior.toml", line 6: [[trigger]] number 1 "n": unknown key "toches"\nhint: known keys: {KNOWN}; '
                'did you mean "touches"?'
            ),
        ),
        (
            ENTRY + 'writes = { tabel = "x", where = "true" }',
            (
                'line 6: [[trigger]] number 1 "n": [writes]: unknown key "tabel"\nhint: known keys: '
                'table, row, where, count; did you mean "table"?'
            ),
        ),
        (ENTRY + 'rejects = { code = "23505" }', '"code"\nhint: known keys: sqlstate, constraint'),
        (
            ENTRY,
            f"exactly one of {', '.join(EXPECTATIONS)} must be there, found none",
        ),
        (ENTRY + 'touches = "x"\nrejects = "23505"', 'found "touches" and "rejects"'),
        (ENTRY + 'rejects = "23505"\nunless = "SELECT 1"', '"unless" belongs to "touches" alone'),
        (ENTRY + "touches = []", '"touches" names no column'),
        (ENTRY + "touches = [1]", '"touches" must be a text or a list of texts'),
        (ENTRY + "rejects = {}", '"sqlstate" or "constraint" must be there'),
        (ENTRY + 'rejects = { sqlstate = "235" }', '"235" is not an SQLSTATE'),
        (ENTRY + 'writes = { table = "x" }', '"row" or "where" must say which rows appear'),
        (ENTRY + 'writes = "log"', '"writes" must be a table'),
        (ENTRY + 'writes = { table = "x", where = "true", count = 0 }', '"count" must be a whole number of at least 1'),
        (
            ENTRY + 'writes = { table = "x", row = { a = [1] } }',
            '"a" must be a text, a number, a truth value or a time',
        ),
        ("[[trigger]]\nname = 'n'\nchange = 'SELECT 1'\ntouches = 'x'", '[[trigger]] number 1 "n": "table" is missing'),
        ("[[trigger]]\nname = ' '", '"name" must be a text that is not blank'),
        ((ENTRY + 'touches = "x"') * 2, 'line 7: [[trigger]] number 2 "n": another entry is named "n": "'),
        ("[[trigger]", "not TOML: "),
        (
            ENTRY.replace("UPDATE t", "COMMIT; UPDATE t") + 'touches = "x"',
            '"change", line 1: COMMIT in what runs as one',
        ),
        (ENTRY.replace("UPDATE t SET x = 1", "SELECT 'x") + 'touches = "x"', '"change", line 1: a string begins here'),
        (ENTRY.replace("UPDATE t SET x = 1", "-- nothing") + 'touches = "x"', '"change" holds no statement'),
    ],
)
def test_what_means_nothing_is_refused(load: Load, text: str, problem: str) -> None:
    with pytest.raises(ContractError, match=re.escape(problem)):
        load({"behavior.toml": text})


def test_a_file_that_is_not_utf8_is_refused(load: Load) -> None:
    with pytest.raises(ContractError, match=r"behavior\.toml\": not UTF-8"):
        load({"behavior.toml": b"name = '\xe4'"})


def test_savepoints_are_no_end_of_a_transaction(load: Load) -> None:
    change = "SAVEPOINT a; UPDATE t SET x = 1; ROLLBACK TO a; RELEASE a"
    assert only(load, ENTRY.replace("UPDATE t SET x = 1", change) + 'touches = "x"').change == change
