"""Databases are dropped beside the pool's work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgassay.sandbox.disposal import Disposal
from pgassay.servers.databases import create_database, database_exists, scratch_name
from pgassay.servers.server import Server

PATIENCE = 10.0


@pytest.fixture
def notices() -> list[str]:
    return []


@pytest.fixture
def disposal(server: Server, notices: list[str]) -> Iterator[Disposal]:
    disposal = Disposal(server, notices)
    yield disposal
    disposal.close(drop=True)


def make(server: Server) -> str:
    name = scratch_name("disposal")
    create_database(server, name)
    return name


def test_it_goes_on_after_its_session_was_lost(disposal: Disposal, server: Server, notices: list[str]) -> None:
    for _ in range(2):
        name = make(server)
        disposal.add(name)
        disposal.settle(PATIENCE)
        assert not len(disposal)
        assert not database_exists(server, name)
        assert disposal._connection is not None
        with server.connect() as admin:
            admin.execute("SELECT pg_terminate_backend(%s, 5000)", [disposal._connection.info.backend_pid])
    assert notices == []


def test_what_cannot_be_dropped_is_told(disposal: Disposal, notices: list[str]) -> None:
    disposal.add("somebody_elses")
    disposal.settle(PATIENCE)
    (notice,) = notices
    assert notice.startswith('the database "somebody_elses" could not be dropped: ')


def test_the_end(server: Server, notices: list[str]) -> None:
    names = [make(server) for _ in range(3)]
    disposal = Disposal(server, notices)
    for name in names:
        disposal.add(name)
    disposal.close(drop=True)
    assert not any(database_exists(server, name) for name in names)
    assert notices == []
    Disposal(server, notices).close(drop=False)  # one that had nothing to do
