"""The fixtures as a project's own tests use them."""

from __future__ import annotations

import pytest

from pgassay.servers.server import Server
from tests.project import Project, Run

pytestmark = pytest.mark.thorough

ROLE = 'App. "Ro\\le 😀'
"""A role that cannot log in, with everything in its name that a URL, libpq and SQL have a meaning for."""

INIT = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shop') THEN CREATE ROLE shop LOGIN; END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'App. "Ro\\le 😀') THEN CREATE ROLE "App. ""Ro\\le 😀"; END IF;
    EXECUTE format('GRANT CREATE ON DATABASE %I TO shop', current_database());
END $$;
CREATE SCHEMA IF NOT EXISTS s;
GRANT ALL ON SCHEMA s TO shop;
"""
CONFTEST = """
import pytest
from pgassay.testing import database_fixture

for_all = database_fixture(scope="session", role=ROLE)
before = database_fixture(scope="module", migrate_to="001", seed="seed.sql")
in_class = database_fixture(scope="class", migrate_to=0)

@pytest.fixture
def ask():
    def ask(database, query):
        with database.connection() as connection:
            return connection.execute(query).fetchall()
    return ask
"""
TESTS = """
import asyncio, os, subprocess, sys
import psycopg, pytest
from concurrent.futures import ThreadPoolExecutor
from hypothesis import given, settings, strategies

WHO = "SELECT current_user"
CONNECT = "import psycopg; print(psycopg.connect('').execute('SELECT current_user').fetchone()[0])"

@settings(max_examples=3, deadline=None)
@given(strategies.integers(0, 2**31 - 1))
def test_hypothesis_makes_a_database_an_example(assay_databases, number):
    with assay_databases.new() as database, database.tx() as connection:
        connection.execute("INSERT INTO s.users VALUES (%s)", [number])
        assert connection.execute("SELECT * FROM s.users").fetchall() == [(number,)]

def test_scopes_versions_seeds_and_roles(assay_db, for_all, before, in_class, ask):
    assert len({database.url for database in (assay_db, for_all, before, in_class)}) == 4
    assert (ask(assay_db, WHO), ask(for_all, WHO)) == ([("shop",)], [(ROLE,)])
    assert ask(before, "SELECT id FROM s.users") == [(7,)]
    assert "i" not in before.catalog().table("users").indexes
    assert "table" not in in_class.catalog().records

def test_a_role_wherever_the_url_goes(assay_db):
    app = assay_db.as_role(ROLE)
    assert psycopg.connect(app.url).execute(WHO).fetchone() == (ROLE,)
    for database, role in ((assay_db, "shop"), (app, ROLE)):
        environment = {**os.environ, **database.env(), "PYTHONUTF8": "1"}
        done = subprocess.run([sys.executable, "-c", CONNECT], env=environment, capture_output=True, check=True)
        assert done.stdout.decode().strip() == role

def test_an_event_loop(assay_url):
    async def look():
        async with await psycopg.AsyncConnection.connect(assay_url) as connection:
            return await (await connection.execute(WHO)).fetchone()
    assert asyncio.run(look()) == ("shop",)

def test_threads(assay_db, ask):
    with ThreadPoolExecutor(20) as threads:
        assert len(list(threads.map(lambda _: ask(assay_db, WHO), range(100)))) == 100

def test_what_is_wrong_with_a_name(assay_db):
    assay_db.catalog().table("user")
"""


@pytest.fixture
def shop(project: Project) -> Project:
    """A project whose own tests use the fixtures in every way."""
    project.write("schema/init/01.sql", INIT)
    project.write("seed.sql", "INSERT INTO s.users VALUES (7);")
    project.write("tests/conftest.py", f"ROLE = {ROLE!r}\n{CONFTEST}")
    project.write("tests/test_fixtures.py", f"ROLE = {ROLE!r}\n{TESTS}")
    return project


@pytest.mark.slow
def test_in_every_way(shop: Project, run_pytest: Run) -> None:
    result = run_pytest("tests/test_fixtures.py")
    result.assert_outcomes(passed=5, failed=1)
    result.stdout.fnmatch_lines(['*UnknownNameError: there is no table "user"', "E * hint: near it: s.users"])


@pytest.mark.nightly
def test_over_tcp_with_passwords(shop: Project, run_pytest: Run) -> None:
    shop.write(
        "tests/test_password.py",
        "def test_password(assay_db, assay_server):\n"
        "    for database in (assay_db, assay_db.as_role('postgres')):\n"
        "        password = database.conninfo.get('password')\n"
        "        assert password and password in database.url and password in database.sqlalchemy_url('asyncpg')\n"
        "        assert password not in repr(database) + repr(assay_server) + str(database.conninfo)\n",
    )
    result = run_pytest("-o", "assay_listen=tcp", "tests/test_fixtures.py", "tests/test_password.py")
    result.assert_outcomes(passed=6, failed=1)


def test_the_role_and_the_seed_of_the_settings(shop: Project, run_pytest: Run) -> None:
    shop.write(
        "tests/test_fixtures.py",
        "def test_it(assay_db):\n"
        "    with assay_db.connection() as connection:\n"
        "        assert connection.execute('SELECT current_user').fetchone() == (ROLE,)\n".replace("ROLE", repr(ROLE))
        + "    with assay_db.as_role('shop').connection() as connection:\n"
        "        assert connection.execute('SELECT id FROM s.users').fetchall() == [(7,)]\n",
    )
    run_pytest("tests/test_fixtures.py", "--assay-role", ROLE, "--assay-seed", "seed.sql").assert_outcomes(passed=1)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "message"),
    [
        ("--assay-role=shopp", ['there is no role "shopp" to act as', "hint: *near it: shop"]),
        ("--assay-seed=seeds.sql", ['there is no seed at "*seeds.sql"', "hint: *"]),
    ],
)
def test_a_setting_that_leads_nowhere(
    shop: Project, run_pytest: Run, option: str, message: list[str], server: Server
) -> None:
    result = run_pytest(option, "tests/test_fixtures.py", "-k", "event_loop")
    result.assert_outcomes(errors=1, deselected=5)
    result.stdout.fnmatch_lines(message, consecutive=True)
    assert "Traceback" not in result.stdout.str()
    assert "sandbox.py" not in result.stdout.str()
