r"""The variables that psql takes from its connection, such as `:DBNAME`: known only when a script is sent.

Until then a mark of two private characters stands for each; both are letters to the lexer, so a mark is a word where
the variable stood bare, and part of a string or a name where it was quoted.

Source: PostgreSQL, src/bin/psql/command.c (SyncVariables), src/bin/psql/startup.c. psql's own version counts as the
server's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from pgassay.migrations.model import Piece
from pgassay.migrations.send import Connection
from pgassay.migrations.tokens import Kind, tokens

_BEGIN, _END = "\ue0d0", "\ue0d1"
_MARK = re.compile(f"{_BEGIN}([A-Z_]+){_END}")

_VALUES: Mapping[str, Callable[[Connection], object]] = {
    "DBNAME": lambda connection: connection.info.dbname,
    "USER": lambda connection: _one(connection, "SELECT current_user"),  # who psql would log in as
    "HOST": lambda connection: connection.info.host,
    "PORT": lambda connection: connection.info.port,
    "ENCODING": lambda connection: connection.info.parameter_status("client_encoding"),
    "SERVER_VERSION_NAME": lambda connection: connection.info.parameter_status("server_version"),
    "SERVER_VERSION_NUM": lambda connection: connection.info.server_version,
    "VERSION_NAME": lambda connection: connection.info.parameter_status("server_version"),
    "VERSION_NUM": lambda connection: connection.info.server_version,
    "VERSION": lambda connection: f"PostgreSQL {connection.info.parameter_status('server_version')}",
}

AUTOMATIC: Mapping[str, str] = {name: f"{_BEGIN}{name}{_END}" for name in _VALUES}
"""What stands for each variable until its value is known."""


def automatic_in(text: str) -> str | None:
    """Return the first variable in a text whose value is not known yet, or None."""
    match = _MARK.search(text)
    return match[1] if match else None


def filled(pieces: Iterable[Piece], connection: Connection) -> list[Piece]:
    """Return the queries with the values that the connection gives.

    Args:
        pieces: What `psql.read_script` has read, or another tool's.
        connection: In autocommit; it is only asked where there is something to put in.
    """
    pieces = list(pieces)
    named = {name for piece in pieces for name in _MARK.findall(piece.sql)}
    if not named:
        return pieces
    values = {name: str(_VALUES[name](connection)) for name in named & _VALUES.keys()}
    return [replace(piece, sql="".join(_filled(piece.sql, values))) for piece in pieces]


def _filled(sql: str, values: Mapping[str, str]) -> Iterator[str]:
    for token in tokens(sql, restrict=True):
        text = sql[token.start : token.end]
        quote = _quoting(text) if token.kind is Kind.QUOTED else str
        yield _MARK.sub(partial(_value, values, quote), text)


def _value(values: Mapping[str, str], quote: Callable[[str], str], match: re.Match[str]) -> str:
    return quote(values[match[1]])


def _quoting(text: str) -> Callable[[str], str]:
    """Return how a value is written within quotes of this kind."""
    if text.startswith("$"):
        return str
    if text.startswith('"'):
        return lambda value: value.replace('"', '""')
    if text[:1] in {"e", "E"}:
        return lambda value: value.replace("\\", "\\\\").replace("'", "''")
    return lambda value: value.replace("'", "''")


def _one(connection: Connection, query: str) -> object:
    row = connection.execute(query.encode()).fetchone()
    return row[0] if row else None
