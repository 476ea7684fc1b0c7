"""Reading under difficulties: few rights, locks, a schema that changes, odd names, a database of no encoding."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from pgassay.catalog import deparsing, found, read, rows, session, token
from pgassay.catalog.catalog import BlindSpot, Catalog
from pgassay.catalog.kinds import KINDS
from pgassay.catalog.read import read_catalog
from pgassay.catalog.sqltext import dotted, quote_name
from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError, CatalogError, UsageError
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from tests.catalog.conftest import Subject

ODD = ['"', "a.b", "Upper Case", " ", "😀", "é" * 31 + "x", "select", "it's", "%s", "{}", "back\\slash", "new\nline"]


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run("""
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
    """)


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


def alter_while_reading(subject: Subject, monkeypatch: pytest.MonkeyPatch, statements: list[str]) -> None:
    """Execute one statement between the rows and the texts of each attempt."""

    def altered(*arguments: Any) -> Any:
        if statements:
            with subject.connect() as other:
                other.execute(statements.pop(0).encode())
        return deparsing.deparse(*arguments)

    monkeypatch.setattr(read, "deparse", altered)


def test_a_change_while_reading_is_read_again(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    alter_while_reading(subject, monkeypatch, ["ALTER TABLE hidden.t RENAME b TO c"])
    catalog = subject.read_anew()
    subject.run("ALTER TABLE hidden.t RENAME c TO b")

    assert catalog.blind == ()
    assert catalog.table("t").index("live").columns[0].expression == "lower(c)"
    assert "c" in catalog.table("t").columns


def test_a_drop_while_reading_is_read_again(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    subject.run("CREATE VIEW hidden.passing AS SELECT 1 AS a")
    alter_while_reading(subject, monkeypatch, ["DROP VIEW hidden.passing"])
    catalog = subject.read_anew()

    assert catalog.blind == ()
    assert ("hidden", "passing") not in catalog.views


@pytest.mark.parametrize("busy", [False, True], ids=["alone", "with-a-writer"])
@pytest.mark.parametrize(
    "statement", ["ALTER TABLE t RENAME a TO c", "DROP VIEW v", "ALTER TABLE t ALTER a DROP DEFAULT"]
)
def test_a_change_whoever_else_is_at_work(
    private_server: Server, monkeypatch: pytest.MonkeyPatch, statement: str, busy: bool
) -> None:
    """Where nobody was, rows that are newer than the snapshot tell; else a token does."""
    name = scratch_name("change")
    create_database(private_server, name)
    pending, tokens = [statement], []

    def altered(*arguments: Any) -> Any:
        if pending:
            other.execute(pending.pop().encode())
        return deparsing.deparse(*arguments)

    def counted(connection: psycopg.Connection[Any], batches: Any, **how: Any) -> Any:
        tokens.append(sum(query is token.TOKEN for batch in batches for query, _ in batch))
        return session.rows_in_turns(connection, batches, **how)

    with (
        private_server.connect(name) as connection,
        private_server.connect(name) as other,
        private_server.connect() as writer,
    ):
        if busy:
            writer.execute("BEGIN; SELECT pg_current_xact_id()")
        connection.execute("CREATE TABLE t (a int DEFAULT 1); CREATE VIEW v AS SELECT a FROM t")
        monkeypatch.setattr(rows, "rows_in_turns", counted)
        monkeypatch.setattr(read, "deparse", altered)
        found = read_catalog(connection)

        assert found.blind == ()
        assert found == read_catalog(connection)
        assert tokens == [int(busy)] * 3  # it is read twice, and once more
        writer.execute("ROLLBACK" if busy else "")
    drop_database(private_server, name)


def test_a_schema_that_never_rests_is_blind(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    subject.run("CREATE VIEW hidden.passing AS SELECT 1 AS a")
    alter_while_reading(
        subject,
        monkeypatch,
        ["ALTER TABLE hidden.t RENAME b TO c", "ALTER TABLE hidden.t RENAME c TO b", "DROP VIEW hidden.passing"],
    )
    catalog = subject.read_anew()

    assert catalog.blind == (
        BlindSpot("the catalog", "it changed while it was read, 3 times in a row", found.AGAIN),
        BlindSpot("view hidden.passing", found.CHANGED, found.AGAIN),
    )


def test_temporary_tables_of_others_are_no_change(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    with subject.connect() as other:
        before = subject.connection.execute(token.TOKEN).fetchall()
        other.execute("CREATE TEMPORARY TABLE x (id serial PRIMARY KEY, a int DEFAULT 1 CHECK (a > 0), b text[])")
        other.execute("CREATE TEMPORARY VIEW y AS SELECT id FROM x")

        assert subject.connection.execute(token.TOKEN).fetchall() == before


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE hidden.t RENAME TO u",
        "ALTER TABLE hidden.t RENAME a TO z",
        "ALTER SCHEMA hidden RENAME TO seen",
        "ALTER TABLE hidden.t ALTER a SET DEFAULT 9",
        "ALTER FUNCTION hidden.f() RENAME TO g",
        "ALTER DOMAIN hidden.small RENAME TO tiny",
        "ALTER SEQUENCE hidden.s OWNED BY hidden.t.a",
        "ALTER POLICY own ON hidden.t USING (true)",
        "CREATE OR REPLACE VIEW hidden.v AS SELECT 1 AS a",
        "ALTER TABLE hidden.t DISABLE TRIGGER moved",
    ],
)
def test_every_change_that_reads_differently_is_seen(subject: Subject, statement: str) -> None:
    with subject.connection.transaction(force_rollback=True):
        before = subject.connection.execute(token.TOKEN).fetchall()
        subject.run(statement)

        assert subject.connection.execute(token.TOKEN).fetchall() != before


def test_a_moment_lasts_until_a_transaction_ends(private_server: Server) -> None:
    def moment() -> object:
        return reader.execute(token.MOMENT).fetchone()

    with private_server.connect() as first, private_server.connect() as second, private_server.connect() as reader:
        first.execute("BEGIN; CREATE TABLE x (a int)")
        before = moment()
        second.execute("BEGIN; CREATE TABLE y (a int)")
        assert moment() == before

        second.execute("COMMIT")
        between = moment()
        assert between != before

        first.execute("COMMIT")  # the older one
        assert moment() != between
        first.execute("DROP TABLE x, y")  # the server is the module's, for all majors


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
