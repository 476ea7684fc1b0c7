"""What kind of statement one is, as people say it: `ALTER TABLE`, `CREATE INDEX`, `INSERT`."""

from __future__ import annotations

from typing import Any

from pgassay.migrations.split import Statement

_ON_OBJECTS = frozenset({"create", "alter", "drop", "refresh", "reindex"})
_BETWEEN = frozenset(
    {
        *("or", "replace", "unique", "temp", "temporary", "global", "local", "unlogged", "recursive", "constraint"),
        *("trusted", "procedural", "concurrently", "if", "not", "exists"),
    }
)
_WORDS_OF = {
    **dict.fromkeys(("access", "default", "event", "large", "materialized", "operator", "user"), 2),
    "text": 3,
}
_SECOND = frozenset({"mapping", "class", "family"})  # of USER and OPERATOR, which are objects by themselves too


def kind_of(statement: Statement) -> str:
    """Return the kind of a statement in capitals; an empty text where it has no word.

    What stands behind WITH is named by sqlparse, where it is installed. It tells the verb alone, so that the kind of
    the object is taken from our own lexer.
    """
    verb, *rest = statement.words or ("",)
    if verb == "with":
        return _behind_with(statement.sql)
    if verb not in _ON_OBJECTS:
        return verb.upper()
    objects = [word for word in rest if word not in _BETWEEN]
    return " ".join([verb, *objects[: _length(objects)]]).upper()


def _length(words: list[str]) -> int:
    first, second = (*words, "", "")[:2]
    if first in {"user", "operator"}:
        return 2 if second in _SECOND else 1
    if first == "foreign":
        return 3 if second == "data" else 2
    return _WORDS_OF.get(first, 1)


def _behind_with(sql: str) -> str:
    try:
        import sqlparse
    except ModuleNotFoundError:
        return "WITH"
    parsed: Any = sqlparse.parse(sql)[0]
    return str(parsed.get_type())
