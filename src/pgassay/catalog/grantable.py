"""Which privileges there are on what, since when, and which of them the predefined roles have everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from pgassay.catalog.record import RoleName

_TABLE = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
PRIVILEGES: Mapping[str, tuple[str, ...]] = {
    "database": ("CONNECT", "CREATE", "TEMPORARY"),
    "schema": ("USAGE", "CREATE"),
    "table": _TABLE,
    "view": _TABLE,
    "materialized view": _TABLE,
    "sequence": ("USAGE", "SELECT", "UPDATE"),
    "function": ("EXECUTE",),
    "aggregate": ("EXECUTE",),
    "foreign-data wrapper": ("USAGE",),
    "foreign server": ("USAGE",),
    "language": ("USAGE",),
    "enum": ("USAGE",),
    "composite type": ("USAGE",),
    "domain": ("USAGE",),
    "range type": ("USAGE",),
    "base type": ("USAGE",),
    "tablespace": ("CREATE",),
    "large object": ("SELECT", "UPDATE"),
}
"""Kind -> every privilege that there is on it, on all majors."""

_SINCE: Mapping[int, Mapping[str, tuple[str, ...]]] = {
    15: {"parameter privileges": ("SET", "ALTER SYSTEM")},
    17: dict.fromkeys(("table", "view", "materialized view"), ("MAINTAIN",)),
}
"""Major -> kind -> the privileges that there are on it since then."""

KINDS = tuple(dict.fromkeys((*PRIVILEGES, *(kind for kinds in _SINCE.values() for kind in kinds))))
"""Every kind that there are privileges on."""

COLUMN_PRIVILEGES = frozenset({"SELECT", "INSERT", "UPDATE", "REFERENCES"})
"""Those that there are on a column alone."""

_RELATIONS = frozenset({"table", "view", "materialized view", "sequence"})
_READ_ALL, _WRITE_ALL, _MAINTAIN = RoleName("pg_read_all_data"), RoleName("pg_write_all_data"), RoleName("pg_maintain")


def privileges_on(kind: str, major: int) -> tuple[str, ...]:
    """Return the privileges that there are on a kind of object in a major; none where it has none."""
    later = (kinds.get(kind, ()) for since, kinds in _SINCE.items() if major >= since)
    return (*PRIVILEGES.get(kind, ()), *chain.from_iterable(later))


def predefined(role: RoleName, kind: str) -> tuple[str, ...]:
    """Return what a predefined role may do everywhere (aclchk.c: pg_class_aclmask_ext, pg_namespace_aclmask_ext)."""
    if kind == "schema":
        return ("USAGE",) if role in {_READ_ALL, _WRITE_ALL} else ()
    if kind not in _RELATIONS:
        return ()
    return {_READ_ALL: ("SELECT",), _WRITE_ALL: ("INSERT", "UPDATE", "DELETE"), _MAINTAIN: ("MAINTAIN",)}.get(role, ())
