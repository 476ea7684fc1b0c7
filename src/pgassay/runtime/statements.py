"""What psycopg executes, as text: for looking at it, and for showing it."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from pgassay.runtime.masking import without_passwords


def statement_text(query: Any, connection: psycopg.Connection[Any]) -> str:
    """Return the SQL of anything that psycopg executes: text, bytes, composed SQL or a template."""
    if isinstance(query, str):
        return query
    if isinstance(query, bytes):
        return query.decode(errors="replace")
    if isinstance(query, sql.Composable):
        return query.as_string(connection)
    # Templates exist since psycopg 3.3 and Python 3.14, and this function with them.
    return str(sql.as_string(query, connection))


def shown(query: Any) -> str:
    """Return a statement for people: without the values in composed SQL and templates, without passwords of roles."""
    return without_passwords(_shown(query).strip())


def _shown(query: Any) -> str:
    if isinstance(query, str):
        return query
    if isinstance(query, bytes):
        return query.decode(errors="replace")
    if isinstance(query, sql.Composed):
        return "".join(map(_shown, query))
    if isinstance(query, sql.Literal):
        return "***"
    if isinstance(query, sql.Composable):
        return query.as_string(None)
    # A template: its parts are texts, and what is between braces, of which only the source may be seen.
    return "".join(part if isinstance(part, str) else f"{{{part.expression}}}" for part in query)
