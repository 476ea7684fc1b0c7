"""What is brought up to date is what a full read gives, after every sort of change, and takes no full read."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from random import Random
from typing import Any

import psycopg
import pytest

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.deparsing import deparse
from pgassay.catalog.incremental import CatalogReader, changes, reader
from pgassay.catalog.incremental.plan import catalogs_of
from pgassay.catalog.incremental.watched import ALL, FEW, WATCHED
from pgassay.catalog.kinds import KINDS
from pgassay.catalog.read import read_catalog
from pgassay.catalog.session import rows_of
from pgassay.conninfo import Conninfo
from pgassay.errors import CatalogError
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from tests.catalog.conftest import Subject
from tests.catalog.everything import CHEAP, EVERYTHING, MOVED, ON_TABLES, PARTS, RENAMES
from tests.catalog.random_ddl.changing import CHANGING
from tests.catalog.random_ddl.making import FOUNDATION, MAKING
from tests.catalog.random_ddl.words import ROLES, WORDS
from tests.catalog.random_ddl.world import World
from tests.catalog.test_random_ddl import refusal

STATEMENTS = 60
EXAMPLES = max(2, int(os.environ.get("PGASSAY_TEST_EXAMPLES", "0")) // 15)  # one takes four seconds


class Both:
    """A connection, and a reader that keeps up with it: on the same one, or alone on another."""

    def __init__(self, connection: psycopg.Connection[Any], alone: psycopg.Connection[Any] | None = None) -> None:
        self.connection = connection
        self.reader = CatalogReader(alone or connection, alone=alone is not None)

    def run(self, *statements: str) -> None:
        """Execute statements one by one, and look after each."""
        for statement in statements:
            self.connection.execute(statement.encode())
            self.agree(statement)

    def agree(self, after: str = "") -> Catalog:
        """Read in both ways, and compare."""
        updated, whole = self.reader.read(), read_catalog(self.connection)
        assert (updated.records, updated.blind) == (whole.records, whole.blind), after
        assert all(list(records) == sorted(records) for records in updated.records.values()), after
        return updated


@pytest.fixture(scope="module")
def both(any_private_server: Server) -> Iterator[Both]:
    with any_private_server.connect("postgres") as connection:
        connection.execute("SET allow_in_place_tablespaces = on" if any_private_server.major >= 15 else "")
        connection.execute("CREATE ROLE somebody")
        made = Both(connection)
        made.run("", EVERYTHING, "CREATE SEQUENCE alone", "CREATE EXTENSION pg_trgm")
        yield made


@pytest.fixture
def alone(any_private_server: Server) -> Iterator[Conninfo]:
    """A fresh database on a server where nobody else makes roles."""
    name = scratch_name("test")
    create_database(any_private_server, name)
    yield any_private_server.at(name)
    drop_database(any_private_server, name)


@pytest.fixture(scope="module")
def playground(any_private_server: Server) -> Server:
    """A server with what random DDL names."""
    with any_private_server.connect("postgres") as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE fast LOCATION ''")
        for role in ROLES:
            connection.execute(f"CREATE ROLE {role} SUPERUSER".encode())
    return any_private_server


@pytest.mark.thorough
@pytest.mark.parametrize("number", range(EXAMPLES))
def test_random_ddl(playground: Server, number: int) -> None:
    """Whatever is said, what is brought up to date is what a full read gives."""
    seed = int(os.environ.get("PGASSAY_TEST_SEED", "0")) + number
    choose, world, name = Random(seed).choice, World(WORDS), scratch_name("random")
    create_database(playground, name)
    with playground.connect(name) as connection, playground.connect(name) as other:
        both = Both(connection, other if number % 2 else None)
        for turn in range(len(FOUNDATION) + STATEMENTS):
            known = [form for form in (*MAKING, *CHANGING) if world.can_say(form)]
            form = FOUNDATION[turn] if turn < len(FOUNDATION) else choose(known)
            sentence = world.say(form, choose)
            if refusal(connection, sentence.text) is None:
                sentence.happened()
                both.agree(f"{sentence.text} (seed {seed})")
    drop_database(playground, name)


@pytest.mark.thorough
@pytest.mark.older_by_night
def test_renamed(both: Both, subtests: pytest.Subtests) -> None:
    for what, name, other in RENAMES:
        if what.startswith("TABLESPACE"):
            if both.connection.info.server_version < 150_000:
                continue  # in place, where a test has no directory to make, only from then on
            both.run(f"CREATE TABLESPACE {name} LOCATION ''", f"CREATE TABLE there (a int) TABLESPACE {name}")
        with subtests.test(what.format(name)):
            both.run(f"ALTER {what.format(name)} RENAME TO {other}", f"ALTER {what.format(other)} RENAME TO {name}")


@pytest.mark.thorough
@pytest.mark.older_by_night
def test_parts_renamed(both: Both, subtests: pytest.Subtests) -> None:
    for what, sort, name, other in PARTS:
        with subtests.test(f"{sort} {name} of {what}"):
            end = "CASCADE" if sort == "ATTRIBUTE" else ""
            both.run(
                f"ALTER {what} RENAME {sort} {name} TO {other} {end}",
                f"ALTER {what} RENAME {sort} {other} TO {name} {end}",
            )
    for sort, name, table, other in ON_TABLES:
        with subtests.test(f"{sort} {name}"):
            both.run(
                f"ALTER {sort} {name} ON {table} RENAME TO {other}", f"ALTER {sort} {other} ON {table} RENAME TO {name}"
            )


@pytest.mark.thorough
@pytest.mark.older_by_night
def test_moved(both: Both, subtests: pytest.Subtests) -> None:
    for what, schema in MOVED:
        with subtests.test(what):
            there = what.replace(" ", " other.", 1) if '"a.b".' not in what else what.replace('"a.b".', "other.")
            for sort in (
                "TEXT SEARCH CONFIGURATION",
                "TEXT SEARCH DICTIONARY",
                "TEXT SEARCH PARSER",
                "TEXT SEARCH TEMPLATE",
                "OPERATOR FAMILY",
                "OPERATOR CLASS",
                "FOREIGN TABLE",
                "MATERIALIZED VIEW",
            ):
                if what.startswith(sort):
                    there = f"{sort} other.{what.removeprefix(sort).strip()}"
            if what.startswith("EXTENSION"):
                there = what
            if what.startswith("OPERATOR ==="):
                there = what.replace("===", "other.===")
            both.run(f"ALTER {what} SET SCHEMA other", f'ALTER {there} SET SCHEMA "{schema}"')


@pytest.mark.thorough
@pytest.mark.older_by_night
def test_everyday_changes_take_no_full_read(
    both: Both, subtests: pytest.Subtests, monkeypatch: pytest.MonkeyPatch
) -> None:
    both.agree()
    monkeypatch.setattr(CatalogReader, "_all", lambda _: pytest.fail("all was read"))
    for statements in CHEAP:
        for statement in statements.split("; "):
            with subtests.test(statement):
                both.run(statement)


def test_what_rewrites_the_catalogs_themselves(both: Both) -> None:
    both.run("VACUUM FULL pg_class", "VACUUM FULL pg_attribute", "REINDEX TABLE pg_depend", "VACUUM FREEZE")


def test_nothing_new_is_not_read_again(both: Both, monkeypatch: pytest.MonkeyPatch) -> None:
    before = both.agree()
    asked: list[int] = []

    def counted(connection: Any, statements: Any, **how: Any) -> Any:
        asked.append(len(statements))
        return rows_of(connection, statements, **how)

    monkeypatch.setattr(reader, "rows_of", counted)

    assert both.reader.read() is before
    assert asked == [1]


def test_kinds_that_do_not_change_are_shared(both: Both) -> None:
    before = both.agree()
    both.connection.execute("COMMENT ON FUNCTION body() IS 'x'")
    after = both.reader.read()
    assert [kind for kind in after.records if after.records[kind] is not before.records[kind]] == ["function"]
    unchanged = before.records["function"]["public", "twice", "integer"]
    assert after.records["function"]["public", "twice", "integer"] is unchanged
    both.run("COMMENT ON FUNCTION body() IS NULL")


def test_a_transaction_that_ends_after_a_younger_one(alone: Conninfo) -> None:
    """Its rows are older than what was read in between, and new all the same."""
    with (
        psycopg.connect(alone.dsn, autocommit=True) as mine,
        psycopg.connect(alone.dsn) as slow,
    ):
        both = Both(mine)
        both.agree()
        slow.execute("CREATE TABLE late (a int)")
        with slow.transaction():  # a transaction of its own number within
            slow.execute("CREATE TABLE later (a int)")
        both.run("CREATE TABLE early (a int)", "CREATE TABLE earlier (a int)")
        slow.commit()
        assert {"late", "later"} <= {table.name for table in both.agree().tables.values()}
        slow.execute("DROP TABLE late")
        both.run("DROP TABLE early")
        slow.rollback()
        assert {table.name for table in both.agree().tables.values()} == {"earlier", "late", "later"}


def test_a_change_while_text_is_written(alone: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        psycopg.connect(alone.dsn, autocommit=True) as mine,
        psycopg.connect(alone.dsn, autocommit=True) as other,
    ):
        both = Both(mine)
        both.run("CREATE TABLE t (a int)", "CREATE VIEW v AS SELECT a FROM t")
        write, again = deparse, iter(["ALTER TABLE t RENAME a TO b", "ALTER TABLE t RENAME b TO c"])

        def meanwhile(connection: Any, *wanted: Any) -> Any:
            if statement := next(again, None):
                other.execute(statement.encode())
            return write(connection, *wanted)

        monkeypatch.setattr(reader, "deparse", meanwhile)
        mine.execute("CREATE OR REPLACE VIEW v AS SELECT a, 1 AS one FROM t")
        found = both.reader.read()

        assert next(again, None) is None
        assert found == read_catalog(mine)


def test_a_schema_that_never_rests_is_blind(alone: Conninfo, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        psycopg.connect(alone.dsn, autocommit=True) as mine,
        psycopg.connect(alone.dsn, autocommit=True) as other,
    ):
        both = Both(mine)
        both.run("CREATE TABLE t (a int DEFAULT 1)")
        write = deparse

        def meanwhile(connection: Any, *wanted: Any) -> Any:
            other.execute("ALTER TABLE t ALTER a SET DEFAULT 2")
            return write(connection, *wanted)

        monkeypatch.setattr(reader, "deparse", meanwhile)
        mine.execute("ALTER TABLE t ALTER a SET DEFAULT 3")
        assert "the catalog" in [spot.object for spot in both.reader.read().blind]
        monkeypatch.undo()
        assert both.agree().blind == ()


@pytest.mark.thorough
def test_two_writers_while_it_is_read(alone: Conninfo) -> None:
    stop = threading.Event()

    def write(name: str) -> None:
        with psycopg.connect(alone.dsn, autocommit=True) as connection:
            while not stop.is_set():
                connection.execute(f"CREATE TABLE {name} (a int DEFAULT 1, b text)".encode())
                connection.execute(f"ALTER TABLE {name} RENAME a TO c; DROP TABLE {name}".encode())

    writers = [threading.Thread(target=write, args=(name,)) for name in ("one", "two")]
    with psycopg.connect(alone.dsn, autocommit=True) as mine:
        both = Both(mine)
        for writer in writers:
            writer.start()
        try:
            for _ in range(20):
                found = both.reader.read()
                assert {table.record.columns for table in found.tables.values()} <= {("a", "b"), ("c", "b")}
        finally:
            stop.set()
            for writer in writers:
                writer.join()
        assert both.agree().tables == {}


def test_a_role_that_may_only_connect_reads_what_has_changed(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the passwords in user mappings nor those of subscriptions are its to see, so that rows tell nothing."""
    role = subject.role("guest", "LOGIN")
    subject.run("CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w")
    subscription = "CREATE SUBSCRIPTION p CONNECTION 'dbname=x' PUBLICATION p WITH (connect = false)"
    with subject.server.connect(subject.dbname, user=role) as connection:
        both = Both(connection)
        both.agree()
        monkeypatch.setattr(CatalogReader, "_all", lambda _: pytest.fail("all was read"))
        for there, back in (
            ("CREATE TABLE seen_by_guest (a int)", "DROP TABLE seen_by_guest"),
            ("CREATE USER MAPPING FOR PUBLIC SERVER s OPTIONS (a 'b')", "DROP USER MAPPING FOR PUBLIC SERVER s"),
            (f"CREATE USER MAPPING FOR {role} SERVER s", f"DROP USER MAPPING FOR {role} SERVER s"),
            (subscription, "ALTER SUBSCRIPTION p SET (slot_name = NONE); DROP SUBSCRIPTION p"),
        ):
            before = both.agree()
            for statement in there.split("; "):
                subject.run(statement)
            assert both.agree(there) != before
            for statement in back.split("; "):
                subject.run(statement)
            assert both.agree(back) == before
    subject.run("DROP FOREIGN DATA WRAPPER w CASCADE")


def test_a_role_that_may_not_see_what_is_watched(subject: Subject) -> None:
    role = subject.role("guest", "LOGIN")
    with subject.server.connect(subject.dbname, user=role) as connection:
        both = Both(connection)
        subject.run("REVOKE SELECT ON pg_policy FROM PUBLIC")
        both.agree()
        subject.run("CREATE TABLE seen_by_guest (a int)")
        assert ("public", "seen_by_guest") in both.agree().tables
    subject.run("DROP TABLE seen_by_guest; GRANT SELECT ON pg_policy TO PUBLIC")


def test_a_lock_hides_what_it_hides_until_it_is_gone(alone: Conninfo) -> None:
    with (
        psycopg.connect(alone.dsn, autocommit=True) as mine,
        psycopg.connect(alone.dsn) as other,
    ):
        both = Both(mine)
        both.run(
            "CREATE FUNCTION f(int) RETURNS bool LANGUAGE sql RETURN true;"
            "CREATE TABLE t (a int, CHECK (f(a))); CREATE TABLE u (a int)"
        )
        other.execute("LOCK TABLE t")
        mine.execute("COMMENT ON TABLE u IS 'x'; CREATE TABLE w (a int, b int DEFAULT 2)")
        assert both.reader.read().blind == ()  # nothing of t is read again
        mine.execute("ALTER FUNCTION f RENAME TO g")  # which takes no lock on t
        assert [spot.object for spot in both.reader.read().blind] == ["constraint public.t.t_a_check"]
        other.rollback()
        assert both.agree().blind == ()


def test_a_lost_connection(alone: Conninfo, any_private_server: Server) -> None:
    with psycopg.connect(alone.dsn, autocommit=True) as mine:
        both = Both(mine)
        both.agree()
        with any_private_server.connect("postgres") as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [mine.info.backend_pid])
        with pytest.raises(CatalogError, match="could not be read"):
            both.reader.read()


def test_every_catalog_that_is_read_is_watched(any_server: Server) -> None:
    with any_server.connect("postgres") as connection:
        rows = connection.execute("SELECT relname FROM pg_class WHERE relname ~ '^pg_' AND relkind IN ('r', 'v')")
        there = {name for (name,) in rows}
    # One is a view over the files of the server; the others are only named.
    others = {"pg_available_extensions", "pg_largeobject", "pg_authid", "pg_user_mapping"}
    watched = (
        {one.catalog for one in WATCHED} | FEW.keys() | ALL.keys() | changes.secretive(any_server.major).keys() | others
    )
    read = {catalog for kind in KINDS for catalog in catalogs_of(kind, any_server.major)} & there

    assert read - watched == set()
