"""What people may not see: passwords in SQL, and the values of parameters in what a server answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

# What SQL gives a role: PASSWORD 'x', with doubled quotes within a string that is executed.
_PASSWORD = re.compile(
    r"(\bpassword\s+)(?:e?(?:''[^']+''|'(?:[^'\\]|\\.|'')*')|\$(\w*)\$.*?\$\2\$)", re.IGNORECASE | re.DOTALL
)
_DATA_EXCEPTION = "22"
# How PostgreSQL quotes a value that it cannot take: invalid input syntax for type integer: "x", value "x" is out of
# range. A value may hold quotes itself, so everything up to the last one is taken.
_QUOTED = re.compile(r'"(.*)"', re.DOTALL)
_SHORTEST = 3  # characters of a value that is looked for without quotes around it
_LONGEST_STATEMENT = 400  # characters that people are shown


def without_passwords(sql: str) -> str:
    """Return SQL for people, without the passwords that it gives to roles."""
    return _PASSWORD.sub(r"\1***", sql)


def shorten(statement: str) -> str:
    """Return a statement for people: not more than a few lines of it."""
    if len(statement) <= _LONGEST_STATEMENT:
        return statement
    return f"{statement[:_LONGEST_STATEMENT].rstrip()} ... ({len(statement)} characters)"


def without_values(said: str, parameters: Any, *, sqlstate: str | None) -> str:
    """Return what a server said without the values that a statement was given.

    Args:
        said: A message or a hint.
        parameters: The statement's parameters, as psycopg takes them; None: it had none.
        sqlstate: The error's code: a data exception quotes the value that it is about, in the server's own writing.
    """
    if parameters is None:
        return said
    if sqlstate and sqlstate.startswith(_DATA_EXCEPTION):
        said = _QUOTED.sub('"***"', said)
    for text in sorted(set(_texts(parameters)), key=len, reverse=True):
        whole = rf'(?<=")({re.escape(text)})(?=")'
        if len(text) >= _SHORTEST:
            whole += rf"|(?<!\w){re.escape(text)}(?!\w)"
        said = re.sub(whole, "***", said)
    return said


def _texts(value: Any) -> Iterator[str]:
    """Yield every value within parameters as text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, bytes | bytearray | memoryview):
        yield bytes(value).decode(errors="replace")
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, Iterable):
        for inner in value:
            yield from _texts(inner)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
