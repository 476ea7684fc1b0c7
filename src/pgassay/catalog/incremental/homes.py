"""Where an object is at home: the relation, function or type that it is read with."""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql

# Catalog -> the home's oid by the object's, `{oid}`. An index is read with its table, a composite type's relation with
# the type; what stands in no catalog of these is read together with all of its kind.
HOMES: dict[str, LiteralString] = {
    "pg_class": "(SELECT CASE WHEN c.relkind = 'c' THEN c.reltype"
    " WHEN c.relkind IN ('i', 'I') THEN (SELECT i.indrelid FROM pg_index AS i WHERE i.indexrelid = c.oid)"
    " ELSE c.oid END FROM pg_class AS c WHERE c.oid = {oid})",
    "pg_constraint": "(SELECT coalesce(nullif(k.conrelid, 0), k.contypid) FROM pg_constraint AS k WHERE k.oid = {oid})",
    "pg_attrdef": "(SELECT d.adrelid FROM pg_attrdef AS d WHERE d.oid = {oid})",
    "pg_trigger": "(SELECT t.tgrelid FROM pg_trigger AS t WHERE t.oid = {oid})",
    "pg_rewrite": "(SELECT r.ev_class FROM pg_rewrite AS r WHERE r.oid = {oid})",
    "pg_policy": "(SELECT p.polrelid FROM pg_policy AS p WHERE p.oid = {oid})",
    "pg_statistic_ext": "(SELECT s.stxrelid FROM pg_statistic_ext AS s WHERE s.oid = {oid})",
    "pg_type": "{oid}",
    "pg_proc": "{oid}",
}


def home_of(classid: sql.Composable, oid: sql.Composable) -> sql.Composed:
    """Return an expression for an object's home, NULL where it cannot be read alone.

    Args:
        classid: An expression for the catalog that the object is of.
        oid: One for its oid there.
    """
    cases = (
        sql.SQL("WHEN {catalog}::regclass THEN {home}").format(
            catalog=sql.Literal(catalog), home=sql.SQL(home).format(oid=oid)
        )
        for catalog, home in HOMES.items()
    )
    return sql.SQL("CASE {classid} {cases} END").format(classid=classid, cases=sql.SQL(" ").join(cases))
