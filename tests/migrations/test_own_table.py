"""The tool's own table while its migrations are walked: made first, written to by each, met by all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from pgassay.errors import MigrationError
from pgassay.migrations.direct import Direct
from pgassay.migrations.model import Migration, OwnTable, Piece, Script
from pgassay.migrations.own_table import with_own_table
from pgassay.migrations.sources.find import format_called
from pgassay.settings.formats import FORMATS

from .conftest import Project

pytestmark = pytest.mark.thorough

ODD = OwnTable(
    name='100 % "b".c 😀',
    schema="My %s schema.",
    setup=("CREATE TABLE {table} (id text)",),
    applied=("INSERT INTO {table} VALUES (%(key)s)",),
    reverted=("DELETE FROM {table} WHERE id = %(key)s",),
)
MADE = sorted(name for name in FORMATS if format_called(name).table.setup)


def step(key: str = "1", up: str = "SELECT 1", *, down: str = "SELECT 1", checksum: str = "12") -> Migration:
    scripts = [Script(sql=text, pieces=(Piece(text),)) for text in (up, down)]
    return Migration(
        version=int(key), name="one", path=Path(f"{key}_one.sql"), up=scripts[0], down=scripts[1], key=key,
        checksum=checksum, title=f"x.sql::one::me::{key}", project="shop",
    )  # fmt: skip


@pytest.fixture
def direct(project: Project) -> Iterator[Direct]:
    with closing(Direct(project.connector)) as direct:
        yield direct


@pytest.mark.parametrize("name", MADE)
def test_each_tool_reads_what_is_written(direct: Direct, name: str) -> None:
    found = format_called(name)
    one, two = with_own_table([step("1"), step("2", checksum="13")], found.table)
    for migration in (one, two):
        direct.up(migration)
    applied = found.read(direct.owner())
    assert applied is not None
    assert [row.problem for row in applied] == [None] * (1 if found.newest_only else 2)
    assert ("2" if name != "liquibase" else "x.sql::one::me::2") in {row.key for row in applied}


@pytest.mark.parametrize("name", [name for name in MADE if format_called(name).table.reverted])
def test_each_tool_forgets_what_went_down(direct: Direct, name: str) -> None:
    found = format_called(name)
    one, two = with_own_table([step("1"), step("2", checksum="13")], found.table)
    for go in (direct.up, direct.down):
        go(one)
    direct.up(one)
    direct.up(two)
    direct.down(two)
    applied = found.read(direct.owner()) or ()
    assert [row.key.removeprefix("x.sql::one::me::") for row in applied] == ["1"]
    direct.down(one)
    assert not found.read(direct.owner())


def test_odd_names_and_a_schema_of_its_own(direct: Direct, project: Project) -> None:
    direct.up(replace(step(), own_table=ODD))
    assert project.fetch(f"SELECT * FROM {ODD.dotted}") == [("1",)]


def test_it_is_there_when_the_first_migration_runs(direct: Direct, project: Project) -> None:
    ups = ("DELETE FROM _sqlx_migrations", "UPDATE _sqlx_migrations SET description = 'read'")
    for migration in with_own_table([step(str(n), up) for n, up in enumerate(ups, 1)], format_called("sqlx").table):
        direct.up(migration)
    assert project.fetch("SELECT version, description FROM _sqlx_migrations ORDER BY 1") == [(1, "read"), (2, "one")]


def test_a_migration_that_drops_it_fails_as_with_its_tool(direct: Direct) -> None:
    [migration] = with_own_table([step(up="DROP TABLE _sqlx_migrations")], format_called("sqlx").table)
    with pytest.raises(MigrationError, match=r'"1_one.sql": it ran to its end.* "_sqlx_migrations" does not exist'):
        direct.up(migration)


def test_an_owner_that_may_not_make_it(direct: Direct, project: Project) -> None:
    project.fetch(f'REVOKE ALL ON SCHEMA public FROM "{project.owner}"')
    with pytest.raises(MigrationError, match=r'"_sqlx_migrations".*cannot be made: .*permission denied') as caught:
        direct.up(*with_own_table([step()], format_called("sqlx").table))
    assert caught.value.hint == (
        "let schema/init give the owner CREATE on that schema, or say where the tool has it: assay_tracking"
    )


def test_a_migration_that_ends_all_sessions(direct: Direct, project: Project) -> None:
    others = "pid <> pg_backend_pid() AND usename = current_user"
    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"
    direct.up(replace(step(), own_table=ODD))
    direct.up(replace(step("2", ended), own_table=ODD))
    assert project.fetch(f"SELECT count(*) FROM {ODD.dotted}") == [(2,)]


@pytest.mark.parametrize("up", ["CREATE TABLE t (id int)", 'create  table public . "t"(id int)'])
def test_one_that_a_migration_makes_is_the_schemas(up: str) -> None:
    assert with_own_table([step(), step("2", up)], OwnTable(name="t"))[0].own_table is None


@pytest.mark.parametrize(
    "up", ["CREATE TABLE IF NOT EXISTS t (id int)", "CREATE TABLE tt (id int)", "CREATE TABLE x (t int)"]
)
def test_one_that_none_makes(up: str) -> None:
    assert with_own_table([step("1", up)], OwnTable(name="t"))[0].own_table == OwnTable(name="t")
