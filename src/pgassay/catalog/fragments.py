"""Pieces of SQL that the queries of several kinds share, so that they say the same thing everywhere."""

from __future__ import annotations

from typing import LiteralString

from psycopg import sql


def made(catalog: LiteralString, oid: LiteralString) -> sql.Composable:
    """Say that an object was made by a user: neither by initdb nor by an extension.

    What initdb makes has an oid below 16384 (transam.h, FirstNormalObjectId). Members are few in most databases, and
    found by what they are members of: by what they are, all of pg_depend would be gone through for each kind.
    """
    return sql.SQL(
        "{oid} >= 16384 AND {oid} NOT IN (SELECT member.objid FROM pg_depend AS member"
        " WHERE member.refclassid = 'pg_extension'::regclass AND member.classid = {catalog}::regclass"
        " AND member.deptype = 'e')"
    ).format(oid=sql.SQL(oid), catalog=sql.Literal(catalog))


def extension_of(catalog: LiteralString, oid: LiteralString) -> sql.Composable:
    """Select the name of the extension whose member an object is, NULL where it is none's."""
    return sql.SQL(
        "(SELECT ext.extname FROM pg_depend AS member JOIN pg_extension AS ext ON ext.oid = member.refobjid"
        " WHERE member.classid = {catalog}::regclass AND member.objid = {oid} AND member.objsubid = 0"
        " AND member.refclassid = 'pg_extension'::regclass AND member.deptype = 'e')"
    ).format(oid=sql.SQL(oid), catalog=sql.Literal(catalog))


def comment(catalog: LiteralString, oid: LiteralString, column: LiteralString = "0") -> sql.Composable:
    """Select an object's comment, or that on a column of it: obj_description() takes ten times as long for each."""
    return sql.SQL(
        "(SELECT note.description FROM pg_description AS note"
        " WHERE note.objoid = {oid} AND note.classoid = {catalog}::regclass AND note.objsubid = {column})"
    ).format(oid=sql.SQL(oid), catalog=sql.Literal(catalog), column=sql.SQL(column))


def seen(schema: LiteralString) -> sql.Composable:
    """Say that the schema of this name (an expression) is one that is looked into.

    Temporary objects live as long as a session, pg_toast holds what a table's rows cannot, and the ledger in `pgassay`
    says which migrations were applied: none of them is part of the schema.
    """
    return sql.SQL("{schema} <> 'pgassay' AND {schema} !~ '^pg_(toast$|temp_|toast_temp_)'").format(
        schema=sql.SQL(schema)
    )


def grants(acl: LiteralString, sort: LiteralString, owner: LiteralString) -> sql.Composable:
    """Select privileges as an array of {grantee, privilege, grantable, grantor}; the built-in ones where acl is NULL.

    Args:
        acl: The column.
        sort: What acldefault() calls this sort of object: `r` relation, `s` sequence, `f` function, `n` schema, ...
        owner: The owner's oid.
    """
    return sql.SQL(
        "(SELECT array_agg(ARRAY["
        "CASE granted.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(granted.grantee)::text END,"
        " granted.privilege_type, granted.is_grantable::text,"
        " CASE granted.grantor WHEN {owner} THEN 'owner' ELSE pg_get_userbyid(granted.grantor)::text END])"
        " FROM aclexplode(coalesce({acl}, acldefault({sort}, {owner}))) AS granted)"
    ).format(acl=sql.SQL(acl), sort=sql.Literal(sort), owner=sql.SQL(owner))


def qualified(schema: LiteralString, name: LiteralString) -> sql.Composable:
    """Select a qualified name as SQL writes it."""
    return sql.SQL("quote_ident({schema}) || '.' || quote_ident({name})").format(
        schema=sql.SQL(schema), name=sql.SQL(name)
    )


def relation(oid: LiteralString) -> sql.Composable:
    """Select the qualified name of a relation by its oid, NULL for 0."""
    return sql.SQL(
        "(SELECT {name} FROM pg_class AS rel JOIN pg_namespace AS reln ON reln.oid = rel.relnamespace"
        " WHERE rel.oid = {oid})"
    ).format(name=qualified("reln.nspname", "rel.relname"), oid=sql.SQL(oid))


def function(oid: LiteralString) -> sql.Composable:
    """Select the qualified name of a function by its oid, NULL for 0."""
    return sql.SQL(
        "(SELECT {name} FROM pg_proc AS fn JOIN pg_namespace AS fnn ON fnn.oid = fn.pronamespace WHERE fn.oid = {oid})"
    ).format(name=qualified("fnn.nspname", "fn.proname"), oid=sql.SQL(oid))


def signature(oid: LiteralString) -> sql.Composable:
    """Select the qualified name of a function with the types of its arguments, NULL for 0."""
    return sql.SQL(
        "(SELECT {name} || '(' || coalesce((SELECT string_agg(format_type(arg.type, NULL), ', ' ORDER BY arg.n)"
        " FROM unnest(fn.proargtypes) WITH ORDINALITY AS arg(type, n)), '') || ')'"
        " FROM pg_proc AS fn JOIN pg_namespace AS fnn ON fnn.oid = fn.pronamespace WHERE fn.oid = {oid})"
    ).format(name=qualified("fnn.nspname", "fn.proname"), oid=sql.SQL(oid))


def operator(oid: LiteralString) -> sql.Composable:
    """Select the qualified name of an operator by its oid, NULL for 0; operators are never quoted."""
    return sql.SQL(
        "(SELECT quote_ident(opn.nspname) || '.' || op.oprname"
        " FROM pg_operator AS op JOIN pg_namespace AS opn ON opn.oid = op.oprnamespace WHERE op.oid = {oid})"
    ).format(oid=sql.SQL(oid))


def uses(catalog: LiteralString, oid: LiteralString, itself: LiteralString = "0") -> sql.Composable:
    """Select the qualified names of the relations and functions that what has this oid depends on, sorted.

    What initdb made is left out: it is always there.

    Args:
        catalog: Where the dependent object is.
        oid: Its oid.
        itself: The relation that it is a part of: up to 15 a view's rule depends on the view.
    """
    return sql.SQL(
        "(SELECT array_agg(DISTINCT used.name ORDER BY used.name) FROM pg_depend AS dep"
        " CROSS JOIN LATERAL (SELECT CASE dep.refclassid WHEN 'pg_class'::regclass THEN {relation}"
        " ELSE {signature} END) AS used (name)"
        " WHERE dep.classid = {catalog}::regclass AND dep.objid = {oid} AND dep.deptype = 'n' AND dep.refobjid >= 16384"
        " AND NOT (dep.refclassid = 'pg_class'::regclass AND dep.refobjid = {itself})"
        " AND dep.refclassid IN ('pg_class'::regclass, 'pg_proc'::regclass))"
    ).format(
        relation=relation("dep.refobjid"),
        signature=signature("dep.refobjid"),
        catalog=sql.Literal(catalog),
        oid=sql.SQL(oid),
        itself=sql.SQL(itself),
    )


def type_name(oid: LiteralString) -> sql.Composable:
    """Select the name of a type by its oid, NULL for 0."""
    return sql.SQL("format_type(nullif({oid}, 0), NULL)").format(oid=sql.SQL(oid))


def collation(oid: LiteralString, usual: LiteralString) -> sql.Composable:
    """Select a collation's name, short where it is in pg_catalog; NULL where it is the usual one or there is none."""
    return sql.SQL(
        "CASE WHEN {oid} <> {usual} THEN"
        " (SELECT CASE coln.nspname WHEN 'pg_catalog' THEN quote_ident(col.collname) ELSE {name} END"
        " FROM pg_collation AS col JOIN pg_namespace AS coln ON coln.oid = col.collnamespace"
        " WHERE col.oid = {oid}) END"
    ).format(name=qualified("coln.nspname", "col.collname"), oid=sql.SQL(oid), usual=sql.SQL(usual))


def columns(table: LiteralString, numbers: LiteralString) -> sql.Composable:
    """Select the names of a table's columns by an array of their numbers, in that order; 0, an expression, is none.

    One look-up a name: a join would read all of the table's columns. Most often it is one name, which needs no order.
    """
    return sql.SQL(
        "CASE cardinality({numbers}) WHEN 1 THEN ARRAY(SELECT att.attname FROM pg_attribute AS att"
        " WHERE att.attrelid = {table} AND att.attnum = ({numbers})[array_lower({numbers}, 1)]) ELSE"
        " ARRAY(SELECT (SELECT att.attname FROM pg_attribute AS att"
        " WHERE att.attrelid = {table} AND att.attnum = wanted.attnum)"
        " FROM unnest({numbers}) WITH ORDINALITY AS wanted(attnum, n) WHERE wanted.attnum <> 0 ORDER BY wanted.n) END"
    ).format(table=sql.SQL(table), numbers=sql.SQL(numbers))


def parents(oid: LiteralString) -> sql.Composable:
    """Select the qualified names of what a relation inherits from or is a partition of, in order."""
    return sql.SQL(
        "(SELECT array_agg({name} ORDER BY inh.inhseqno) FROM pg_inherits AS inh"
        " JOIN pg_class AS par ON par.oid = inh.inhparent JOIN pg_namespace AS parn ON parn.oid = par.relnamespace"
        " WHERE inh.inhrelid = {oid})"
    ).format(name=qualified("parn.nspname", "par.relname"), oid=sql.SQL(oid))


def tablespace(oid: LiteralString) -> sql.Composable:
    """Select a tablespace's name, NULL for the database's own (0)."""
    return sql.SQL(
        "CASE WHEN {oid} <> 0 THEN (SELECT ts.spcname FROM pg_tablespace AS ts WHERE ts.oid = {oid}) END"
    ).format(oid=sql.SQL(oid))
