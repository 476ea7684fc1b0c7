"""SQL laid out for people: a long statement on one line gets several, and means what it meant."""

from __future__ import annotations

from pgassay.errors import MigrationError
from pgassay.migrations.split import Statement, pieces
from pgassay.migrations.statement_kind import kind_of
from pgassay.migrations.tokens import tokens

_LONG, _LONGEST = 100, 5_000  # characters: of a line that is read at a glance, and of what is worth the while
_INDENT = "\n    "
_QUERIES = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "CREATE VIEW", "CREATE MATERIALIZED VIEW", "CREATE INDEX"}
)


def laid_out(sql: str) -> str:
    """Return SQL in which each long statement that stands on one line is laid out.

    Only blanks between tokens change: strings, dollar quotes, quoted names and comments stay as they are. Queries are
    laid out by sqlparse where it is installed, the list of a CREATE TABLE column by column; the rest stays as it is,
    and so does what is no SQL.

    Args:
        sql: Any number of statements.
    """
    if max(map(len, sql.splitlines()), default=0) <= _LONG:
        return sql
    try:
        return "".join(text if found is None else _piece(text, found) for text, found in pieces(sql))
    except MigrationError:
        return sql


def _piece(text: str, statement: Statement) -> str:
    """Lay out the statement of a piece; what stands before it stays."""
    sql = statement.sql
    if "\n" in sql or not _LONG < len(sql) <= _LONGEST:
        return text
    kind = kind_of(statement)
    changed = _by_columns(sql) if kind == "CREATE TABLE" else _by_sqlparse(sql) if kind in _QUERIES else sql
    return text.replace(sql, changed) if _tokens_of(changed) == _tokens_of(sql) else text


def _by_sqlparse(sql: str) -> str:
    try:
        import sqlparse
    except ModuleNotFoundError:
        return sql
    return str(sqlparse.format(sql, reindent=True)).strip()


def _by_columns(sql: str) -> str:
    """Break within the outermost parentheses, behind each comma."""
    parts, depth = list[str](), 0
    for token in tokens(sql):
        text = sql[token.start : token.end]
        depth += {"(": 1, ")": -1}.get(text, 0)
        if (text, depth) in {("(", 1), (",", 1)}:
            parts.append(text + _INDENT)
        elif (text, depth) == (")", 0):
            parts += ["\n", text]
        elif not (text.isspace() and parts and parts[-1].endswith(_INDENT)):
            parts.append(text)
    return "".join(parts)


def _tokens_of(sql: str) -> list[str] | None:
    """Return the tokens, but for the blanks between them; None: it has an end that is missing."""
    try:
        texts = (sql[token.start : token.end] for token in tokens(sql))
        return [text for text in texts if not text.isspace()]
    except MigrationError:
        return None
