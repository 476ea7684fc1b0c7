from __future__ import annotations

from collections.abc import Callable

from psycopg import sql

from pgassay.catalog.catalog import Catalog
from pgassay.catalog.compare import compare
from pgassay.catalog.difference import Difference
from pgassay.catalog.read import read_catalog
from pgassay.conninfo import Conninfo
from pgassay.contract.looker import declared_in, without_looker
from pgassay.servers.server import Server


def read(server: Server, database: Conninfo, *statements: str, role: str) -> Catalog:
    with server.connect(database.get("dbname")) as connection:
        for statement in statements:
            names = {"database": sql.Identifier(database.get("dbname")), "role": sql.Identifier(role)}
            connection.execute(sql.SQL(statement).format(**names))
        return read_catalog(connection)


def own(catalog: Catalog, role: str) -> Catalog:
    """Leave out the roles of tests that run at the same time on this server."""
    return Catalog.of(catalog.major, [r for r in catalog if r.KIND not in {"role", "membership"} or role in r.identity])


def differences(expected: Catalog, actual: Catalog, role: str) -> list[Difference]:
    seen = without_looker(own(actual, role), role, declared=declared_in(expected))
    return list(compare(own(expected, role), seen))


def test_a_role_that_may_only_connect_is_no_difference(
    server: Server, database: Conninfo, role_name: Callable[..., str]
) -> None:
    role = role_name('lo"oker')
    before = read(server, database, "REVOKE CONNECT ON DATABASE {database} FROM PUBLIC", role=role)
    after = read(
        server, database, "CREATE ROLE {role} LOGIN", "GRANT CONNECT ON DATABASE {database} TO {role}", role=role
    )
    assert [d.kind for d in compare(own(before, role), own(after, role))] == ["role", "database"]
    assert differences(before, after, role) == []
    more = read(server, database, "GRANT CREATE ON DATABASE {database} TO {role}", role=role)
    assert [d.kind for d in differences(before, more, role)] == ["role", "database"]


def test_with_grant_option_it_is(server: Server, database: Conninfo, role_name: Callable[..., str]) -> None:
    role = role_name()
    before = read(server, database, role=role)
    grant = "GRANT CONNECT ON DATABASE {database} TO {role} WITH GRANT OPTION"
    after = read(server, database, "CREATE ROLE {role} LOGIN", grant, role=role)
    assert [d.kind for d in differences(before, after, role)] == ["role", "database"]


def test_a_role_of_the_contract_and_the_owner_are_compared_whole(
    server: Server, database: Conninfo, role_name: Callable[..., str]
) -> None:
    role = role_name()
    catalog = read(
        server, database, "CREATE ROLE {role} LOGIN", "GRANT CONNECT ON DATABASE {database} TO {role}", role=role
    )
    assert without_looker(catalog, role, declared=declared_in(catalog)) is catalog
    assert without_looker(catalog, "postgres", declared=()) is catalog
    owned = read(server, database, "ALTER DATABASE {database} OWNER TO {role}", role=role)
    assert without_looker(owned, role, declared=()) is owned
