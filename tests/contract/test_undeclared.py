from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import compare
from pgassay.catalog.read import read_catalog
from pgassay.contract.build import build_contract
from pgassay.contract.owner import FRESH_OWNER
from pgassay.contract.undeclared import with_real_owner
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings
from tests.contract.conftest import Load

SCHEMA = "CREATE TABLE t (id int); CREATE VIEW v AS SELECT FROM t; GRANT SELECT ON t TO PUBLIC;"


def contract_of(server: Server, load: Load) -> Catalog:
    name = scratch_name("contract")
    build_contract(server, load({"1.sql": SCHEMA}), Settings(root=Path()), name)
    with server.connect(name) as connection:
        catalog = read_catalog(connection)
    drop_database(server, name)
    return catalog


def real(server: Server, owner: str) -> Catalog:
    """A database of a server that has never heard of us, whose owner is not the objects' owner."""
    name = scratch_name("real")
    create_database(server, name)
    with server.connect(name) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} CREATEDB IN ROLE pg_monitor").format(sql.Identifier(owner)))
        connection.execute(sql.SQL("GRANT CREATE ON SCHEMA public TO {}").format(sql.Identifier(owner)))
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(owner)))
        connection.execute(SCHEMA)
        connection.execute("RESET ROLE")
        connection.execute(sql.SQL("REVOKE CREATE ON SCHEMA public FROM {}").format(sql.Identifier(owner)))
        catalog = read_catalog(connection)
    drop_database(server, name)
    without = [record for record in catalog if record.identity != (FRESH_OWNER,)]
    return Catalog.of(catalog.major, without, catalog.blind)


def test_whoever_owns_the_objects_stands_in(private_server: Server, load: Load) -> None:
    expected = contract_of(private_server, load)
    actual = real(private_server, 'The "boss"')
    assert compare(expected, actual) != ()
    assert compare(with_real_owner(expected, actual), actual) == ()


def test_nothing_is_changed_where_the_role_is_known(private_server: Server, load: Load) -> None:
    expected = contract_of(private_server, load)
    assert with_real_owner(expected, expected) is expected


def test_nothing_is_changed_where_the_contract_names_an_owner(server: Server) -> None:
    with psycopg.connect(server.conninfo.dsn, autocommit=True) as connection:
        catalog = read_catalog(connection)
    expected = Catalog.of(catalog.major, [r for r in catalog if r.identity != (FRESH_OWNER,)])
    assert with_real_owner(expected, catalog) is expected
