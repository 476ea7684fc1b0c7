from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations import bookkeeping
from pgassay.migrations.send import Connection

from .conftest import Project


@pytest.fixture
def session(project: Project) -> Iterator[Connection]:
    with project.connector.as_owner() as connection:
        yield connection


def test_it_is_made_once_and_belongs_to_the_owner(project: Project, session: Connection) -> None:
    assert bookkeeping.ensure(session) == bookkeeping.ensure(session) == ()
    query = "SELECT relowner::regrole::text, obj_description(oid) FROM pg_class WHERE oid = 'pgassay.ledger'::regclass"
    assert project.fetch(query) == [(project.owner, "Which migrations this database has had: kept by pgassay")]


def test_it_is_made_in_a_schema_that_is_there(project: Project, session: Connection) -> None:
    project.fetch(f'CREATE SCHEMA pgassay AUTHORIZATION "{project.owner}"')
    project.fetch(f'REVOKE CREATE ON DATABASE "{project.dbname}" FROM "{project.owner}"')
    assert bookkeeping.ensure(session) == ()


def test_a_role_that_may_not_make_it_is_told_the_grant(project: Project, session: Connection) -> None:
    project.fetch(f'REVOKE CREATE ON DATABASE "{project.dbname}" FROM "{project.owner}"')
    with pytest.raises(MigrationError, match=f'GRANT CREATE ON DATABASE "{project.dbname}" TO "{project.owner}";'):
        bookkeeping.ensure(session)
    project.fetch("CREATE SCHEMA pgassay")
    with pytest.raises(MigrationError, match=f'GRANT USAGE, CREATE ON SCHEMA pgassay TO "{project.owner}";'):
        bookkeeping.ensure(session)


def test_a_change_by_somebody_else_is_noticed(project: Project, session: Connection) -> None:
    bookkeeping.ensure(session)
    project.fetch("INSERT INTO pgassay.ledger VALUES (1, 'a', '', '', 'finished', now(), 'me', '0')")
    with session.transaction(), pytest.raises(MigrationError, match="was changed by somebody else"):
        bookkeeping.lock(session, ())
