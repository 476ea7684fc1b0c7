"""A role that may only connect reads everything, or is told what it could not read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import Record
from pgassay.catalog.serialize import RECORD_TYPES
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from tests.catalog.rich import add_what_no_dump_restores, fill
from tests.catalog.support import Connection
from tests.catalog.test_completeness import words

SINCE = {"parameter privileges": 15, "publication schema": 15}

OPEN_TO_ALL = """
SELECT c.relname
  FROM pg_class AS c, aclexplode(c.relacl) AS granted
 WHERE c.relnamespace = 'pg_catalog'::regnamespace AND c.relkind IN ('r', 'v')
   AND granted.grantee = 0 AND granted.privilege_type = 'SELECT'
 ORDER BY 1
"""


class Rich:
    """A database that holds an object of every kind, as its superuser and as a guest read it."""

    def __init__(self, superuser: Connection, guest: Connection) -> None:
        self.superuser = superuser
        self.guest = guest
        self.whole = read_catalog(superuser)

    def seen(self) -> Catalog:
        """Read as the guest."""
        return read_catalog(self.guest)


@pytest.fixture(scope="module")
def rich(any_private_server: Server) -> Iterator[Rich]:
    server, name = any_private_server, scratch_name("rich")
    create_database(server, name)
    with server.connect(name) as superuser:
        fill(superuser, server.major)
        add_what_no_dump_restores(superuser)
        superuser.execute("CREATE ROLE guest LOGIN; REVOKE ALL ON SCHEMA public FROM PUBLIC")
        superuser.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO guest").format(sql.Identifier(name)))
        with server.connect(name, user="guest") as guest:
            yield Rich(superuser, guest)
    drop_database(server, name)


@contextmanager
def closed(connection: Connection, catalog: str) -> Iterator[None]:
    """Let nobody but superusers read a system catalog."""
    name = sql.Identifier(catalog)
    connection.execute(sql.SQL("REVOKE SELECT ON pg_catalog.{} FROM PUBLIC").format(name))
    try:
        yield
    finally:
        connection.execute(sql.SQL("GRANT SELECT ON pg_catalog.{} TO PUBLIC").format(name))


def missed(whole: Catalog, seen: Catalog) -> list[Record]:
    """What is not there, or reads otherwise."""
    found = {(record.KIND, record.identity): record for record in seen}
    return [record for record in whole if found.get((record.KIND, record.identity)) != record]


def is_blind(record: Record, catalog: Catalog) -> bool:
    """Tell whether a spot names the record, an attribute of it, or its whole kind."""
    names = {record.label, f"every {record.KIND}", *(f"{record.label}, {name}" for name in record.attributes)}
    return any(spot.object in names for spot in catalog.blind)


@pytest.mark.slow
def test_the_database_holds_an_object_of_every_kind(rich: Rich) -> None:
    expected = {kind for kind in RECORD_TYPES if rich.whole.major >= SINCE.get(kind, 14)}

    assert expected - rich.whole.records.keys() == set()


def test_what_is_missing_or_reads_otherwise_is_blind(rich: Rich) -> None:
    seen = rich.seen()
    lacking = missed(rich.whole, seen)

    assert {record.KIND for record in lacking} == {"user mapping"}
    assert [record.label for record in lacking if not is_blind(record, seen)] == []
    assert len(seen) == len(rich.whole)
    assert {spot.object for spot in set(seen.blind) - set(rich.whole.blind)} == {f"{r.label}, options" for r in lacking}


@pytest.mark.nightly
def test_a_system_catalog_that_is_closed_makes_blind_and_not_absent(rich: Rich, subtests: pytest.Subtests) -> None:
    read = words(rich.whole.major)
    catalogs = [name for (name,) in rich.superuser.execute(OPEN_TO_ALL).fetchall() if name in read]
    some_blind = 0
    for catalog in catalogs:
        with subtests.test(catalog), closed(rich.superuser, catalog):
            seen = rich.seen()
            some_blind += any(spot.object.startswith("every ") for spot in seen.blind)
            lacking = [r for r in missed(rich.whole, seen) if not is_blind(r, seen)]

            assert [r.label for r in lacking] == []
            assert all(spot.reason and spot.mend for spot in set(seen.blind) - set(rich.whole.blind))
    assert some_blind > len(catalogs) / 3
