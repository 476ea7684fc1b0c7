"""Mends of roles, privileges, the database and what is outside of schemas, on a server of one's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest

from pgassay.catalog.canonical import SecondOpinion
from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import Comparison, Scope, examine
from pgassay.catalog.read import read_catalog
from pgassay.catalog.reporting import findings_of
from pgassay.findings import Finding
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from tests.catalog.mend_cases.shared import SHARED, WITHOUT_NAME, statements
from tests.catalog.support import Connection

WHOLE = Comparison(scope=Scope.WHOLE)
ROUNDS = 3


@dataclass(frozen=True)
class Outcome:
    first: tuple[Finding, ...]
    failed: list[str]
    left: tuple[Finding, ...]


@pytest.fixture(scope="module", params=[False, True], ids=["there", "back"])
def outcome(any_private_server: Server, request: pytest.FixtureRequest) -> Outcome:
    """The expected catalog is read from a database that is gone, roles and all, when the actual one is made."""
    with _fresh(any_private_server) as connection:
        _prepare(connection, changed=not request.param)
        expected = read_catalog(connection)
    with _fresh(any_private_server) as connection:
        _prepare(connection, changed=request.param)
        first = _findings(expected, connection)
        failed = [text for _ in range(ROUNDS) for text in _mend(expected, connection)]
        return Outcome(first, failed, _findings(expected, connection))


@contextmanager
def _fresh(server: Server) -> Iterator[Connection]:
    name = scratch_name("shared")
    create_database(server, name)
    with server.connect(name) as connection:
        yield connection
    drop_database(server, name)
    with server.connect() as connection:
        connection.execute("ALTER ROLE ALL RESET ALL")
        for (role,) in connection.execute("SELECT quote_ident(rolname) FROM pg_roles WHERE oid >= 16384").fetchall():
            connection.execute(f"DROP ROLE {role}".encode())


def _prepare(connection: Connection, *, changed: bool) -> None:
    for name in SHARED:
        connection.execute(statements(name, changed=changed))
    connection.execute('CREATE ROLE "database a"; CREATE ROLE "database b"')
    connection.execute(WITHOUT_NAME if changed else "")


def _findings(expected: Catalog, connection: Connection) -> tuple[Finding, ...]:
    seen = examine(expected, read_catalog(connection), options=WHOLE, second_opinion=SecondOpinion(connection))
    return findings_of(seen.differences, seen.expected, seen.actual)


def _mend(expected: Catalog, connection: Connection) -> Iterator[str]:
    for finding in _findings(expected, connection):
        try:
            connection.execute(finding.mend.encode() if ";" in finding.mend else b"")
        except psycopg.Error as error:
            yield f"{finding.key}: {error}\n{finding.mend}"


@pytest.mark.thorough
def test_each_case_makes_a_difference(outcome: Outcome) -> None:
    told = "\n".join(f"{f.object}\n{f.expected}\n{f.found}\n{f.mend}" for f in outcome.first)
    assert [
        name for name in SHARED if f"{name}." not in told and f"{name} a" not in told and f" {name}\n" not in told
    ] == []
    objects = {f.object for f in outcome.first}
    assert objects >= {"database", 'role setting "ALL".cluster.work_mem'}
    assert objects >= {"statistics object owner_beside.s", "event trigger e", "publication p", "subscription u"}


def test_nothing_is_left_after_the_mend(outcome: Outcome) -> None:
    assert ([f"{f.key}: {f.expected} / {f.found} / {f.mend}" for f in outcome.left], outcome.failed) == ([], [])
