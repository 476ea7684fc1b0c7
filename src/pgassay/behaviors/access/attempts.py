"""What is tried: for each action one statement that gets past the privilege check, and does nothing then.

Either nothing is there to be done (`WHERE false`), or the statement fails right after the check, with an SQLSTATE of
its own, on something that is not there. Where that is, PostgreSQL's sources say; a test on every major holds it to it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from psycopg import sql

from pgassay.behaviors.access.declared import RELATIONS, TYPES, on_column, takes
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds.columns import Column
from pgassay.catalog.kinds.constraints import Constraint
from pgassay.catalog.kinds.sequences import Sequence as SequenceRecord
from pgassay.catalog.kinds.tables import Table
from pgassay.catalog.record import Identity, Record

WORKSHOP = "pgassay: access is tried"
"""A schema that the acting role may use and create in, for as long as it is tried."""

BENCH = sql.Identifier(WORKSHOP, "bench")
"""A table in it that the role owns; its columns are of a type that no key has."""

BENCH_COLUMNS = tuple(f"c{number}" for number in range(1, 33))  # no key has more
_MISSING = sql.Identifier("pg_catalog", "pgassay: is not there")
_TOP, _BOTTOM = 2**63 - 1, -(2**63)


@dataclass(frozen=True, slots=True)
class Statement:
    """One try.

    Attributes:
        text: What is sent.
        passed: The SQLSTATE that says that the privilege check was passed, beside success.
    """

    text: sql.Composable
    passed: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a statement must know of a relation beside its name.

    Attributes:
        columns: Its columns, in order.
        key: The columns of one of its keys; empty: it has none that could be referred to.
    """

    columns: Sequence[Column]
    key: Sequence[str]


def shapes(catalog: Catalog) -> Mapping[Identity, Shape]:
    """Return the shape of each relation of a catalog."""
    columns: dict[Identity, list[Column]] = {}
    for record in catalog.records.get("column", {}).values():
        column = cast(Column, record)
        columns.setdefault((column.schema, column.table), []).append(column)
    keys: dict[Identity, Sequence[str]] = {}
    for record in catalog.records.get("constraint", {}).values():
        constraint = cast(Constraint, record)
        if constraint.constraint_type in {"primary key", "unique"} and not constraint.deferrable:
            keys.setdefault((constraint.schema, constraint.table), constraint.columns)
    return {
        identity: Shape(columns.get(identity, ()), keys.get(identity, ()))
        for kind in RELATIONS
        for identity in catalog.records.get(kind, {})
    }


def on_relation(record: Record, shape: Shape, actions: Container[str]) -> Iterator[tuple[str, Statement]]:
    """Yield the tries on a table or view; on single columns only those that are among the actions."""
    name = sql.Identifier(*record.identity)
    foreign = isinstance(record, Table) and record.table_kind == "foreign table"
    yield from _rows(name, shape, actions, foreign=foreign)
    yield "TRUNCATE", Statement(sql.SQL("TRUNCATE {}, {}").format(name, _MISSING), "42P01")
    trigger = sql.SQL('CREATE TRIGGER "pgassay" AFTER DELETE ON {} FOR EACH STATEMENT EXECUTE FUNCTION {}()')
    yield "TRIGGER", Statement(trigger.format(name, _MISSING), "42883")
    yield "MAINTAIN", Statement(sql.SQL('CLUSTER {} USING "pgassay: is not there"').format(name), "42704")
    if shape.key:
        yield "REFERENCES", _references(name, shape.key)


def _rows(
    name: sql.Identifier, shape: Shape, actions: Container[str], *, foreign: bool
) -> Iterator[tuple[str, Statement]]:
    """Yield SELECT, INSERT, UPDATE and DELETE, on the whole and on each column.

    A foreign table's server must not be called: what writes is explained, which checks the same and opens nothing.
    """
    head = sql.SQL("EXPLAIN " if foreign else "")
    yield "DELETE", Statement(sql.SQL("{}DELETE FROM {} WHERE false").format(head, name))
    for action, form in _FORMS.items():
        columns = [column.name for column in shape.columns if takes(action, column)]
        if columns or action == "SELECT":
            yield action, Statement(head + form(name, columns))
        for column in columns:
            if (on_one := on_column(action, column)) in actions:
                yield on_one, Statement(head + form(name, [column]))


def _select(name: sql.Identifier, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("SELECT {} FROM {} WHERE false").format(_names(columns), name)


def _insert(name: sql.Identifier, columns: Sequence[str]) -> sql.Composed:
    nulls = sql.SQL(", ").join([sql.NULL] * len(columns))
    return sql.SQL("INSERT INTO {} ({}) SELECT {} WHERE false").format(name, _names(columns), nulls)


def _update(name: sql.Identifier, columns: Sequence[str]) -> sql.Composed:
    sets = sql.SQL(", ").join(sql.SQL("{} = NULL").format(sql.Identifier(column)) for column in columns)
    return sql.SQL("UPDATE {} SET {} WHERE false").format(name, sets)


_FORMS: Mapping[str, Callable[[sql.Identifier, Sequence[str]], sql.Composed]] = {
    "SELECT": _select,
    "INSERT": _insert,
    "UPDATE": _update,
}


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _references(name: sql.Identifier, key: Sequence[str]) -> Statement:
    """The types of a foreign key are compared after the privilege: those of the bench fit no key."""
    text = sql.SQL("ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} ({})")
    return Statement(text.format(BENCH, _names(BENCH_COLUMNS[: len(key)]), name, _names(key)), "42804")


def on_sequence(sequence: SequenceRecord) -> Iterator[tuple[str, Statement]]:
    """Yield the tries on a sequence; none moves it, for what moves it is not undone by a rollback."""
    name = sql.Identifier(sequence.schema, sequence.name)
    text = sql.Literal(name.as_string())
    yield "SELECT", Statement(sql.SQL("SELECT * FROM {} WHERE false").format(name))
    yield "USAGE", Statement(sql.SQL("SELECT pg_catalog.currval({})").format(text), "55000")
    beyond = sequence.maximum + 1 if sequence.maximum < _TOP else sequence.minimum - 1
    if beyond >= _BOTTOM:
        yield "UPDATE", Statement(sql.SQL("SELECT pg_catalog.setval({}, {})").format(text, beyond), "22003")


def on_schema(record: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the tries on a schema."""
    inside = sql.Identifier(record.identity[0], "pgassay: is not there")
    yield "USAGE", Statement(sql.SQL("SELECT FROM {}").format(inside), "42P01")
    yield "CREATE", Statement(sql.SQL("CREATE TABLE {} (LIKE {})").format(inside, _MISSING), "42P01")


def on_database(_: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the tries on the database that one is in; whoever is in it is not asked for CONNECT."""
    yield "CREATE", Statement(sql.SQL('CREATE SCHEMA "pgassay: tried"'))
    temporary = sql.SQL('CREATE TEMPORARY TABLE "pgassay: tried" (LIKE {})')
    yield "TEMPORARY", Statement(temporary.format(_MISSING), "42P01")


def on_type(record: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the try on a type."""
    name = sql.Identifier(*record.identity)
    yield "USAGE", Statement(sql.SQL("ALTER TABLE {} ADD COLUMN tried {}").format(BENCH, name))


def on_language(record: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the try on a language: what the function returns is looked up after the language."""
    text = sql.SQL("CREATE FUNCTION {}() RETURNS {} LANGUAGE {} AS ''")
    missing = sql.Identifier("pgassay: is not there", "x")
    function = sql.Identifier(WORKSHOP, "tried")
    yield "USAGE", Statement(text.format(function, missing, sql.Identifier(record.identity[0])), "3F000")


def on_wrapper(record: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the try on a foreign-data wrapper."""
    text = sql.SQL('CREATE SERVER "pgassay: tried" FOREIGN DATA WRAPPER {}')
    yield "USAGE", Statement(text.format(sql.Identifier(record.identity[0])))


def on_server(record: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the try on a foreign server: a table that is never looked into does not call it."""
    text = sql.SQL("CREATE FOREIGN TABLE {} () SERVER {}")
    yield "USAGE", Statement(text.format(sql.Identifier(WORKSHOP, "tried"), sql.Identifier(record.identity[0])))


def on_large_object(record: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the tries on a large object: no byte is read or written."""
    number = sql.Literal(int(record.identity[0]))
    yield "SELECT", Statement(sql.SQL("SELECT pg_catalog.lo_get({}, 0, 0)").format(number))
    yield "UPDATE", Statement(sql.SQL("SELECT pg_catalog.lo_put({}, 0, '')").format(number))


ON: Mapping[str, Callable[[Any], Iterator[tuple[str, Statement]]]] = {
    "sequence": on_sequence,
    "schema": on_schema,
    "database": on_database,
    "language": on_language,
    "foreign-data wrapper": on_wrapper,
    "foreign server": on_server,
    "large object": on_large_object,
    **dict.fromkeys(TYPES, on_type),
}
"""Kind -> its tries. Relations and routines need to know more than their record; tablespaces and parameters are
the cluster's, and not tried."""
