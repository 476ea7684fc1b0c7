"""What statements cost, by pg_stat_statements; and why that may not be seen, with mends that are tried."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from pgassay.conninfo import Conninfo
from pgassay.errors import BlindError, UsageError
from pgassay.runtime import AsyncDatabase, Database, DatabaseSettings, StatementCost
from pgassay.runtime.costs import ORDERS
from pgassay.servers.binaries import Binaries
from pgassay.servers.databases import create_database, drop_database, scratch_name
from pgassay.servers.local import Options
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from tests.conftest import MAJORS, NEWEST
from tests.conftest import _binaries as binaries_of
from tests.runtime.mortal import mortal_server

ODD = ["plain", 'We"ird. Näme \\ 😀', "Capital", "pg-stat.statements"]
ONLY = {"app": "opfamily", "other": "conversion"}  # the catalog that only this role looks at
NAME = "pg_stat_statements"


@pytest.fixture(scope="module", params=sorted({NEWEST, MAJORS[-1]}), ids=lambda major: f"pg{major}")
def measured(request: pytest.FixtureRequest, run_directory: RunDirectory) -> Iterator[Server]:
    """A server of the module's own: on a shared one the statements of all tests would push these out."""
    with mortal_server(run_directory, binaries_of(request.param)) as mortal:
        with mortal.server.connect() as connection:
            for role in ("app", "other", 'Odd "role"'):
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        yield mortal.server


@pytest.fixture
def place(measured: Server) -> Iterator[Conninfo]:
    """A fresh database, as the superuser."""
    name = scratch_name("test")
    create_database(measured, name)
    yield measured.at(name)
    drop_database(measured, name)


@pytest.fixture
def root(place: Conninfo) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """The superuser, who mends."""
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        yield connection


def database(place: Conninfo, user: str = "postgres") -> Database:
    return Database(DatabaseSettings(url=place.with_(user=user), min_size=0, max_size=1))


def extend(root: psycopg.Connection[tuple[object, ...]], more: str = "") -> None:
    root.execute(f"CREATE EXTENSION {NAME} {more}".encode())


def blind(db: Database) -> BlindError:
    with pytest.raises(BlindError) as caught:
        db.statistics.top()
    assert caught.value.hint
    return caught.value


def find(costs: list[StatementCost], part: str) -> StatementCost:
    (found,) = [cost for cost in costs if part in (cost.query or "")]
    return found


def test_what_a_statement_has_cost(place: Conninfo, root: psycopg.Connection[tuple[object, ...]]) -> None:
    extend(root)
    with database(place) as db:
        for number in range(3):
            db.query(sql.SQL("SELECT generate_series(1, 1000 + {}) AS looked_for").format(number))
        costs = db.statistics.top(100)
    found = find(costs, "looked_for")
    assert found.query == "SELECT generate_series($1, $2 + $3) AS looked_for"
    assert (found.calls, found.rows) == (3, 3003)
    assert 0 < found.mean_time <= found.max_time <= found.total_time
    assert found.mean_time == pytest.approx(found.total_time / 3)
    assert 0 < found.share < 1
    assert sum(cost.share for cost in costs) == pytest.approx(1)


def test_every_order(place: Conninfo, root: psycopg.Connection[tuple[object, ...]]) -> None:
    extend(root)
    root.execute("CREATE TABLE t AS SELECT generate_series(1, 1000) AS a; SELECT pg_stat_statements_reset()")
    with database(place) as db:
        for times, statement in ((5, "SELECT 1 AS one"), (2, "SELECT a FROM t"), (1, "SELECT pg_sleep(0.01)")):
            for _ in range(times):
                db.query(statement)
        for by in ORDERS:
            figures = [getattr(cost, by) for cost in db.statistics.top(100, by=by)]
            assert figures == sorted(figures, reverse=True)
            assert len(figures) > 3
        first = {by: db.statistics.top(1, by=by)[0].query for by in ORDERS}
    assert first["total_time"] == first["mean_time"] == first["max_time"] == "SELECT pg_sleep($1)"
    assert first["rows"] == "SELECT a FROM t"


def test_an_unknown_order_is_told_with_the_near_one() -> None:
    with pytest.raises(UsageError, match='did you mean "total_time"'):
        Database("postgresql://localhost/x").statistics.top(by="totaltime")


def test_other_databases_are_left_out(place: Conninfo, root: psycopg.Connection[tuple[object, ...]]) -> None:
    extend(root)
    with database(place.with_(dbname="postgres")) as elsewhere:
        elsewhere.query("SELECT 1 AS somewhere_else")
    with database(place) as db:
        assert not [cost for cost in db.statistics.top(1000) if "somewhere_else" in (cost.query or "")]


def test_what_several_roles_executed_is_one_statement(
    place: Conninfo, root: psycopg.Connection[tuple[object, ...]]
) -> None:
    extend(root)
    for user in ("app", "other", 'Odd "role"', "postgres"):
        with database(place, user) as db:
            db.query("SELECT 1 AS asked_by_all")
    with database(place) as db:
        assert find(db.statistics.top(100), "asked_by_all").calls == 4


def test_statements_of_others_are_hidden_until_the_grant(
    place: Conninfo, root: psycopg.Connection[tuple[object, ...]]
) -> None:
    extend(root)
    for user in ("app", "other"):
        with database(place, user) as db:
            db.query("SELECT 1 AS asked_by_all")
            db.query(sql.SQL("SELECT FROM {}").format(sql.Identifier("pg_catalog", f"pg_{ONLY[user]}")))
    with database(place, "app") as db:
        costs = db.statistics.top(100)
        hidden = [cost for cost in costs if cost.query is None]
        assert len(hidden) == 1
        assert hidden[0].calls >= 2
        assert find(costs, ONLY["app"]).calls == find(costs, "asked_by_all").calls == 1
        assert not [cost for cost in costs if ONLY["other"] in (cost.query or "")]
    root.execute("GRANT pg_read_all_stats TO app")
    try:
        with database(place, "app") as db:
            costs = db.statistics.top(100)
            assert find(costs, ONLY["other"]).calls == 1
            assert find(costs, "asked_by_all").calls == 2
            assert None not in {cost.query for cost in costs}
    finally:
        root.execute("REVOKE pg_read_all_stats FROM app")


def test_without_the_extension(place: Conninfo, root: psycopg.Connection[tuple[object, ...]]) -> None:
    with database(place, "app") as db:
        error = blind(db)
        assert "the extension is not in this database" in str(error)
        root.execute(str(error.hint).encode())
        assert db.statistics.top()


def test_too_old_a_version(place: Conninfo, root: psycopg.Connection[tuple[object, ...]]) -> None:
    extend(root, "VERSION '1.7'")
    with database(place, "app") as db:
        error = blind(db)
        assert "the extension's version 1.7 is too old" in str(error)
        root.execute(str(error.hint).encode())
        assert db.statistics.top()


def test_what_is_not_granted(place: Conninfo, root: psycopg.Connection[tuple[object, ...]]) -> None:
    """First the schema, then the view in it; each grant is the one that was named."""
    for schema in ODD:
        home = sql.Identifier(schema)
        root.execute(sql.SQL("CREATE SCHEMA {0}; CREATE EXTENSION pg_stat_statements SCHEMA {0}").format(home))
        root.execute(sql.SQL("REVOKE SELECT ON {}.pg_stat_statements FROM PUBLIC").format(home))
        with database(place, 'Odd "role"') as db:
            error = blind(db)
            assert f'the schema "{schema}" may not be used' in str(error)
            root.execute(str(error.hint).encode())
            error = blind(db)
            assert "the view may not be read" in str(error)
            root.execute(str(error.hint).encode())
            assert db.statistics.top()
        root.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(home))


def test_passwords_are_masked(place: Conninfo, root: psycopg.Connection[tuple[object, ...]]) -> None:
    extend(root)
    root.execute("ALTER ROLE app PASSWORD 's3cret one'")
    root.execute("DO $$ BEGIN EXECUTE 'ALTER ROLE app PASSWORD ''s3cret two'''; END $$")
    root.execute("ALTER ROLE app PASSWORD NULL")
    with database(place) as db:
        said = [cost.query or "" for cost in db.statistics.top(1000)]
    assert [query for query in said if "ALTER ROLE app PASSWORD" in query]
    assert not [query for query in said if "s3cret" in query]


def test_the_asynchronous_one(place: Conninfo, root: psycopg.Connection[tuple[object, ...]]) -> None:
    extend(root)

    async def top() -> list[StatementCost]:
        async with AsyncDatabase(DatabaseSettings(url=place, min_size=0)) as db:
            await db.query("SELECT 1 AS asynchronous")
            return await db.statistics.top(100, by="calls")

    assert find(asyncio.run(top()), "asynchronous").calls == 1


def test_a_library_that_is_not_preloaded(run_directory: RunDirectory, binaries: Binaries) -> None:
    with mortal_server(run_directory, binaries, Options(preload=())) as mortal:
        with database(mortal.server.at("postgres")) as db:
            db.none("CREATE EXTENSION pg_stat_statements")
            error = blind(db)
            assert (error.sqlstate, "not preloaded" in error.message) == ("55000", True)
            db.none("CHECKPOINT")  # commits are not waited for on these servers
            assert error.hint == f"add {NAME} to shared_preload_libraries, and restart the server"
        mortal.stop()
        configure(mortal.data / "postgresql.conf")
        mortal.start()
        with database(mortal.server.at("postgres")) as db:
            assert db.statistics.top()


def configure(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\nshared_preload_libraries = '{NAME}'\n")
