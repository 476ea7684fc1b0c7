"""What many kinds have alike: owner, comment and privileges."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from pgassay.catalog.kinds.aggregates import Aggregate
from pgassay.catalog.kinds.base_types import BaseType
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.database import Database
from pgassay.catalog.kinds.foreign_data import ForeignServer
from pgassay.catalog.kinds.functions import Function
from pgassay.catalog.kinds.languages import Language
from pgassay.catalog.kinds.system_objects import SystemObject
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.kinds.types import CompositeType, Domain, Enum, RangeType
from pgassay.catalog.kinds.views import MaterializedView, View
from pgassay.catalog.mends.context import Statements
from pgassay.catalog.mends.naming import named
from pgassay.catalog.record import Grant, Record, RoleName
from pgassay.catalog.roles_map import OWNER, PUBLIC
from pgassay.catalog.sqltext import dotted, literal, on_this_database, quote_name, role, sentence


def _whole(record: Record, statement: str) -> str:
    return on_this_database(statement) if isinstance(record, Database) else f"{statement};"


def set_owner(record: Record, owner: str) -> Statements:
    """Give the object to its owner."""
    if record.KIND == "extension":
        return [
            sentence(
                f"an extension's owner cannot be changed: create it as {quote_name(owner)}, or change the contract"
            )
        ]
    return [_whole(record, f"ALTER {named(record)} OWNER TO {role(owner)}")]


def set_comment(record: Record, comment: str | None) -> Statements:
    """Set the object's comment, or take it away."""
    text = "NULL" if comment is None else literal(comment)
    return [_whole(record, f"COMMENT ON {named(record)} IS {text}")]


def drop(record: Record) -> Statements:
    """Drop the object."""
    return [f"DROP {named(record)};"]


def _granted_on(record: Record, privileges: str) -> str:
    """Return what stands between GRANT and TO."""
    match record:
        case Column():
            return f"{_of_column(privileges, quote_name(record.name))} ON TABLE {dotted(record.schema, record.table)}"
        case SystemObject(object_type="table column"):
            table, column = record.name.rsplit(".", 1)
            return f"{_of_column(privileges, column)} ON TABLE {table}"
        case _:
            return f"{privileges} ON {grantable(record)}"


def _of_column(privileges: str, column: str) -> str:
    return ", ".join(f"{privilege} ({column})" for privilege in privileges.split(", "))


def grantable(record: Record) -> str:
    """Return the object as GRANT names it: views are tables there, and domains types."""
    match record:
        case Table() | View() | MaterializedView():
            return f"TABLE {dotted(*record.identity)}"
        case SystemObject(object_type="view" | "materialized view" | "foreign table"):
            return f"TABLE {record.name}"
        case Domain():
            return f"TYPE {dotted(*record.identity)}"
        case ForeignServer():
            return f"FOREIGN SERVER {quote_name(record.name)}"
        case SystemObject(object_type="server"):
            return f"FOREIGN SERVER {record.name}"
        case _:
            return named(record)


def set_privileges(record: Record, *, missing: Iterable[Grant], extra: Iterable[Grant]) -> Statements:
    """Take away what is too much (what was passed on first), then give what is missing."""
    revokes = sorted(_grouped(extra), key=lambda group: group[0][0] == OWNER)
    statements = [_as_grantor(grantor, _revoke(record, grantee, words)) for (grantor, grantee, _), words in revokes]
    statements += [
        _as_grantor(grantor, _grant(record, grantee, words, grantable=grantable))
        for (grantor, grantee, grantable), words in sorted(_grouped(missing), key=lambda group: group[0][0] != OWNER)
    ]
    return statements


Group = tuple[tuple[RoleName, RoleName, bool], str]


def _grouped(grants: Iterable[Grant]) -> Iterator[Group]:
    """Yield who gave to whom, with the grant option or not, and the privileges in one text."""

    def key(grant: Grant) -> tuple[RoleName, RoleName, bool]:
        return grant.grantor, grant.grantee, grant.grantable

    for group, members in groupby(sorted(grants, key=lambda g: (*key(g), g.privilege)), key=key):
        yield group, ", ".join(grant.privilege for grant in members)


def _grant(record: Record, grantee: str, privileges: str, *, grantable: bool) -> str:
    option = " WITH GRANT OPTION" if grantable else ""
    return _whole(record, f"GRANT {_granted_on(record, privileges)} TO {role(grantee)}{option}")


def _revoke(record: Record, grantee: str, privileges: str) -> str:
    return _whole(record, f"REVOKE {_granted_on(record, privileges)} FROM {role(grantee)}")


def _as_grantor(grantor: RoleName, statement: str) -> str:
    """A superuser's GRANT counts as the owner's; another grantor has to be the one who says it."""
    if grantor == OWNER:
        return statement
    return f"SET ROLE {quote_name(grantor)};\n{statement}\nRESET ROLE;"


BUILT_IN_PUBLIC = {
    Function.KIND: "EXECUTE",
    Aggregate.KIND: "EXECUTE",
    Enum.KIND: "USAGE",
    Domain.KIND: "USAGE",
    CompositeType.KIND: "USAGE",
    RangeType.KIND: "USAGE",
    Language.KIND: "USAGE",
    BaseType.KIND: "USAGE",
}
"""What PUBLIC holds on a new object (acldefault in src/backend/utils/adt/acl.c)."""


def finish(record: Record) -> Statements:
    """Give a new object its owner, privileges and comment."""
    owner = getattr(record, "owner", None)
    statements = set_owner(record, owner) if owner is not None and record.KIND != "extension" else []
    statements += new_privileges(record, owner)
    comment = getattr(record, "comment", None)
    return statements + (set_comment(record, comment) if comment is not None else [])


def new_privileges(record: Record, owner: RoleName | None) -> Statements:
    """Bring a new object's privileges from the built-in ones to what they should be."""
    wanted: frozenset[Grant] = getattr(record, "privileges", frozenset())
    built_in = BUILT_IN_PUBLIC.get(record.KIND)
    given = {Grant(PUBLIC, built_in, False, OWNER)} if built_in else set[Grant]()
    return set_privileges(record, missing=[g for g in wanted - given if g.grantee != owner], extra=given - wanted)


def renamed(record: Record, name: str) -> Statements:
    """Rename the object to what is expected.

    Args:
        record: The object under the name that it has.
        name: The name that it should have.
    """
    if isinstance(record, Constraint):
        table = dotted(record.schema, record.table)
        return [f"ALTER TABLE {table} RENAME CONSTRAINT {quote_name(record.name)} TO {quote_name(name)};"]
    return [f"ALTER {named(record)} RENAME TO {quote_name(name)};"]
