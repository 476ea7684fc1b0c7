from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from pgassay.contract.build import build_contract
from pgassay.contract.owner import FRESH_OWNER
from pgassay.errors import ContractError
from pgassay.servers.databases import drop_database, scratch_name
from pgassay.servers.server import Server
from pgassay.settings import Settings
from tests.contract.conftest import Load

Build = Callable[[dict[str, str]], psycopg.Connection[tuple[object, ...]]]


@pytest.fixture
def build(server: Server, load: Load) -> Iterator[Build]:
    """Build a contract and connect to what came out."""
    name = scratch_name("built")
    opened: list[psycopg.Connection[tuple[object, ...]]] = []

    def build_and_connect(files: dict[str, str]) -> psycopg.Connection[tuple[object, ...]]:
        build_contract(server, load(files), Settings(root=Path()), name)
        opened.append(server.connect(name))
        return opened[-1]

    yield build_and_connect
    for connection in opened:
        connection.close()
    drop_database(server, name)


def owners(connection: psycopg.Connection[tuple[object, ...]]) -> dict[object, object]:
    query = "SELECT relname, relowner::regrole::text FROM pg_class WHERE oid >= 16384 AND relkind = 'r'"
    return dict(connection.execute(query).fetchall())  # type: ignore[arg-type]


def test_files_run_as_the_owner_in_order(build: Build) -> None:
    built = build({"2.sql": "INSERT INTO t VALUES (1)", "1.sql": "CREATE TABLE t (x int)", "10.sql": "TRUNCATE t"})
    assert owners(built) == {"t": FRESH_OWNER}
    assert built.execute("SELECT count(*) FROM t").fetchone() == (0,)


def test_init_and_marked_files_run_as_superuser(build: Build) -> None:
    built = build(
        {
            "init/1.sql": "CREATE TABLE prepared ()",
            "1.sql": "-- contract superuser:true\nCREATE TABLE marked ()",
            "2.sql": "CREATE TABLE plain ()",
        }
    )
    assert owners(built) == {"prepared": "postgres", "marked": "postgres", "plain": FRESH_OWNER}


def test_what_one_file_sets_the_next_does_not_see(build: Build) -> None:
    built = build(
        {
            "1.sql": "CREATE SCHEMA s; SET search_path = s; SET ROLE NONE; CREATE TEMP TABLE x ()",
            "2.sql": "CREATE TABLE t (path text DEFAULT 1); CREATE TABLE x ()",
        }
    )
    tables = built.execute(
        "SELECT relnamespace::regnamespace::text || '.' || relname FROM pg_class WHERE relname = 'x'"
    )
    assert tables.fetchall() == [("public.x",)]


def test_the_owner_of_init_runs_the_files(build: Build, role_name: Callable[..., str]) -> None:
    role = role_name('Own "er" 🦉')
    name = sql.Identifier(role).as_string(None)
    grant = f"""
    CREATE ROLE {name};
    DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {name.replace("'", "''")}', current_database()); END $$;
    GRANT CREATE ON SCHEMA public TO {name};
    """
    built = build({"init/1.sql": grant, "1.sql": "CREATE TABLE t ()"})
    (owner,) = built.execute("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 't'").fetchone() or ()
    assert owner == role


def test_a_failure_names_file_line_and_statement_and_leaves_nothing(build: Build) -> None:
    with pytest.raises(ContractError) as caught:
        build({"shop/2.sql": "CREATE TABLE t ();\n\nCREATE TABLE u (\n  x nonsense\n);"})
    lines = str(caught.value).splitlines()
    assert lines[0].endswith('shop/2.sql", line 4: type "nonsense" does not exist [42704]')
    assert lines[1] == "  statement 2 of 2, CREATE TABLE, line 3: CREATE TABLE u ("
    assert caught.value.sqlstate == "42704"


def test_an_extension_that_the_server_lacks(build: Build) -> None:
    with pytest.raises(ContractError) as caught:
        build({"init/1.sql": "SELECT 1;\nCREATE EXTENSION IF NOT EXISTS no_such_thing;"})
    text = str(caught.value)
    assert 'init/1.sql", line 2' in text
    assert "statement 2 of 2, CREATE EXTENSION, line 2: CREATE EXTENSION IF NOT EXISTS no_such_thing" in text
    assert 'hint: this server lacks the extension "no_such_thing"' in text
    assert "--assay-server" in text
    assert "pgassay snapshot" in text


def test_what_the_owner_may_not_do_names_the_way_out(build: Build) -> None:
    with pytest.raises(ContractError) as caught:
        build({"1.sql": "CREATE EXTENSION pg_stat_statements"})
    assert str(caught.value).splitlines()[-1] == (
        "hint: Must be superuser to create this extension; the file runs as the owner: what only a superuser may do "
        'belongs into schema/init, or into a file that begins with "-- contract superuser:true"'
    )


def test_a_role_that_nobody_made_names_the_way_out(build: Build) -> None:
    with pytest.raises(
        ContractError, match=r"(?s)does not exist \[42704\].*hint: roles are made in schema/init, guarded"
    ):
        build({"1.sql": "CREATE TABLE t (); GRANT SELECT ON t TO nobody_made_me"})


def test_a_dump_by_a_newer_pg_dump_names_the_way_out(build: Build) -> None:
    with pytest.raises(ContractError, match=r"hint: a pg_dump that is newer than this server writes such lines"):
        build({"1.sql": "SET timeout_of_the_future = 0;\nCREATE TABLE t ();"})


def test_an_owner_without_rights_on_the_database_names_the_way_out(
    server: Server, load: Load, role_name: Callable[..., str]
) -> None:
    owner, name = role_name(), scratch_name("built")
    contract = load({"init/1.sql": f'CREATE ROLE "{owner}"', "1.sql": "CREATE SCHEMA s"})
    with pytest.raises(ContractError, match=r"hint: the file runs as the owner: let schema/init give it the database"):
        build_contract(server, contract, Settings(root=Path(), owner=owner), name)
    drop_database(server, name)


def test_a_commit_in_a_file_is_refused(build: Build) -> None:
    with pytest.raises(ContractError, match="COMMIT"):
        build({"1.sql": "CREATE TABLE t ();\nCOMMIT;\nCREATE TABLE u ();"})
