"""Reading a schema that changes meanwhile: again, until it rests; and what is no change."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from pgassay.catalog import deparsing, found, read, rows, session, token
from pgassay.catalog.catalog import BlindSpot
from pgassay.catalog.read import read_catalog
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from tests.catalog.conftest import Subject
from tests.catalog.test_read import OBJECTS


@pytest.fixture(scope="module", autouse=True)
def _objects(subject: Subject) -> None:
    subject.run(OBJECTS)


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
