"""Reading under difficulties: few rights, locks, odd names, a database of no encoding."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from pgassay.catalog import deparsing, read, rows, session
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.kinds import KINDS
from pgassay.catalog.read import read_catalog
from pgassay.catalog.sqltext import dotted, quote_name
from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError, CatalogError, UsageError
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from tests.catalog.conftest import Subject

ODD = ['"', "a.b", "Upper Case", " ", "😀", "é" * 31 + "x", "select", "it's", "%s", "{}", "back\\slash", "new\nline"]


OBJECTS = """
        CREATE SCHEMA hidden;
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        CREATE TABLE hidden.t (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int DEFAULT 1 + 2 CHECK (a > 0), b text
        );
        CREATE TABLE hidden.far (t bigint REFERENCES hidden.t, CHECK (t > 0));
        CREATE INDEX live ON hidden.t (lower(b)) WHERE a > 1;
        CREATE INDEX plain ON hidden.t (b);
        CREATE FUNCTION hidden.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TRIGGER moved BEFORE UPDATE ON hidden.t FOR EACH ROW WHEN (new.a > 1) EXECUTE FUNCTION hidden.f();
        CREATE POLICY own ON hidden.t USING (EXISTS (SELECT FROM hidden.far));
        CREATE VIEW hidden.v AS SELECT a FROM hidden.t;
        CREATE MATERIALIZED VIEW hidden.m AS SELECT a FROM hidden.v;
        CREATE FUNCTION hidden.count() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM hidden.t; END;
        CREATE TABLE hidden.parts (a int) PARTITION BY RANGE (a);
        CREATE DOMAIN hidden.small AS int DEFAULT 1 CHECK (VALUE < 9);
        CREATE SEQUENCE hidden.s;
        CREATE AGGREGATE hidden.total(int) (SFUNC = int4pl, STYPE = int);
        CREATE OPERATOR hidden.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);
        CREATE OPERATOR CLASS hidden.ints FOR TYPE int USING hash AS OPERATOR 1 hidden.===;
        CREATE COLLATION hidden.plain FROM "C";
        CREATE TEXT SEARCH DICTIONARY hidden.book (TEMPLATE = simple);
        CREATE TEXT SEARCH CONFIGURATION hidden.words (COPY = simple);
        ALTER TEXT SEARCH CONFIGURATION hidden.words ALTER MAPPING FOR word WITH hidden.book;
        CREATE TYPE hidden.shell;
    """
"""Of every sort whose text PostgreSQL has to write, in a schema that nobody may look into."""


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(OBJECTS)


@pytest.fixture
def connect_only(subject: Subject) -> Iterator[psycopg.Connection[Any]]:
    role = subject.role("guest", "LOGIN")
    connection = subject.connect(role)
    yield connection
    connection.close()


def test_a_role_that_may_only_connect_reads_the_same(subject: Subject, connect_only: psycopg.Connection[Any]) -> None:
    catalog = read_catalog(connect_only)

    assert catalog.blind == ()
    assert subject.own(catalog) == subject.read_anew()


def test_reading_twice_is_equal_and_leaves_the_session_as_it_was(subject: Subject) -> None:
    settings = "SELECT name, setting FROM pg_settings ORDER BY name"
    before = subject.connection.execute(settings).fetchall()
    catalogs = [subject.read_anew(), subject.read_anew()]

    assert catalogs[0] == catalogs[1]
    assert subject.connection.execute(settings).fetchall() == before
    assert subject.connection.execute("SELECT name, statement FROM pg_prepared_statements").fetchall() == []


def test_a_catalog_that_may_not_be_read_is_blind_with_its_grant(
    subject: Subject, connect_only: psycopg.Connection[Any]
) -> None:
    subject.run("REVOKE SELECT ON pg_policy, pg_trigger FROM PUBLIC")
    catalog = read_catalog(connect_only)
    subject.run("GRANT SELECT ON pg_policy, pg_trigger TO PUBLIC")

    role = connect_only.info.user
    mends = {spot.object: spot.mend for spot in catalog.blind}
    assert mends["every policy"] == f"GRANT SELECT ON pg_catalog.pg_policy TO {role};"
    assert mends["every trigger"] == f"GRANT SELECT ON pg_catalog.pg_trigger TO {role};"
    assert all(spot.reason.endswith("[42501]") for spot in catalog.blind)
    assert len(catalog.tables) == 3


@pytest.mark.parametrize("closed", ["pg_attribute", "pg_class", "pg_description", "pg_proc", "pg_rewrite"])
def test_the_grant_is_told_though_what_would_tell_it_is_closed(
    subject: Subject, connect_only: psycopg.Connection[Any], closed: str
) -> None:
    subject.run(f"REVOKE SELECT ON {closed} FROM PUBLIC")
    blind = read_catalog(connect_only).blind
    subject.run(f"GRANT SELECT ON {closed} TO PUBLIC")

    assert {spot.mend for spot in blind} == {f"GRANT SELECT ON pg_catalog.{closed} TO {connect_only.info.user};"}


def test_a_function_that_may_not_be_called_is_blind_with_its_grant(
    subject: Subject, connect_only: psycopg.Connection[Any]
) -> None:
    subject.run("REVOKE EXECUTE ON FUNCTION pg_get_viewdef(oid) FROM PUBLIC")
    catalog = read_catalog(connect_only)
    subject.run("GRANT EXECUTE ON FUNCTION pg_get_viewdef(oid) TO PUBLIC")

    grant = f"GRANT EXECUTE ON FUNCTION pg_catalog.pg_get_viewdef(oid) TO {connect_only.info.user};"
    assert [(spot.object, spot.mend) for spot in catalog.blind] == [
        ("materialized view hidden.m", grant),
        ("view hidden.v", grant),
    ]


@pytest.mark.thorough
@pytest.mark.slow
def test_a_locked_table_hides_what_depends_on_it_alone(subject: Subject) -> None:
    with subject.connect() as locker:
        locker.execute("BEGIN; LOCK TABLE hidden.t IN ACCESS EXCLUSIVE MODE")
        catalog = subject.read_anew()
        locker.execute("ROLLBACK")

    assert [spot.object for spot in catalog.blind] == [
        "column hidden.t.a",
        "constraint hidden.t.t_a_check",
        "function hidden.count()",
        "index hidden.live",
        "policy hidden.t.own",
        "trigger hidden.t.moved",
        "view hidden.v",
    ]
    assert {spot.reason for spot in catalog.blind} == {"canceling statement due to lock timeout [55P03]"}
    assert catalog.table("t").constraint("t_pkey").definition == "PRIMARY KEY (id)"
    assert catalog.materialized_view("m").definition
    assert catalog.table("far").constraint("far_t_check").definition == "CHECK ((t > 0))"
    for ask in (
        lambda: catalog.table("t").column("a"),
        lambda: "live" in catalog.table("t").indexes,
        lambda: catalog.table("t").indexes_on("id", "id"),
        lambda: catalog.table("t").constraints_of("check"),
        lambda: catalog.function("count"),
        lambda: catalog.view("v"),
    ):
        with pytest.raises(BlindError, match="could not be read: canceling statement due to lock timeout"):
            ask()


def test_a_read_does_not_hold_locks(subject: Subject) -> None:
    subject.read_anew()

    held = "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation >= 16384"
    assert subject.connection.execute(held).fetchone() == (0,)


def test_what_does_not_occur_is_not_asked_for(any_database: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    send = session.rows_in_turns

    def counted(connection: psycopg.Connection[Any], batches: Any, **how: Any) -> Any:
        asked.append(sum(map(len, batches)))
        return send(connection, batches, **how)

    monkeypatch.setattr(rows, "rows_in_turns", counted)
    with psycopg.connect(any_database.dsn, autocommit=True) as connection:
        read_catalog(connection)
        connection.execute("CREATE TYPE e AS ENUM (); CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int)")
        found = read_catalog(connection)

    always = sum(kind.among is None for kind in KINDS)
    # With what is not read, and the token where others write; then three kinds more: an aggregate is in pg_proc, too.
    assert [number - always for number in asked] in ([1, 4], [2, 5], [1, 5], [2, 4])
    assert (len(found.enums), len(found.aggregates)) == (1, 1)


def test_odd_names(subject: Subject) -> None:
    for name in ODD:
        quoted, literal = '"' + name.replace('"', '""') + '"', "'" + name.replace("'", "''") + "'"
        subject.run(f"""
            CREATE SCHEMA {quoted};
            CREATE TABLE {quoted}.{quoted} ({quoted} serial PRIMARY KEY, b int REFERENCES {quoted}.{quoted});
            CREATE VIEW {quoted}.v AS SELECT {quoted} FROM {quoted}.{quoted};
            CREATE INDEX ON {quoted}.{quoted} (({quoted} + 1));
            CREATE TYPE {quoted}.e AS ENUM ({literal});
            CREATE FUNCTION {quoted}.{quoted}(int, {quoted}.e) RETURNS int LANGUAGE sql AS 'SELECT 1';
            CREATE AGGREGATE {quoted}.{quoted}({quoted}.e) (SFUNC = {quoted}.{quoted}, STYPE = int);
            CREATE OPERATOR CLASS {quoted}.{quoted} FOR TYPE {quoted}.e USING hash AS STORAGE {quoted}.e;
            CREATE COLLATION {quoted}.{quoted} FROM "C";
            CREATE TEXT SEARCH DICTIONARY {quoted}.{quoted} (TEMPLATE = simple, ACCEPT = false);
            CREATE TEXT SEARCH CONFIGURATION {quoted}.{quoted} (COPY = simple);
            ALTER TEXT SEARCH CONFIGURATION {quoted}.{quoted} ALTER MAPPING FOR word WITH {quoted}.{quoted};
            COMMENT ON TABLE {quoted}.{quoted} IS 'x';
        """)
    catalog = subject.read_anew()
    for name in ODD:
        subject.run(f"DROP SCHEMA {chr(34)}{name.replace(chr(34), chr(34) * 2)}{chr(34)} CASCADE")

    for name in ODD:
        table = catalog.tables[name, name]
        assert (table.comment, list(table.columns)) == ("x", [name, "b"])
        assert catalog.views[name, "v"].record.columns == (name,)
        assert catalog.enums[name, "e"].labels == (name,)
        assert len(table.indexes) == 2
        assert catalog.operator_class(name).type == catalog.aggregate(name).arguments == f"{quote_name(name)}.e"
        assert catalog.text_search_configurations[name, name].mapping["word"] == (dotted(name, name),)
        assert catalog.text_search_dictionaries[name, name].options == {"accept": "false"}
        assert catalog.collations[name, name].collate == "C"


def test_a_connection_that_is_not_in_autocommit(subject: Subject) -> None:
    with subject.connect() as connection:
        connection.autocommit = False

        with pytest.raises(UsageError, match="autocommit"):
            read_catalog(connection)


def test_a_lost_connection(subject: Subject) -> None:
    connection = subject.connect()
    subject.connection.execute("SELECT pg_terminate_backend(%s)", [connection.info.backend_pid])

    with pytest.raises(CatalogError, match=f'the catalog of database "{subject.dbname}" could not be read'):
        read_catalog(connection)


def test_without_libpqs_pipeline(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = subject.read_anew()
    monkeypatch.setattr(psycopg.Pipeline, "is_supported", lambda: False)

    assert subject.read_anew() == expected


def test_several_readers_at_once(subject: Subject) -> None:
    found: list[Catalog] = []

    def work() -> None:
        with subject.connect() as connection:
            found.append(subject.own(read_catalog(connection)))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [subject.read_anew()] * 3


def test_a_database_of_no_encoding(any_server: Server) -> None:
    name = scratch_name("ascii")
    create_database(any_server, name, encoding="SQL_ASCII", locale="C")
    try:
        with any_server.connect(name) as connection:
            connection.execute("SET client_encoding = 'SQL_ASCII'")
            connection.execute(b'CREATE TABLE "caf\xe9" (a int DEFAULT length(\'\xff\'), "\xc3\xa9" text CHECK (true))')
            connection.execute(b"COMMENT ON TABLE \"caf\xe9\" IS 'plain \xc3\xa9'; CREATE TYPE e AS ENUM ('\xe9', 'x')")
            catalog = read_catalog(connection)
    finally:
        drop_database(any_server, name)

    table = catalog.table("caf\ufffde9")
    assert (table.comment, list(table.columns)) == ("plain é", ["a", "é"])
    assert table.column("a").default == "length('\ufffdff'::text)"
    assert catalog.enum("e").labels == ("\ufffde9", "x")


def test_a_standby_that_cancels_is_asked_again(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    cancellations = [psycopg.errors.SerializationFailure("canceling statement due to conflict with recovery")] * 2

    def cancelled(*arguments: Any) -> Any:
        if cancellations:
            raise cancellations.pop()
        return deparsing.deparse(*arguments)

    monkeypatch.setattr(read, "deparse", cancelled)

    assert subject.read_anew().blind == ()


def test_majors_that_are_not_known() -> None:
    assert [read.unknown_major(major) for major in (14, 18)] == [[], []]
    assert [spot.object for spot in read.unknown_major(19)] == ["PostgreSQL 19"]
    with pytest.raises(CatalogError, match="PostgreSQL 13 cannot be read"):
        read.unknown_major(13)
