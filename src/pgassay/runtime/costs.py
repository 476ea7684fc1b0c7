"""What pg_stat_statements knows: the query, the rows, and why it may not be readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from psycopg import sql

from pgassay.errors import BlindError, UsageError
from pgassay.runtime.errors import StatementError
from pgassay.runtime.masking import without_passwords

_EXTENSION = "pg_stat_statements"
_OLDEST = (1, 8)  # PostgreSQL 13's; before it the columns had other names
_NOT_PRELOADED = "55000"  # object_not_in_prerequisite_state

# Order -> what is sorted by; the keys are those of `StatementCost`.
ORDERS: Mapping[str, str] = {
    "total_time": "total execution time, in ms",
    "mean_time": "mean execution time, in ms",
    "max_time": "longest execution time, in ms",
    "calls": "how often it was executed",
    "rows": "rows that it returned or changed",
    "reads": "blocks that were not in shared buffers",
}

FIND = """
SELECT extension.extversion                                            AS version,
       home.nspname                                                    AS schema,
       pg_catalog.has_schema_privilege(home.oid, 'USAGE')              AS reachable,
       pg_catalog.has_table_privilege(view.oid, 'SELECT')              AS readable,
       pg_catalog.quote_ident(current_user)                            AS role
  FROM (SELECT 'pg_stat_statements'::name AS name) AS wanted
  LEFT JOIN pg_catalog.pg_extension AS extension ON extension.extname = wanted.name
  LEFT JOIN pg_catalog.pg_namespace AS home ON home.oid = extension.extnamespace
  LEFT JOIN pg_catalog.pg_class AS view ON view.relnamespace = home.oid AND view.relname = wanted.name
"""

# Several roles may have executed one statement. What belongs to other roles has no queryid and no text for who may not
# see it, and becomes one row.
_TOP = sql.SQL("""
SELECT CASE WHEN s.queryid IS NULL THEN NULL ELSE pg_catalog.min(s.query) END             AS query,
       pg_catalog.sum(s.calls)::int8                                                      AS calls,
       pg_catalog.sum(s.total_exec_time)                                                  AS total_time,
       pg_catalog.sum(s.total_exec_time) / GREATEST(pg_catalog.sum(s.calls), 1)::float8   AS mean_time,
       pg_catalog.max(s.max_exec_time)                                                    AS max_time,
       pg_catalog.sum(s.rows)::int8                                                       AS rows,
       pg_catalog.sum(s.shared_blks_read)::int8                                           AS reads,
       pg_catalog.sum(s.shared_blks_hit)::int8                                            AS hits,
       COALESCE(pg_catalog.sum(s.total_exec_time)
                / NULLIF(pg_catalog.sum(pg_catalog.sum(s.total_exec_time)) OVER (), 0), 0) AS share
  FROM {place}.pg_stat_statements AS s
  JOIN pg_catalog.pg_database AS d ON d.oid = s.dbid
 WHERE d.datname = pg_catalog.current_database()
 GROUP BY s.queryid
 ORDER BY {order} DESC, pg_catalog.min(s.query)
 LIMIT %s
""")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementCost:
    """What one statement has cost since the statistics were last reset.

    Attributes:
        query: Its text, with $1 in place of constants; None: the statements of other roles, which may not be seen.
        calls: How often it was executed.
        total_time: Milliseconds of execution in all.
        mean_time: Milliseconds of execution, on average.
        max_time: Milliseconds of the longest execution.
        rows: Rows that it returned or changed, in all.
        reads: Blocks (8 kB) that were not in shared buffers, in all.
        hits: Blocks that were in shared buffers, in all.
        share: Its part of the database's execution time, 0 to 1.
    """

    query: str | None
    calls: int
    total_time: float
    mean_time: float
    max_time: float
    rows: int
    reads: int
    hits: int
    share: float


def require_order(by: str) -> str:
    """Return the order.

    Raises:
        UsageError: There is no such order.
    """
    if by not in ORDERS:
        near = get_close_matches(by, ORDERS, n=1)
        hint = f'did you mean "{near[0]}"? ' if near else ""
        raise UsageError(f'statements cannot be ordered by "{by}"', hint=f"{hint}known are {', '.join(ORDERS)}")
    return by


def require_readable(found: Mapping[str, object]) -> str:
    """Return the schema in which the view is.

    Args:
        found: The row that `FIND` returned.

    Raises:
        BlindError: It is not there, too old, or this role may not read it.
    """
    version, schema, role = found["version"], str(found["schema"]), found["role"]
    if version is None:
        raise _blind("the extension is not in this database", f"CREATE EXTENSION {_EXTENSION}")
    if tuple(int(part) for part in str(version).split(".")) < _OLDEST:
        raise _blind(f"the extension's version {version} is too old", f"ALTER EXTENSION {_EXTENSION} UPDATE")
    if not found["reachable"]:
        grant = sql.SQL("GRANT USAGE ON SCHEMA {} TO ").format(sql.Identifier(schema)).as_string(None)
        raise _blind(f'the schema "{schema}" may not be used', f"{grant}{role}")
    if not found["readable"]:
        view = sql.SQL("{}.{}").format(sql.Identifier(schema), sql.Identifier(_EXTENSION)).as_string(None)
        raise _blind("the view may not be read", f"GRANT SELECT ON {view} TO {role}")
    return schema


def unreadable(error: StatementError) -> BlindError | StatementError:
    """Return what an error of the view means; only that it is not preloaded is expected."""
    if error.sqlstate != _NOT_PRELOADED:
        return error
    return _blind(
        "the extension is not preloaded",
        f"add {_EXTENSION} to shared_preload_libraries, and restart the server",
        sqlstate=error.sqlstate,
    )


def compose_top(schema: str, order: str) -> sql.Composed:
    """Return the query for the costliest statements; its one parameter says how many."""
    return _TOP.format(place=sql.Identifier(schema), order=sql.Identifier(order))


def presentable(rows: Sequence[StatementCost]) -> list[StatementCost]:
    """Return the rows without passwords: PostgreSQL keeps ALTER ROLE ... PASSWORD as it was sent."""
    return [replace(row, query=without_passwords(row.query)) if row.query else row for row in rows]


def _blind(why: str, mend: str, *, sqlstate: str | None = None) -> BlindError:
    return BlindError(f"the costs of statements cannot be seen: {why}", hint=mend, sqlstate=sqlstate)
