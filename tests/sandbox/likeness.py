"""Whether two databases are alike in everything that SQL can see, asked of PostgreSQL's own tables, not of pgassay."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

# Temporary namespaces stay behind, empty; they are PostgreSQL's own.
_CATALOGS = """
SELECT c.oid::regclass::text
  FROM pg_class AS c
 WHERE c.relkind = 'r' AND NOT c.relisshared AND c.relnamespace IN ('pg_catalog'::regnamespace,
                                                                    'information_schema'::regnamespace)
"""
_RELATIONS = """
SELECT c.oid::regclass::text, c.relkind = 'S'
  FROM pg_class AS c
 WHERE c.relkind IN ('r', 'm', 'S') AND c.oid >= 16384 AND c.relpersistence <> 't'
"""
_SHARED = """
SELECT (SELECT (to_jsonb(d) - 'oid' - 'datname')::text FROM pg_database AS d WHERE d.oid = o.oid),
       (SELECT string_agg(concat_ws(' ', s.setrole, s.setconfig), ',' ORDER BY s.setrole)
          FROM pg_db_role_setting AS s WHERE s.setdatabase = o.oid),
       shobj_description(o.oid, 'pg_database'),
       (SELECT string_agg(concat_ws(' ', s.classid, s.objid, s.objsubid, s.refclassid, s.refobjid, s.deptype), ','
                          ORDER BY s.classid, s.objid, s.objsubid, s.refobjid, s.deptype)
          FROM pg_shdepend AS s WHERE s.dbid = o.oid),
       (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()),
       (SELECT count(*) FROM pg_replication_slots WHERE datoid = o.oid),
       (SELECT count(*) FROM pg_stat_activity
         WHERE datid = o.oid AND pid <> pg_backend_pid() AND application_name <> 'pgassay'),
       (SELECT count(*) FROM pg_locks WHERE database = o.oid AND locktype = 'advisory')
  FROM pg_database AS o
 WHERE o.datname = current_database()
"""


def portrait(connection: psycopg.Connection[Any]) -> dict[str, object]:
    """Return all rows of all system catalogs, of all relations in their order, and what is around, as hashes."""
    connection.execute("SET search_path = pg_catalog; SET statement_timeout = '20s'; SET enable_seqscan = on")
    parts: list[sql.Composable] = []
    for (name,) in connection.execute(_CATALOGS).fetchall():
        where = sql.SQL(" WHERE nspname !~ '^pg_(toast_)?temp_'" if name == "pg_namespace" else "")
        query = sql.SQL("SELECT {}, sum(hashtextextended(t::text, 0))::text FROM {} AS t{}")
        parts.append(query.format(name, sql.SQL(name), where))
    for name, is_sequence in connection.execute(_RELATIONS).fetchall():
        query = sql.SQL("SELECT {}, md5(string_agg(t::text, E'\\n')) FROM ONLY {} AS t")
        if is_sequence:
            query = sql.SQL("SELECT {}, concat_ws(' ', last_value, log_cnt, is_called) FROM {} AS t")
        parts.append(query.format(name, sql.SQL(name)))
    found: dict[str, object] = dict(connection.execute(sql.SQL(" UNION ALL ").join(parts)).fetchall())
    found["what is around"] = connection.execute(_SHARED).fetchone()
    return found


def differences(one: dict[str, object], other: dict[str, object]) -> dict[str, tuple[object, object]]:
    """Return what differs between two portraits."""
    keys = {*one, *other}
    return {key: (one.get(key), other.get(key)) for key in sorted(keys) if one.get(key) != other.get(key)}
