"""What a role lacks to read the system catalogs, and the GRANT that mends it."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import sql

from pgassay.catalog.session import rows_of

# to_regclass and has_*_privilege read no catalog with the caller's rights, so they tell even where pg_class itself is
# closed; names of the system's objects need no quoting.
_CATALOGS = sql.SQL("""
SELECT 'GRANT SELECT ON pg_catalog.' || name || ' TO ' || quote_ident(current_user) || ';' AS grant
FROM unnest(%(names)s::text[]) AS name
WHERE name <> 'pg_subscription' AND NOT has_any_column_privilege(to_regclass('pg_catalog.' || name), 'SELECT')
""")

# Of it everybody may read all columns but the one that holds a password, and nobody is told to give that away.
_SUBSCRIPTIONS = sql.SQL("""
SELECT 'GRANT SELECT (' || string_agg(attname, ', ' ORDER BY attnum) || ') ON pg_catalog.pg_subscription TO '
       || quote_ident(current_user) || ';' AS grant
FROM pg_attribute
WHERE attrelid = 'pg_subscription'::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'subconninfo'
  AND 'pg_subscription' = ANY(%(names)s::text[]) AND NOT has_any_column_privilege(attrelid, 'SELECT')
HAVING count(*) > 0
""")

_FUNCTIONS = sql.SQL("""
SELECT 'GRANT EXECUTE ON FUNCTION pg_catalog.' || proname || '(' || pg_get_function_identity_arguments(oid)
       || ') TO ' || quote_ident(current_user) || ';' AS grant
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY(%(names)s::text[])
  AND NOT has_function_privilege(oid, 'EXECUTE')
""")

_READ_FOR_THE_CALLER = {
    "obj_description": ("pg_description", "pg_class"),
    "shobj_description": ("pg_shdescription", "pg_class"),
    "pg_get_ruledef": ("pg_rewrite",),
    "pg_get_viewdef": ("pg_rewrite",),
}
"""Functions that read catalogs with the rights of whoever calls them, where most look things up as the server."""

TEXT = re.compile("'(?:[^']|'')*'")
"""A constant: a catalog that is only named in one ('pg_user_mapping'::regclass) is not read, and may hold secrets."""


def needed(connection: psycopg.Connection[Any], query: str) -> str:
    """Return the GRANTs, one a line, that the connected role lacks for a query; empty where it lacks none.

    Args:
        connection: In a transaction of `reading`.
        query: SQL over system catalogs and built-in functions.
    """
    words = set(re.findall(r"\b[a-z_]+\b", TEXT.sub("", query)))
    names = sorted(words.union(*(_READ_FOR_THE_CALLER[word] for word in words & _READ_FOR_THE_CALLER.keys())))
    lacking = (_asked(connection, question, names) for question in (_CATALOGS, _SUBSCRIPTIONS, _FUNCTIONS))
    return "\n".join(sorted({grant for grants in lacking for grant in grants}))


def _asked(connection: psycopg.Connection[Any], question: sql.SQL, names: list[str]) -> list[str]:
    try:
        with connection.transaction():
            (rows,) = rows_of(connection, [(question, {"names": names})])
    except psycopg.errors.InsufficientPrivilege:  # what would tell is closed, too: its own GRANT is told already
        return []
    return [row["grant"] for row in rows]
