"""On a server that outlives its runs: what is dropped at the beginning of a run, and what is not."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg import sql

from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.sandbox import Sandbox
from pgassay.sandbox.template import ensure_template
from pgassay.servers import registry
from pgassay.servers.databases import create_database, database_exists, drop_database, scratch_name
from pgassay.servers.left_overs import drop_left_overs
from pgassay.servers.mark import mark_scratch, require_scratch
from pgassay.servers.name_lock import try_name
from pgassay.servers.provider import adopt
from pgassay.servers.registry import left_over, register, take_up, this_place
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings

pytestmark = pytest.mark.thorough

SETTINGS = Settings(root=Path("/"))
DEAD = "/a/run/that/is/dead"


@pytest.fixture
def shared(private_server: Server, run: RunDirectory) -> Iterator[Server]:
    """A marked server as a run sees it."""
    mark_scratch(private_server.conninfo)
    yield replace(require_scratch(private_server.conninfo), run=str(run.path))
    with private_server.connect() as connection:
        names = connection.execute("SELECT datname FROM pg_database WHERE datname ~ '^pgassay_'").fetchall()
        for (name,) in names:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def age(server: Server, name: str, days: int) -> None:
    """Make what is written down about a database older."""
    query = "UPDATE pgassay_databases SET made = now() - %s * interval '1 day' WHERE name = %s"
    with server.connect() as connection:
        connection.execute(query, [days, name])


def make(server: Server, word: str, *, run: str, days: int = 0) -> str:
    """Make a database as a run that is dead, or lives somewhere else, would have; without a run it is a template."""
    name = scratch_name(word)
    create_database(replace(server, run=run or DEAD), name)
    with server.connect() as connection:
        if not run:
            take_up(connection, name)
    age(server, name, days)
    return name


def test_a_template_goes_a_day_after_its_last_use(shared: Server) -> None:
    old, fresh = make(shared, "old", run="", days=2), make(shared, "fresh", run="")
    assert drop_left_overs(shared) == [old]
    assert database_exists(shared, fresh)


def test_a_template_that_is_taken_up_stays(shared: Server) -> None:
    template = ensure_template(shared, Recipe(), SETTINGS).name
    age(shared, template, 2)
    assert ensure_template(shared, Recipe(), SETTINGS).name == template
    assert drop_left_overs(shared) == []
    age(shared, template, 2)
    assert drop_left_overs(shared) == [template]


def test_a_template_stays_while_a_run_makes_copies_of_it(shared: Server, run: RunDirectory) -> None:
    """However long the run takes, and whatever time passes between two copies."""
    with closing(Sandbox(shared, Recipe(), SETTINGS, run=run)) as sandbox:
        template = sandbox.template().name
        for _ in range(2):
            with sandbox.new() as database:
                database.none("CREATE SCHEMA made")  # so that another copy is wanted
            sandbox.pool.settle()
            age(shared, template, 2)
            assert drop_left_overs(shared) == []
    assert drop_left_overs(shared) == [template]


def test_a_template_stays_where_the_session_that_made_copies_of_it_is_lost(shared: Server, run: RunDirectory) -> None:
    with closing(Sandbox(shared, Recipe(), replace(SETTINGS, pool=1), run=run)) as sandbox, sandbox.new():
        template = sandbox.template().name
        sandbox.pool.settle()
        workshop = sandbox.pool.workshop
        assert workshop is not None
        with shared.connect() as connection:
            connection.execute("SELECT pg_terminate_backend(%s, 5000)", [workshop._admin.info.backend_pid])
        age(shared, template, 2)
        workshop.mend()
        assert drop_left_overs(shared) == []


def test_what_another_run_cannot_use_goes_with_its_run(shared: Server) -> None:
    tool = Recipe(migrate=lambda url: None, run="this one")
    template = ensure_template(replace(shared, run=DEAD), tool, SETTINGS).name
    assert drop_left_overs(shared) == [template]


def test_a_template_of_a_builder_that_was_killed_goes(shared: Server) -> None:
    half = make(shared, "template", run=DEAD)
    assert drop_left_overs(shared) == [half]


def test_a_template_that_is_being_copied_stays(shared: Server) -> None:
    template = make(shared, "template", run="", days=2)
    with shared.connect() as connection, connection.transaction():
        # The lock that CREATE DATABASE holds on what it copies, from a statement that ends when we want.
        connection.execute(sql.SQL("COMMENT ON DATABASE {} IS 'x'").format(sql.Identifier(template)))
        assert drop_left_overs(shared) == []
    assert drop_left_overs(shared) == [template]


def test_what_somebody_else_is_at_stays(shared: Server) -> None:
    dead = make(shared, "dead", run=DEAD)
    with shared.connect() as connection, try_name(connection, dead) as held:
        assert held
        assert drop_left_overs(shared) == []
    assert drop_left_overs(shared) == [dead]


def test_two_runs_that_begin_at_once_drop_everything_once(shared: Server) -> None:
    dead = [make(shared, "dead", run=DEAD) for _ in range(4)]
    with ThreadPoolExecutor(3) as threads:
        dropped = [name for names in threads.map(lambda _: drop_left_overs(shared), range(3)) for name in names]
    assert sorted(dropped) == sorted(dead)


def test_a_run_in_another_place_is_not_taken_for_dead(shared: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two containers of one host name, two users of one host: neither sees the other's run directories."""
    create_database(shared, name := scratch_name("mine"))
    here = this_place()
    monkeypatch.setattr(registry, "this_place", lambda: f"{here} elsewhere")
    assert drop_left_overs(replace(shared, run="/another/run")) == []
    age(shared, name, 2)
    with shared.connect(name):
        assert drop_left_overs(replace(shared, run="/another/run")) == []
    drop_database(shared, name)


def test_who_brings_a_server_gets_it_tidied_too(shared: Server, run: RunDirectory) -> None:
    dead = make(shared, "dead", run=DEAD)
    brought = adopt(replace(shared, run=""), run)
    assert not database_exists(brought, dead)
    create_database(brought, name := scratch_name("mine"))
    with brought.connect() as connection:
        assert left_over(connection) == []
        connection.execute("UPDATE pgassay_databases SET run = %s WHERE name = %s", [DEAD, name])
        assert left_over(connection) == [name]


def test_a_table_of_an_earlier_version_serves_on(shared: Server) -> None:
    """The columns are what they were from the first, and a plain host name is that of another place."""
    with shared.connect() as connection:
        register(connection, "pgassay_never_made", run=DEAD, template="template0")
        connection.execute("UPDATE pgassay_databases SET host = split_part(host, ' ', 1)")
        assert left_over(connection) == []
        connection.execute("UPDATE pgassay_databases SET made = made - interval '2 days'")
    assert drop_left_overs(shared) == ["pgassay_never_made"]
