"""Roles that a test makes or changes: no database isolates them."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing

import pytest
from psycopg import sql

from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.sandbox import Sandbox
from pgassay.sandbox.workshop import Workshop
from pgassay.servers.server import Server
from tests.sandbox.support import as_superuser, bring_back, is_like_the_template

pytestmark = pytest.mark.thorough

OWN = "CREATE TABLE theirs (); ALTER TABLE theirs OWNER TO {0}; GRANT SELECT ON parent TO {0}"
JOINING = "import sys; from pgassay.servers.rundir import RunDirectory; RunDirectory.attach(sys.argv[1])"
ROLE = "SELECT FROM pg_roles WHERE rolname = %s"


@pytest.fixture
def role(private_server: Server) -> Iterator[str]:
    """The name of a role that a test makes; it is dropped where it stays."""
    name = f"made_{secrets.token_hex(3)}"
    yield name
    with private_server.connect() as connection:
        connection.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(name)))


def make_role(server: Server, name: str) -> None:
    with server.connect() as connection:
        connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(name)))


def is_there(server: Server, name: str) -> bool:
    with server.connect() as connection:
        return connection.execute(ROLE, [name]).fetchone() is not None


def assert_it_stays(sandbox: Sandbox, role: str) -> None:
    sandbox.pool.settle()
    assert is_there(sandbox.server, role)
    (notice,) = sandbox.notices()
    assert role in notice
    assert "they stay" in notice


@pytest.mark.parametrize("owns", [False, True])
def test_a_role_that_one_test_made(sandbox: Sandbox, template: dict[str, object], role: str, owns: bool) -> None:
    with sandbox.new() as database, as_superuser(database) as connection:
        make_role(sandbox.server, role)
        if owns:
            connection.execute(sql.SQL(OWN).format(sql.Identifier(role)))
    assert not bring_back(sandbox)
    assert not is_there(sandbox.server, role)
    assert is_like_the_template(sandbox, template)
    assert sandbox.notices() == []


def test_a_role_that_was_made_before(sandbox: Sandbox, template: dict[str, object], role: str) -> None:
    """As a fixture of the session does, while no database is out."""
    make_role(sandbox.server, role)
    for _ in range(2):
        assert is_like_the_template(sandbox, template)
    assert is_there(sandbox.server, role)
    assert sandbox.notices() == []


def test_a_role_that_one_of_two_made(sandbox: Sandbox, template: dict[str, object], role: str) -> None:
    with sandbox.new(), sandbox.new():
        make_role(sandbox.server, role)
    assert_it_stays(sandbox, role)


def test_a_role_that_one_of_two_processes_made(sandbox: Sandbox, template: dict[str, object], role: str) -> None:
    with closing(Workshop(sandbox.server, run=sandbox.run)):
        with sandbox.new():
            make_role(sandbox.server, role)
        assert_it_stays(sandbox, role)


def test_a_role_that_one_of_two_workers_may_have_made(sandbox: Sandbox, template: dict[str, object], role: str) -> None:
    """The other one has asked for no database yet: a fixture of its session makes roles before."""
    subprocess.run([sys.executable, "-c", JOINING, str(sandbox.run.path)], check=True)
    with sandbox.new():
        make_role(sandbox.server, role)
    assert_it_stays(sandbox, role)


def test_a_role_that_a_template_made(sandbox: Sandbox, template: dict[str, object], role: str) -> None:
    recipe = Recipe(migrate=lambda _: make_role(sandbox.server, role), run=role)
    with sandbox.new():
        sandbox.template(recipe)
    assert bring_back(sandbox)
    assert is_there(sandbox.server, role)
    assert sandbox.notices() == []


def test_a_role_that_was_changed(sandbox: Sandbox, template: dict[str, object]) -> None:
    with sandbox.new(), sandbox.server.connect() as connection:
        connection.execute("ALTER ROLE pgassay_owner CONNECTION LIMIT 100")
    sandbox.pool.settle()
    (notice,) = sandbox.notices()
    assert "roles, memberships" in notice
    with sandbox.server.connect() as connection:
        connection.execute("ALTER ROLE pgassay_owner CONNECTION LIMIT -1")
