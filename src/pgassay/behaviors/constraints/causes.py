"""Why a constraint lets an invalid row pass, and what can be done."""

from __future__ import annotations

from typing import Any, cast

import psycopg

from pgassay.behaviors.constraints.find import Rule
from pgassay.behaviors.constraints.invalid import Breaker, Texts
from pgassay.behaviors.rows.shape import Check
from pgassay.behaviors.scene import Relation
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.indexes import Index
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import quote_name

Cause = tuple[str, str]  # why, and the mend

OFF = "the triggers that do its work are switched off"
_REPLICA = """
SELECT source, quote_ident(session_user)
  FROM pg_catalog.pg_settings WHERE name = 'session_replication_role' AND setting = 'replica'
"""
_RESET = {"database": "ALTER DATABASE ... RESET", "user": "ALTER ROLE {} RESET"}


def why_accepted(rule: Rule, index: Index | None, catalog: Catalog, breaker: Breaker, row: Texts) -> Cause:
    """Return why a constraint lets a row pass that breaks it, and the mend.

    Args:
        rule: The constraint or unique index.
        index: The index that does its work, or None.
        catalog: The database's catalog.
        breaker: What made the row.
        row: The row.
    """
    if isinstance(rule.record, Constraint):
        if not rule.record.enforced:
            return "it is NOT ENFORCED", rule.mend
        if (cause := rests(rule.record, breaker.maker.connection)) is not None:
            return cause
        if not rule.record.fires:
            return OFF, f"ALTER TABLE {Relation(rule.record.schema, rule.record.table)} ENABLE TRIGGER ALL;"
    return (_unfinished(index, catalog) or _unsteady(index, breaker, row) if index else None) or ("", rule.mend)


def rests(constraint: Constraint, connection: psycopg.Connection[Any]) -> Cause | None:
    """Say that a session applies what is replicated, in which no foreign key is looked at and nothing deferred."""
    found = connection.execute(_REPLICA).fetchone()
    if found is None or not (constraint.constraint_type == "foreign key" or constraint.deferrable):
        return None
    source, role = found
    reset = _RESET.get(source, "ALTER ROLE {} IN DATABASE ... RESET").format(role)
    return "session_replication_role is replica for this role here", f"{reset} session_replication_role;"


def _unfinished(index: Index, catalog: Catalog) -> Cause | None:
    if index.valid and index.ready:
        return None
    if not index.of_partitioned:
        return "its index was not built to its end", f"REINDEX INDEX {Relation(index.schema, index.name)};"
    bare = ", ".join(_bare(index, catalog))
    return f"it has no part on {bare}", f"make such an index on {bare}, and ALTER INDEX ... ATTACH PARTITION"


def _bare(index: Index, catalog: Catalog) -> list[str]:
    """Return the partitions that have no part of a partitioned table's index."""
    name = ".".join(map(quote_name, index.identity))
    table = ".".join(map(quote_name, (index.schema, index.table)))
    indexes = (cast(Index, record) for record in catalog.records["index"].values())
    covered = {(part.schema, part.table) for part in indexes if name in part.parents}
    tables = (cast(Table, record) for record in catalog.records["table"].values())
    return [str(Relation(*t.identity)) for t in tables if table in t.parents and t.identity not in covered]


def _unsteady(index: Index, breaker: Breaker, row: Texts) -> Cause | None:
    """Say that a key is not one value: what a function in it gives is not decided by its arguments."""
    keys = [f"({key.expression})" for key in index.columns]
    same = Check("its key is steady", " AND ".join(f"{key} IS NOT DISTINCT FROM {key}" for key in keys), frozenset())
    if breaker.holds(same, row):
        return None
    return "its key is now this and now that, for one and the same row", "let its functions really be IMMUTABLE"
