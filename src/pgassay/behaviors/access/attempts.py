"""What is tried: for each action one statement that gets past the privilege check, and does nothing then.

Either nothing is there to be done (`WHERE false`), or the statement fails right after the check, with an SQLSTATE of
its own, on something that is not there. Where that is, PostgreSQL's sources say; a test on every major holds it to it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString, cast

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
"""A table in it that the role owns; its columns are of a type that no key has. It is unlogged, so that it might refer
to a table that is."""

CHOICE = sql.Identifier(WORKSHOP, "choice")
"""An enum in it."""

BENCH_COLUMNS = tuple(f"c{number}" for number in range(1, 33))  # no key has more
_MISSING = sql.Identifier("pg_catalog", "pgassay: is not there")
_TWICE = sql.SQL("OPTIONS (pgassay '1', pgassay '2')")  # an option that is said twice is seen before any is asked for
_READ_ONLY = sql.SQL("SELECT CASE WHEN pg_catalog.set_config('transaction_read_only', 'on', true) = 'on' THEN {} END")


MOOT = "22012"  # a division by zero


@dataclass(frozen=True, slots=True)
class Statement:
    """One try.

    Attributes:
        text: What is sent.
        passed: The SQLSTATE that says that the privilege check was passed, beside success.
        moot: Why a role is not asked for the privilege, where it fails by `MOOT`; empty: every role is.
        before: What a superuser does first, in the same transaction.
    """

    text: sql.Composable
    passed: str = ""
    moot: str = ""
    before: sql.Composed | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """What a statement must know of a relation beside its name.

    Attributes:
        columns: Its columns, in order.
        key: The columns of one of its keys; empty: it has none that could be referred to.
        unwritable: Actions on columns of a view that nobody can do, as `INSERT (email)`.
    """

    columns: Sequence[Column]
    key: Sequence[str]
    unwritable: frozenset[str] = frozenset()

    def written(self, action: str) -> Sequence[Column]:
        """Return the columns that an action on the whole is on; of what nobody can write all, which then says so."""
        taking = [column for column in self.columns if takes(action, column)]
        written = [column for column in taking if on_column(action, column.name) not in self.unwritable]
        return written or taking or [column for column in self.columns if action == "UPDATE"]


_NOTHING: Mapping[Identity, frozenset[str]] = {}


def shapes(catalog: Catalog, unwritable: Mapping[Identity, frozenset[str]] = _NOTHING) -> Mapping[Identity, Shape]:
    """Return the shape of each relation of a catalog.

    Args:
        catalog: The catalog.
        unwritable: View -> what nobody can do with its columns, as `INSERT (email)`; default: nothing is known of them.
    """
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
        identity: Shape(columns.get(identity, ()), keys.get(identity, ()), unwritable.get(identity, frozenset()))
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
        columns = shape.written(action)
        if columns or action != "UPDATE":
            yield action, Statement(head + form(name, columns))
        for column in shape.columns:
            if (on_one := on_column(action, column.name)) in actions:
                yield on_one, Statement(head + form(name, [column]))


def _select(name: sql.Identifier, columns: Sequence[Column]) -> sql.Composed:
    return sql.SQL("SELECT {} FROM {} WHERE false").format(_listed(columns), name)


def _insert(name: sql.Identifier, columns: Sequence[Column]) -> sql.Composed:
    nulls = sql.SQL(", ").join([sql.NULL] * len(columns))
    into = sql.SQL("({}) ").format(_listed(columns)) if columns else sql.SQL("")
    return sql.SQL("INSERT INTO {} {}SELECT {} WHERE false").format(name, into, nulls)


def _update(name: sql.Identifier, columns: Sequence[Column]) -> sql.Composed:
    """Only where it must be, a column is set to its default: that might call a function which the role may not."""
    sets = (
        sql.SQL("{} = {}").format(sql.Identifier(one.name), sql.NULL if takes("UPDATE", one) else sql.DEFAULT)
        for one in columns
    )
    return sql.SQL("UPDATE {} SET {} WHERE false").format(name, sql.SQL(", ").join(sets))


_FORMS: Mapping[str, Callable[[sql.Identifier, Sequence[Column]], sql.Composed]] = {
    "SELECT": _select,
    "INSERT": _insert,
    "UPDATE": _update,
}


def _listed(columns: Sequence[Column]) -> sql.Composed:
    return _names([column.name for column in columns])


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


def _references(name: sql.Identifier, key: Sequence[str]) -> Statement:
    """The types of a foreign key are compared after the privilege: those of the bench fit no key.

    To what has no key nobody can refer, which the server says first.
    """
    text = sql.SQL("ALTER TABLE {} ADD FOREIGN KEY ({}) REFERENCES {} {}")
    columns = sql.SQL("({})").format(_names(key)) if key else sql.SQL("")
    return Statement(text.format(BENCH, _names(BENCH_COLUMNS[: len(key) or 1]), name, columns), "42804")


def on_sequence(sequence: SequenceRecord) -> Iterator[tuple[str, Statement]]:
    """Yield the tries on a sequence; none moves it, for what moves it is not undone by a rollback.

    SELECT is enough for currval(), and UPDATE for nextval(): USAGE is what gives both.
    """
    name = sql.Identifier(sequence.schema, sequence.name)
    text = sql.Literal(name.as_string())
    following, setting = (sql.SQL(form).format(text) for form in _MOVES)
    yield "SELECT", Statement(sql.SQL("SELECT * FROM {} WHERE false").format(name))
    yield "USAGE", Statement(sql.SQL("SELECT pg_catalog.currval({})").format(text), "55000")
    yield "USAGE", Statement(_READ_ONLY.format(following), "25006")
    yield "UPDATE", Statement(_READ_ONLY.format(setting), "25006")


_MOVES: tuple[LiteralString, ...] = ("pg_catalog.nextval({})", "pg_catalog.setval({}, 1)")


def on_schema(record: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the tries on a schema."""
    inside = sql.Identifier(record.identity[0], "pgassay: is not there")
    yield "USAGE", Statement(sql.SQL("SELECT FROM {}").format(inside), "42P01")
    yield "CREATE", Statement(sql.SQL("CREATE TABLE {} (LIKE {})").format(inside, _MISSING), "42P01")


def on_database(_: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the tries on the database that one is in.

    Its size is told to whoever may connect, which NOLOGIN does not matter for, and to who may read all statistics:
    those are not asked for CONNECT.
    """
    yield "CONNECT", Statement(_SIZE, moot="who may read all statistics is not asked for it")
    yield "CREATE", Statement(sql.SQL('CREATE SCHEMA "pgassay: tried"'))
    temporary = sql.SQL('CREATE TEMPORARY TABLE "pgassay: tried" (LIKE {})')
    yield "TEMPORARY", Statement(temporary.format(_MISSING), "42P01")


_SIZE = sql.SQL("""
SELECT pg_catalog.pg_database_size(pg_catalog.current_database()) OPERATOR(pg_catalog./)
       CASE WHEN pg_catalog.current_setting('is_superuser') = 'on'
              OR NOT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') THEN 1 ELSE 0 END
""")


_NOT_OWN = sql.SQL("""
SELECT 1 OPERATOR(pg_catalog./) pg_catalog.count(*)
  FROM pg_catalog.pg_database AS d JOIN pg_catalog.pg_tablespace AS t ON t.oid = d.dattablespace
 WHERE d.datname = pg_catalog.current_database() AND t.spcname <> {}
""")


def on_tablespace(record: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the tries on a tablespace: a table's options are looked at after the privilege, and nothing is made."""
    name = record.identity[0]
    yield "CREATE", Statement(_NOT_OWN.format(sql.Literal(name)), moot="it is the database's own, open to everybody")
    table = sql.SQL("CREATE TABLE {} () WITH (pgassay = 1) TABLESPACE {}")
    yield "CREATE", Statement(table.format(sql.Identifier(WORKSHOP, "tried"), sql.Identifier(name)), "22023")


def on_parameter(record: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the try of setting a parameter, to its default and for a savepoint; ALTER SYSTEM goes into none."""
    text = sql.SQL("SELECT pg_catalog.set_config({}, NULL, true)")
    yield "SET", Statement(text.format(sql.Literal(record.identity[0])))


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
    """Yield the try on a foreign-data wrapper, which is not asked itself."""
    text = sql.SQL('CREATE SERVER "pgassay: tried" FOREIGN DATA WRAPPER {} {}')
    yield "USAGE", Statement(text.format(sql.Identifier(record.identity[0]), _TWICE), "42710")


def on_server(record: Record) -> Iterator[tuple[str, Statement]]:
    """Yield the try on a foreign server: neither it nor its wrapper is asked."""
    text = sql.SQL("CREATE FOREIGN TABLE {} () SERVER {} {}")
    table = sql.Identifier(WORKSHOP, "tried")
    yield "USAGE", Statement(text.format(table, sql.Identifier(record.identity[0]), _TWICE), "42710")


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
    "tablespace": on_tablespace,
    "parameter privileges": on_parameter,
    **dict.fromkeys(TYPES, on_type),
}
"""Kind -> its tries; what is yielded twice is done where both are. Relations and routines need to know more than their
record, and ALTER SYSTEM a session that is in no transaction."""
