from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgassay.errors import BlindError, MigrationError
from pgassay.migrations import bookkeeping, ledger
from pgassay.migrations.send import Connection
from pgassay.target import reading

from .conftest import Project

ORDINARY = ", ".join(f"{name} {kind}" for name, kind in ledger.COLUMNS.items())


@pytest.fixture
def session(project: Project) -> Iterator[Connection]:
    with project.connector.as_owner() as connection:
        yield connection


def test_no_ledger_is_none_and_none_is_made(session: Connection) -> None:
    assert ledger.read(session) is None
    assert session.execute("SELECT to_regnamespace('pgassay')").fetchone() == (None,)


def test_a_role_that_may_not_read_it_is_blind(project: Project, session: Connection) -> None:
    project.fetch(f"CREATE SCHEMA pgassay; CREATE TABLE pgassay.ledger ({ORDINARY})")
    with pytest.raises(BlindError, match=f"GRANT USAGE ON SCHEMA pgassay TO {project.owner}; GRANT SELECT ON"):
        ledger.read(session)


STRANGERS = [
    ("CREATE VIEW pgassay.ledger AS SELECT now()", "is a view, not an ordinary table"),
    ("CREATE MATERIALIZED VIEW pgassay.ledger AS SELECT now()", "is a materialized view"),
    ("CREATE SEQUENCE pgassay.ledger", "is a sequence"),
    ("CREATE TYPE pgassay.ledger AS (a int)", "is a composite type"),
    ("CREATE TABLE pgassay.ledger (version text)", "has other columns than ours: version text"),
    ("CREATE TABLE pgassay.ledger ()", "has other columns than ours: none"),
    (f"CREATE TABLE pgassay.ledger ({ORDINARY}, more int)", "has other columns than ours: .*, more integer"),
    (f"CREATE TABLE pgassay.ledger ({ORDINARY}) PARTITION BY RANGE (version)", "is a partitioned table"),
    (
        (
            f"CREATE TABLE pgassay.p ({ORDINARY}) PARTITION BY RANGE (version);"
            "CREATE TABLE pgassay.ledger PARTITION OF pgassay.p DEFAULT"
        ),
        "is a partition",
    ),
    (f"CREATE TABLE p ({ORDINARY}); CREATE TABLE pgassay.ledger () INHERITS (p)", "takes part in inheritance"),
    (f"CREATE TABLE pgassay.ledger ({ORDINARY}); CREATE TABLE c () INHERITS (pgassay.ledger)", "takes part in inher"),
    (
        f"CREATE TABLE pgassay.ledger ({ORDINARY}); ALTER TABLE pgassay.ledger ENABLE ROW LEVEL SECURITY",
        "has row security",
    ),
    (
        (
            "CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w;"
            f"CREATE FOREIGN TABLE pgassay.ledger ({ORDINARY}) SERVER s"
        ),
        "is a foreign table",
    ),
    (
        (
            f"CREATE TABLE pgassay.ledger ({ORDINARY});"
            "ALTER TABLE pgassay.ledger DROP name, ADD name text GENERATED ALWAYS AS (up_checksum) STORED"
        ),
        "has other columns than ours",
    ),
]


@pytest.mark.parametrize(("made", "said"), STRANGERS)
def test_a_strangers_ledger_is_not_read(project: Project, session: Connection, made: str, said: str) -> None:
    project.fetch(f"CREATE SCHEMA pgassay; GRANT USAGE ON SCHEMA pgassay TO PUBLIC; {made}")
    for look in (ledger.read, bookkeeping.ensure):
        with pytest.raises(MigrationError, match=f'"pgassay.ledger" {said}') as caught:
            look(session)
        assert "The ledger's columns are: version bigint, name text" in str(caught.value)


def test_a_state_that_we_never_wrote(project: Project, session: Connection) -> None:
    bookkeeping.ensure(session)
    project.fetch("ALTER TABLE pgassay.ledger DROP CONSTRAINT ledger_state_check")
    project.fetch("INSERT INTO pgassay.ledger VALUES (1, 'a', '', '', 'maybe', now(), 'me', '0')")
    with pytest.raises(MigrationError, match='says of version 1 that it is "maybe"'):
        ledger.read(session)


def test_it_is_read_on_a_target(project: Project, session: Connection) -> None:
    bookkeeping.ensure(session)
    project.fetch("INSERT INTO pgassay.ledger VALUES (1, 'é', 'u', NULL, 'finished', now(), 'me', '1.5 s')")
    with reading(session):
        rows = ledger.read(session)
    assert rows is not None
    assert [(row.version, row.name, row.down_checksum, row.duration.total_seconds()) for row in rows] == [
        (1, "é", None, 1.5)
    ]
