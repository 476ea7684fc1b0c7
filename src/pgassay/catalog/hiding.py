"""Options of foreign data that may hold a secret: their names are read, their values stay on the server.

A value that is hidden reads `(hidden)` in a catalog, so it is compared with nothing: that a password was changed, or is
wrong, cannot be seen. That the option is there, or is missing, can.
"""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

HIDDEN = "(hidden)"
"""What stands for a value that is not read."""

# Names that suggest a secret, whatever the wrapper; and one of postgres_fdw's that only sounds so.
SUSPECT_NAME = (
    "passw|passphrase|passcode|passfile|pwd|secret|token|credential|authorization|bearer|cookie|jwt|private"
    "|(^|[^a-z])pass($|[^a-z])|(^|[^a-z])(auth|sas)($|[^a-z])"
    "|(api|access|account|client|server|encryption|signing|shared|ssl|ssh)[^a-z]?key"
)
NO_SECRET = ["password_required"]

# Values that bring one along under another name: a URL of a user with a password, a connection string.
SUSPECT_VALUE = r"://[^/@]*:[^/@]*@|(^|[\s;?&])(password|passwd|pwd)\s*="

# What a user mapping is for is to hold secrets: of its options only these are surely none.
OF_USER_MAPPINGS = ["user", "username", "password_required"]


def options(column: LiteralString) -> sql.Composable:
    """Select an array of `name=value` with the values hidden that may be secret."""
    hidden = sql.SQL("option.name <> ALL ({safe}) AND (option.name ~* {names} OR option.value ~* {values})").format(
        safe=NO_SECRET, names=sql.Literal(SUSPECT_NAME), values=sql.Literal(SUSPECT_VALUE)
    )
    return _options(column, hidden)


def options_of_user_mapping(column: LiteralString) -> sql.Composable:
    """Select an array of `name=value` with all values hidden that are not known to be none."""
    return _options(column, sql.SQL("option.name <> ALL ({})").format(OF_USER_MAPPINGS))


def _options(column: LiteralString, hidden: sql.Composable) -> sql.Composable:
    return sql.SQL(
        "CASE WHEN {column} IS NOT NULL THEN"
        " (SELECT array_agg(option.name || '=' || CASE WHEN {condition} THEN {word} ELSE option.value END)"
        " FROM unnest({column}) AS pair,"
        " LATERAL (SELECT split_part(pair, '=', 1), substr(pair, strpos(pair, '=') + 1)) AS option (name, value)) END"
    ).format(condition=hidden, word=sql.Literal(HIDDEN), column=sql.SQL(column))
