import datetime as dt
import decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgassay.runtime.masking import shorten, without_passwords, without_values


@pytest.mark.parametrize(
    ("said", "parameters", "sqlstate", "shown"),
    [
        ('invalid input syntax for type integer: "x"', ["x"], "22P02", 'invalid input syntax for type integer: "***"'),
        ('value "99" is out of range', [99], "22003", 'value "***" is out of range'),
        ('a "b" c "d"', [1], "22023", 'a "***"'),
        ('relation "users" does not exist', ["users"], "42P01", 'relation "***" does not exist'),
        ('relation "users" does not exist', None, "42P01", 'relation "users" does not exist'),
        ("user ada is no admin", {"who": "ada"}, "P0001", "user *** is no admin"),
        ("line 1 of 1", [1], "P0001", "line 1 of 1"),
        ("nothing is null or true", [None, True], "P0001", "nothing is null or true"),
        ("in (3.50, 2026-01-02)", [[decimal.Decimal("3.50")], (dt.date(2026, 1, 2),)], None, "in (***, ***)"),
        ("bytes abc", [b"abc", bytearray(b"x"), memoryview(b"y")], None, "bytes ***"),
        ("adamant", ["ada"], None, "adamant"),
        ("ada.lovelace", ["ada", "ada.lovelace"], None, "***"),
    ],
)
def test_values_are_left_out(said: str, parameters: object, sqlstate: str | None, shown: str) -> None:
    assert without_values(said, parameters, sqlstate=sqlstate) == shown


@given(st.text(min_size=3).filter(lambda text: not text.isspace()), st.sampled_from(["22P02", "P0001", None]))
def test_no_text_of_a_parameter_is_left_in_quotes(value: str, sqlstate: str | None) -> None:
    assert f'"{value}"' not in without_values(f'so "{value}" is wrong', [value], sqlstate=sqlstate)


def test_passwords_of_roles_are_left_out() -> None:
    assert without_passwords("create role a password 'x''y' login") == "create role a password *** login"
    assert (
        without_passwords("ALTER USER a PASSWORD $$x$$, b PASSWORD NULL")
        == "ALTER USER a PASSWORD ***, b PASSWORD NULL"
    )


def test_long_statements_are_shortened() -> None:
    assert shorten("SELECT 1") == "SELECT 1"
    assert shorten("x" * 1000) == "x" * 400 + " ... (1000 characters)"
