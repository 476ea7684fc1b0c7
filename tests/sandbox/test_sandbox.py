"""Private databases: migrated, apart from one another, acted on as a role, and gone afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread

import psycopg
import pytest

from pgassay.contract.load import load_contract
from pgassay.errors import MigrationError, UsageError
from pgassay.migrations.sources.native import load
from pgassay.sandbox.async_database import AsyncScratchDatabase
from pgassay.sandbox.recipe import Recipe
from pgassay.sandbox.sandbox import Sandbox
from pgassay.sandbox.template import ensure_template
from pgassay.servers.rundir import RunDirectory
from pgassay.servers.server import Server
from pgassay.settings import Settings

ROOT = Path(__file__).parents[2]
SETTINGS = Settings(root=ROOT, schema=ROOT / "schema", migrations=ROOT / "migrations")
EXAMPLE = Recipe(init=load_contract(SETTINGS).init, migrations=load(ROOT / "migrations"))
ADD_ADA = "INSERT INTO users (email, name, password_hash) VALUES ('ada@example.org', 'Ada', 'x')"


@pytest.fixture
def run() -> Iterator[RunDirectory]:
    with RunDirectory.create() as run:
        yield run


@pytest.fixture
def sandbox(private_server: Server, run: RunDirectory) -> Iterator[Sandbox]:
    with closing(Sandbox(private_server, EXAMPLE, SETTINGS, run=run)) as sandbox:
        yield sandbox


def test_databases_are_migrated_and_apart(sandbox: Sandbox) -> None:
    with sandbox.new() as one, sandbox.new() as other:
        with one.tx() as connection:
            connection.execute(ADD_ADA)
        with other.connection() as connection:
            assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)
    sandbox.pool.settle()
    for _ in range(3):
        with sandbox.new() as database:
            assert database.value("SELECT count(*) FROM users") == 0


def test_the_session_that_was_opened_ahead_is_lent_again_and_again(sandbox: Sandbox) -> None:
    with sandbox.new() as database:
        first = database.value("SELECT pg_backend_pid()")
        with database.connection() as connection:
            connection.execute("CREATE TABLE kept ()")
        with pytest.raises(psycopg.errors.DivisionByZero), database.connection() as connection:
            connection.execute("DROP TABLE kept; SELECT 1 / 0")
        with database.connection() as connection:
            found = connection.execute("SELECT pg_backend_pid(), to_regclass('kept') IS NOT NULL").fetchone()
        assert found == (first, True)


def test_one_that_is_awaited_has_a_session_ahead_too(sandbox: Sandbox) -> None:
    async def use(database: AsyncScratchDatabase) -> list[object]:
        pids = [await database.value("SELECT pg_backend_pid()") for _ in range(2)]
        assert database._lender.place is None  # no pool was opened
        both = await asyncio.gather(*(database.value("SELECT pg_backend_pid()") for _ in range(2)))
        return [*pids, *both]

    with sandbox.new_async() as database:
        one, same, *others = asyncio.run(use(database))
    assert one == same
    assert one in others
    assert len(set(others)) == 2
    sandbox.pool.settle()
    with sandbox.new_async() as database:
        assert one not in asyncio.run(use(database))


def test_it_acts_as_the_owner_and_as_others(sandbox: Sandbox) -> None:
    who = "SELECT session_user, current_user"
    with sandbox.new() as database:
        with database.connection() as connection:
            assert connection.execute(who).fetchone() == ("app_owner", "app_owner")
        with database.as_role("app").connection() as connection:
            assert connection.execute(who).fetchone() == ("app", "app")
        with pytest.raises(psycopg.errors.InsufficientPrivilege), database.as_role("app_readonly").tx() as connection:
            connection.execute("SELECT password_hash FROM users")
    with sandbox.new(role="app") as database, database.connection() as connection:
        assert connection.execute(who).fetchone() == ("app", "app")


def test_a_role_that_cannot_log_in(sandbox: Sandbox) -> None:
    with sandbox.new(role="pg_monitor") as database:
        with database.connection() as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("pg_monitor",)
        with psycopg.connect(database.url) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("pg_monitor",)


def test_a_fresh_owner_where_there_is_no_init(private_server: Server, run: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "001-a.sql").write_text("-- migrate:up\nCREATE SCHEMA s; CREATE TABLE s.t (id int);\n-- migrate:down\n")
    sandbox = Sandbox(private_server, Recipe(migrations=load(tmp_path)), SETTINGS, run=run)
    with closing(sandbox), sandbox.new() as database, database.connection() as connection:
        assert connection.execute("SELECT session_user").fetchone() == ("pgassay_owner",)
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        assert connection.execute(owner).fetchone() == ("pgassay_owner",)
        connection.execute("CREATE SCHEMA other")


def test_migrate_to_a_version(sandbox: Sandbox) -> None:
    with sandbox.new(migrate_to="001") as database:
        assert [name for _, name in database.catalog().records["table"]] == ["users"]
    with sandbox.new(migrate_to=0) as database:
        assert "table" not in database.catalog().records


@pytest.mark.parametrize("version", [7, "007", "001-initial-schema", "", -1])
def test_a_version_that_is_not_there(sandbox: Sandbox, version: int | str) -> None:
    with pytest.raises(UsageError) as caught, sandbox.new(migrate_to=version):
        pass
    assert str(caught.value) == f'there is no migration "{version}" to stop at\nhint: there are: 0, 1, 2, 3'


def test_a_role_that_is_not_there(sandbox: Sandbox) -> None:
    with pytest.raises(UsageError, match='no role "ap"') as caught, sandbox.new(role="ap"):
        pass
    assert "near it: app" in (caught.value.hint or "")
    sandbox.pool.settle()
    assert sandbox.pool.workshop is None or sandbox.pool.workshop.known == set()  # nothing was made for it
    with sandbox.new() as database, pytest.raises(UsageError, match="app_owner"):
        database.as_role("nobody of this name")


def test_seeds(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "1.sql").write_text(ADD_ADA)
    (tmp_path / "2.sql").write_text(ADD_ADA.replace("ada@", "ida@"))
    for seed, rows in ((tmp_path / "1.sql", 1), (tmp_path, 2)):
        with sandbox.new(seed=seed) as database, database.connection() as connection:
            assert connection.execute("SELECT count(*) FROM users").fetchone() == (rows,)
    with pytest.raises(UsageError, match="no seed"), sandbox.new(seed=tmp_path / "3.sql"):
        pass


def test_a_pinned_database_is_rolled_back(sandbox: Sandbox) -> None:
    with sandbox.pinned() as database:
        with database.tx() as connection:
            connection.execute(ADD_ADA)
        with database.connection() as connection:
            assert connection.execute("SELECT count(*) FROM users").fetchone() == (1,)


def test_an_empty_database(sandbox: Sandbox) -> None:
    with sandbox.empty() as database:
        assert "table" not in database.catalog().records
        with database.connection() as connection:
            assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (
                True,
            )


def test_the_users_own_tool(private_server: Server, run: RunDirectory) -> None:
    urls: list[str] = []

    def migrate(url: str) -> None:
        urls.append(url)
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE made_by_a_tool (id int)")

    recipe = Recipe(init=EXAMPLE.init, migrate=migrate, run=run.name)
    with closing(Sandbox(private_server, recipe, SETTINGS, run=run)) as sandbox:
        for _ in range(2):
            with sandbox.new() as database:
                assert database.catalog().table("made_by_a_tool").owner == "app_owner"
        assert len(urls) == 1
        with pytest.raises(UsageError, match="own tool"), sandbox.new(migrate_to=1):
            pass


def test_a_failing_migration_leaves_no_template(private_server: Server, run: RunDirectory, tmp_path: Path) -> None:
    (tmp_path / "001-a.sql").write_text("-- migrate:up\nCREATE TABEL t ();\n-- migrate:down\n")
    sandbox = Sandbox(private_server, Recipe(migrations=load(tmp_path)), SETTINGS, run=run)
    errors = []
    for _ in range(2):
        with pytest.raises(MigrationError, match=r"001-a\.sql.*line 2") as caught, sandbox.new():
            pass
        errors.append(caught.value)
    assert errors[0] is errors[1]  # built once: a thousand tests would each wait for it
    with private_server.connect() as connection:
        templates = connection.execute("SELECT count(*) FROM pg_database WHERE datname ~ 'template_' AND datallowconn")
        assert templates.fetchone() == (0,)


def test_one_template_for_all_who_ask_at_once(private_server: Server, tmp_path: Path) -> None:
    (tmp_path / "001-a.sql").write_text("-- migrate:up\nCREATE TABLE t (); SELECT pg_sleep(0.1);\n-- migrate:down\n")
    recipe, names = Recipe(migrations=load(tmp_path)), []
    threads = [
        Thread(target=lambda: names.append(ensure_template(private_server, recipe, SETTINGS).name)) for _ in "123"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(names) == 3
    assert len(set(names)) == 1


def test_a_template_that_a_dead_builder_left_is_built_anew(
    private_server: Server, run: RunDirectory, tmp_path: Path
) -> None:
    (tmp_path / "001-a.sql").write_text("-- migrate:up\nCREATE TABLE left_over ();\n-- migrate:down\n")
    recipe = Recipe(migrations=load(tmp_path))
    template = ensure_template(private_server, recipe, SETTINGS)
    with private_server.connect() as connection:
        connection.execute(f"ALTER DATABASE {template.name} ALLOW_CONNECTIONS true".encode())
    with private_server.connect(template.name) as connection:
        connection.execute("DROP TABLE left_over")
    with closing(Sandbox(private_server, recipe, SETTINGS, run=run)) as sandbox, sandbox.new() as database:
        assert database.catalog().table("left_over")


CHANGES: list[Callable[[Recipe], Recipe]] = [
    lambda recipe: replace(recipe, owner="somebody"),
    lambda recipe: replace(recipe, migrations=recipe.migrations[:-1]),
    lambda recipe: replace(recipe, migrations=recipe.migrations[::-1]),
    lambda recipe: replace(recipe, init=()),
    lambda recipe: replace(recipe, init=(replace(recipe.init[0], sql="SELECT 1"), *recipe.init[1:])),
    lambda recipe: replace(recipe, seed=(ROOT / "README.md",)),
    lambda recipe: replace(recipe, migrate=print, run="a"),
    lambda recipe: replace(recipe, migrate=print, run="b"),
    lambda recipe: replace(recipe, migrate=print, run="b", inputs=(ROOT / "README.md",)),
]


def test_whatever_decides_is_in_the_digest() -> None:
    digests = [change(EXAMPLE).digest("15.1") for change in CHANGES]
    assert len({EXAMPLE.digest("15.1"), EXAMPLE.digest("15.2"), *digests}) == len(CHANGES) + 2


def test_a_run_does_not_count_where_the_tools_inputs_are_known() -> None:
    one, other = (replace(EXAMPLE, migrate=print, inputs=(ROOT / "README.md",), run=run) for run in "ab")
    assert one.digest() == other.digest()
