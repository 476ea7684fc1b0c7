"""Every row is read, exactly as the server writes it, whoever may see it."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo
from pgassay.errors import CatalogError
from pgassay.proofs.rows_kept.snapshot import Snapshot, TableRows, read_rows, tables_with_rows

Connection = psycopg.Connection[tuple[object, ...]]


@pytest.fixture
def connection(database: Conninfo) -> Iterator[Connection]:
    with psycopg.connect(database.dsn, autocommit=True) as connection:
        yield connection


def read(connection: Connection) -> Snapshot:
    catalog = read_catalog(connection)
    return read_rows(connection, catalog, list(tables_with_rows(catalog)))


def test_values_are_as_the_server_writes_them(connection: Connection) -> None:
    connection.execute("CREATE TABLE t (a numeric, b float8, c date, d money, e json, f bytea, g text)")
    connection.execute("SET lc_monetary = 'C'; SET DateStyle = 'German'; SET bytea_output = 'escape'")
    connection.execute("""INSERT INTO t VALUES (1.00, 'NaN', 'infinity', 1234.5, '{"a":  1}', '\\x00ff', NULL)""")
    (rows,) = read(connection)["public", "t"].rows
    assert rows == (b"1.00", b"NaN", b"infinity", b"$1,234.50", b'{"a":  1}', b"\\x00ff", None)


def test_keys_and_names(connection: Connection) -> None:
    connection.execute('CREATE TABLE "T. %s" ("B""b" int, a int, PRIMARY KEY (a, "B""b")); CREATE TABLE u ()')
    connection.execute('INSERT INTO "T. %s" VALUES (1, 2); INSERT INTO u DEFAULT VALUES')
    assert read(connection) == {
        ("public", "T. %s"): TableRows(('B"b', "a"), ("a", 'B"b'), ((b"1", b"2"),)),
        ("public", "u"): TableRows((), (), ((),)),
    }


def test_what_holds_rows(connection: Connection) -> None:
    """Partitions are their table's; views and foreign tables hold none of ours."""
    connection.execute("CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p DEFAULT")
    connection.execute("CREATE TABLE t (a int); CREATE TABLE child () INHERITS (t); CREATE VIEW v AS TABLE t")
    connection.execute("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w")
    connection.execute(
        "CREATE FOREIGN TABLE f (a int) SERVER s; INSERT INTO p VALUES (1); INSERT INTO child VALUES (2)"
    )
    found = {name: rows.rows for (_, name), rows in read(connection).items()}
    assert found == {"p": ((b"1",),), "t": (), "child": ((b"2",),)}


def test_what_cannot_be_read_is_an_error(connection: Connection) -> None:
    connection.execute("CREATE TABLE t (a int)")
    catalog = read_catalog(connection)
    connection.execute("DROP TABLE t")
    with pytest.raises(
        CatalogError, match=r'the rows of 1 tables could not be read: relation "public\.t" does not exist'
    ):
        read_rows(connection, catalog, [("public", "t")])
