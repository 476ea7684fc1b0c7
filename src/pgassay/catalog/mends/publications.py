"""Mends of publications and of what they publish."""

from __future__ import annotations

from collections.abc import Iterable

from pgassay.catalog.difference import Difference
from pgassay.catalog.kinds.publications import Publication, PublicationSchema, PublicationTable
from pgassay.catalog.mends.common import drop, finish
from pgassay.catalog.mends.context import Context, Mender, Statements, both
from pgassay.catalog.mends.naming import named
from pgassay.catalog.sqltext import dotted, literal, quote_name


def create(publication: Publication, context: Context) -> Statements:
    """Create a publication with all that it publishes."""
    of_all = " FOR ALL TABLES" if publication.all_tables else ""
    options = ", ".join(_option(publication, name) for name in _options(publication))
    members = [*_expected(PublicationTable, publication, context), *_expected(PublicationSchema, publication, context)]
    return [
        f"CREATE {named(publication)}{of_all} WITH ({options});",
        *(statement for member in members for statement in _add(member)),
        *finish(publication),
    ]


def _options(publication: Publication) -> Iterable[str]:
    """Return the options to be said; one that majors up to 17 do not know only where it is in use."""
    generated = ["publish_generated_columns"] if publication.publish_generated_columns != "none" else []
    return ["publish", "publish_via_partition_root", *generated]


def _option(publication: Publication, name: str) -> str:
    value = getattr(publication, name)
    if isinstance(value, bool):
        return f"{name} = {str(value).lower()}"
    return f"{name} = {literal(value if isinstance(value, str) else ', '.join(sorted(value)))}"


Member = PublicationTable | PublicationSchema


def _expected(kind: type[Member], publication: Publication, context: Context) -> list[Member]:
    found = context.expected.records.get(kind.KIND, {}).values()
    return [member for member in found if isinstance(member, kind) and member.publication == publication.name]


def alter(difference: Difference, context: Context) -> Statements:
    """Set options; make anew what is to be for all tables or no longer is."""
    wanted, found = both(difference)
    if difference.attribute("all_tables"):
        return [*drop(found), *create(wanted, context)]
    options = ", ".join(_option(wanted, attribute.name) for attribute in difference.attributes)
    return [f"ALTER {named(wanted)} SET ({options});"]


def _add(member: Member) -> Statements:
    return [f"ALTER PUBLICATION {quote_name(member.publication)} ADD {_named(member)}{_part(member)};"]


def _named(member: Member) -> str:
    """Return the member as ALTER PUBLICATION names it; ONLY, for each heir is a member of its own."""
    if isinstance(member, PublicationSchema):
        return f"TABLES IN SCHEMA {quote_name(member.schema)}"
    return f"TABLE ONLY {dotted(member.schema, member.table)}"


def _part(member: Member) -> str:
    """Return which columns and rows are published, where not all are."""
    if isinstance(member, PublicationSchema):
        return ""
    columns = f" ({', '.join(map(quote_name, sorted(member.columns)))})" if member.columns else ""
    return columns + (f" WHERE ({member.row_filter})" if member.row_filter is not None else "")


def _drop(member: Member) -> Statements:
    return [f"ALTER PUBLICATION {quote_name(member.publication)} DROP {_named(member)};"]


def _alter_member(difference: Difference, _context: Context) -> Statements:
    """Take the table out and in again: no other statement leaves the publication's other tables alone."""
    wanted, found = both(difference)
    return [*_drop(found), *_add(wanted)]


OF_MEMBERS = Mender(create=lambda r, _c: _add(r), drop=lambda r, _c: _drop(r), alter=_alter_member)
MENDERS = {
    Publication.KIND: Mender(create=create, drop=lambda r, _c: drop(r), alter=alter),
    PublicationTable.KIND: OF_MEMBERS,
    PublicationSchema.KIND: OF_MEMBERS,
}
