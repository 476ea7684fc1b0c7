"""What `pg_dump --schema-only` is known not to carry: kind and attribute (`*`: the object itself) -> the reason."""

from __future__ import annotations

from collections.abc import Mapping

from pgassay.catalog.difference import Difference

WITH_CREATE = "belongs to the database, which is dumped with --create alone"
IN_DATA = "is dumped with the data"

NOT_DUMPED: Mapping[tuple[str, str], str] = {
    ("database", "*"): WITH_CREATE,
    **{
        ("database", name): WITH_CREATE
        for name in ("connection_limit", "settings", "owner", "privileges", "comment", "allow_connections")
    },
    ("role setting", "*"): "pg_dumpall dumps what is set for roles",
    ("large object", "*"): IN_DATA,
    ("large object", "owner"): IN_DATA,
    ("large object", "privileges"): IN_DATA,
    ("large object", "comment"): IN_DATA,
    ("materialized view", "populated"): IN_DATA,
    ("constraint", "fires"): "triggers that PostgreSQL made itself are dumped as if they were enabled",
    ("subscription", "enabled"): "a subscription is dumped as one that does not connect",
    ("system object", "owner"): "who owns a member of an extension is left to the extension",
    ("extension", "version"): "an extension is restored at the version that is the newest there",
    ("extension", "owner"): "an extension belongs to who restores it",
}

ON_A_MEMBER = "a table that was added to an extension by hand is not restored, nor what is on it"

NOT_RESTORED: Mapping[str, str] = {
    **dict.fromkeys(
        ("language_made", "language_functions", "language_owner", "transform_made", "transform_functions"),
        "a language whose handler is PostgreSQL's own is dumped as if an extension of its name had made it",
    ),
    **dict.fromkeys(
        (f"{case}_of_extension_{way}" for case in ("rule", "trigger", "policy") for way in ("missing", "extra")),
        ON_A_MEMBER,
    ),
    **dict.fromkeys((f"changes_of_extension_{way}" for way in ("there", "back")), ON_A_MEMBER),
    "server_of_extension": "what was added to an extension by hand is dumped as if the extension had made it",
}
"""Cases of `mend_cases` whose dump cannot be restored."""


def is_dumped(difference: Difference) -> bool:
    """Tell whether a dump must show some of a difference."""
    parts = [attribute.name for attribute in difference.attributes] or ["*"]
    return any((difference.kind, part) not in NOT_DUMPED for part in parts)
