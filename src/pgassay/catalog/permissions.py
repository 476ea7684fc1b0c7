"""What a role lacks to read the system catalogs, and the GRANT that mends it."""

from __future__ import annotations

import re
from typing import Any

import psycopg
from psycopg import sql

from pgassay.catalog.session import rows_of

# has_*_privilege take oids and anybody may ask them; names of the system's objects need no quoting. Of pg_subscription
# everybody may read all columns but the one that holds a password, and nobody is told to give that away.
LACKING = sql.SQL("""
SELECT 'GRANT SELECT' || coalesce(harmless.columns, '') || ' ON pg_catalog.' || c.relname
       || ' TO ' || quote_ident(current_user) || ';' AS grant
FROM pg_class AS c
LEFT JOIN LATERAL (SELECT ' (' || string_agg(a.attname, ', ' ORDER BY a.attnum) || ')' AS columns
                     FROM pg_attribute AS a
                    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                      AND c.relname = 'pg_subscription' AND a.attname <> 'subconninfo') AS harmless ON true
WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relname = ANY(%(names)s)
  AND NOT has_any_column_privilege(c.oid, 'SELECT')
UNION ALL
SELECT 'GRANT EXECUTE ON FUNCTION pg_catalog.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid)
       || ') TO ' || quote_ident(current_user) || ';'
FROM pg_proc AS p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY(%(names)s)
  AND NOT has_function_privilege(p.oid, 'EXECUTE')
ORDER BY 1
""")


TEXT = re.compile("'(?:[^']|'')*'")
"""A constant: a catalog that is only named in one ('pg_user_mapping'::regclass) is not read, and may hold secrets."""


def needed(connection: psycopg.Connection[Any], query: str) -> str:
    """Return the GRANTs, one a line, that the connected role lacks for a query; empty where it lacks none.

    Args:
        connection: In a transaction of `reading`.
        query: SQL over system catalogs and built-in functions.
    """
    names = sorted(set(re.findall(r"\b[a-z_]+\b", TEXT.sub("", query))))
    try:
        with connection.transaction():
            (rows,) = rows_of(connection, [(LACKING, {"names": names})])
    except psycopg.Error:  # not even pg_class can be read: nothing more to be said
        return ""
    return "\n".join(row["grant"] for row in rows)
