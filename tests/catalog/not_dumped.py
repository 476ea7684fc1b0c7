"""What `pg_dump --schema-only` is known not to carry: kind and attribute (`*`: the object itself) -> the reason."""

from __future__ import annotations

from collections.abc import Mapping

from pgassay.catalog.difference import Difference

WITH_CREATE = "belongs to the database, which is dumped with --create alone"
IN_DATA = "is dumped with the data"

NOT_DUMPED: Mapping[tuple[str, str], str] = {
    ("database", "*"): WITH_CREATE,
    ("database", "privileges"): WITH_CREATE,
    ("database", "settings"): WITH_CREATE,
    ("role setting", "*"): "pg_dumpall dumps what is set for roles",
    ("large object", "*"): IN_DATA,
    ("large object", "owner"): IN_DATA,
    ("large object", "privileges"): IN_DATA,
    ("large object", "comment"): IN_DATA,
    ("materialized view", "populated"): IN_DATA,
    ("constraint", "fires"): "triggers that PostgreSQL made itself are dumped as if they were enabled",
    ("extension", "version"): "an extension is restored at the version that is the newest there",
    ("extension", "owner"): "an extension belongs to who restores it",
}


def is_dumped(difference: Difference) -> bool:
    """Tell whether a dump must show some of a difference."""
    parts = [attribute.name for attribute in difference.attributes] or ["*"]
    return any((difference.kind, part) not in NOT_DUMPED for part in parts)
