"""What only a trick can try without doing it; it tells those who can from those who cannot, and leaves nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pgassay.behaviors.access.cells import Tried
from pgassay.behaviors.access.disagreements import disagreements
from pgassay.behaviors.access.matrix import Matrix, try_matrix
from pgassay.catalog.read import read_catalog
from pgassay.catalog.record import PUBLIC, RoleName
from pgassay.servers.server import Server
from tests.behaviors.access.conftest import Build, Connection

pytestmark = pytest.mark.thorough

APP, BOSS, ODD, ROOT = map(RoleName, ("app", "boss", 'R. "x" 😀', "root"))
ROLES = [APP, BOSS, ROOT, PUBLIC]
HERE = "DO $$ BEGIN EXECUTE format('{}', current_database()); END $$;"


def tried(connection: Connection, roles: list[RoleName] = ROLES) -> Matrix:
    return try_matrix(connection, read_catalog(connection), roles=roles)


def outcomes(matrix: Matrix, label: str, action: str) -> dict[str, str]:
    """Return what came of it for each role but the superuser, who can."""
    cells = {role: matrix.by_key[role, label, action].tried for role in matrix.roles}
    told = {role: cell.outcome.value for role, cell in cells.items() if cell}
    assert told.pop(ROOT) == "yes"
    return dict(told.items())


def test_connect(build: Build) -> None:
    connection = build(
        HERE.format("REVOKE CONNECT ON DATABASE %I FROM PUBLIC")
        + HERE.format("GRANT CONNECT ON DATABASE %I TO boss")
        + 'GRANT pg_read_all_stats TO "R. ""x"" 😀"'
    )
    try:
        matrix = tried(connection, [*ROLES, ODD])
    finally:
        connection.execute('REVOKE pg_read_all_stats FROM "R. ""x"" 😀"')
    assert outcomes(matrix, "database", "CONNECT") == {"app": "no", "boss": "yes", PUBLIC: "no", ODD: "untried"}
    assert matrix.untried == {"CONNECT on database": "who may read all statistics is not asked for it"}
    assert disagreements(matrix) == []


@pytest.fixture
def space(roles: Server) -> Iterator[str]:
    """A tablespace."""
    with roles.connect() as connection:
        connection.execute("SET allow_in_place_tablespaces = on")
        connection.execute("CREATE TABLESPACE \"T. x 😀\" LOCATION ''")
    yield 'tablespace "T. x 😀"'
    with roles.connect() as connection:
        connection.execute('DROP TABLESPACE "T. x 😀"')


def test_a_tablespace(build: Build, space: str) -> None:
    connection = build('GRANT CREATE ON TABLESPACE "T. x 😀" TO boss')
    matrix = tried(connection)
    assert outcomes(matrix, space, "CREATE") == {"app": "no", "boss": "yes", PUBLIC: "no"}
    assert disagreements(matrix) == []


def test_the_database_s_own_tablespace_is_open(roles: Server, space: str) -> None:
    with roles.connect() as connection:
        connection.execute('CREATE DATABASE own TEMPLATE template0 TABLESPACE "T. x 😀"')
        with roles.connect("own") as inside:
            matrix = tried(inside)
        connection.execute("DROP DATABASE own WITH (FORCE)")
    assert matrix.untried == {f"CREATE on {space}": "it is the database's own, open to everybody"}


@pytest.fixture
def granted(roles: Server) -> Iterator[None]:
    """Parameters that boss may set, and write for the whole server."""
    if roles.major < 15:
        pytest.skip("privileges on parameters are there since 15")
    with roles.connect() as connection:
        connection.execute('GRANT SET, ALTER SYSTEM ON PARAMETER log_statement, search_path, "my.Own" TO boss')
        connection.execute("GRANT ALTER SYSTEM ON PARAMETER shared_buffers TO boss")
    yield
    with roles.connect() as connection:
        connection.execute('REVOKE ALL ON PARAMETER log_statement, search_path, "my.Own", shared_buffers FROM boss')


@pytest.mark.usefixtures("granted")
def test_a_parameter(build: Build) -> None:
    connection = build("SELECT")
    before = connection.execute("SELECT pg_read_file('postgresql.auto.conf')").fetchone()
    matrix = tried(connection)
    label = "parameter privileges {}".format
    assert outcomes(matrix, label("log_statement"), "SET") == {"app": "no", "boss": "yes", PUBLIC: "no"}
    for name in ("log_statement", "search_path", "shared_buffers"):
        told = outcomes(matrix, label(name), "ALTER SYSTEM")
        assert told == {"app": "no", "boss": "yes", PUBLIC: "untried"}
    assert set(matrix.untried.values()) == {"it goes into no transaction, and outside of one nobody is everybody"}
    assert connection.execute("SELECT pg_read_file('postgresql.auto.conf')").fetchone() == before
    assert connection.execute("SELECT current_user::text = session_user").fetchone() == (True,)


@pytest.mark.usefixtures("granted")
def test_a_parameter_that_everybody_may_set(build: Build) -> None:
    findings = disagreements(tried(build("SELECT")))
    assert {f.object for f in findings} == {
        "parameter privileges search_path for PUBLIC",
        'parameter privileges "my.own" for PUBLIC',
    }
    assert {(f.rule, f.found) for f in findings} == {
        ("access-without-privilege", "SET succeeds, as the role itself tries it")
    }
    assert findings[0].mend == "everybody may set this parameter: what is granted on it does nothing, so revoke that"


SEQUENCE = """
CREATE SEQUENCE q; CREATE SEQUENCE full_range MINVALUE -9223372036854775808; GRANT {} ON q, full_range TO app;
"""


@pytest.mark.parametrize("action", ["USAGE", "SELECT", "UPDATE"])
def test_one_privilege_on_a_sequence_is_not_taken_for_another(build: Build, action: str) -> None:
    connection = build(SEQUENCE.format(action))
    matrix = tried(connection)
    for label in ("sequence public.q", "sequence public.full_range"):
        told = {word: matrix.by_key[APP, label, word].tried for word in ("USAGE", "SELECT", "UPDATE")}
        assert [word for word, one in told.items() if one and one.outcome is Tried.DONE] == [action]
    assert connection.execute("SELECT is_called FROM q").fetchone() == (False,)


VIEWS = """
CREATE TABLE t (id int PRIMARY KEY, a text, g int GENERATED ALWAYS AS (1) STORED);
CREATE VIEW v AS SELECT *, upper(a) AS "Up. x" FROM t; CREATE VIEW counted AS SELECT count(*) AS n FROM t;
GRANT INSERT, UPDATE ON v, counted TO app;
"""


def test_columns_of_a_view_that_are_computed_do_not_keep_it_from_being_written(build: Build) -> None:
    matrix = tried(build(VIEWS))
    told = {
        (label, word): matrix.by_key[role, label, word].tried
        for role in (APP, BOSS)
        for label in ("view public.v", "view public.counted")
        for word in ("INSERT", "UPDATE")
        if role == APP or label.endswith("v")
    }
    assert {key: one.outcome.value for key, one in told.items() if one} == {
        ("view public.v", "INSERT"): "no",
        ("view public.v", "UPDATE"): "no",
        ("view public.counted", "INSERT"): "otherwise",
        ("view public.counted", "UPDATE"): "otherwise",
    }
    assert matrix.by_key[APP, "view public.v", "INSERT"].tried != matrix.by_key[BOSS, "view public.v", "INSERT"].tried


EVENT = """
CREATE FUNCTION deny() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no DDL today'; END $$;
CREATE TABLE t (a int); GRANT SELECT ON t TO app; CREATE PROCEDURE p() LANGUAGE sql AS 'SELECT 1';
CREATE EVENT TRIGGER deny ON ddl_command_start EXECUTE FUNCTION deny()
"""


def test_an_event_trigger_that_denies_all_ddl_denies_only_what_is_tried(build: Build) -> None:
    connection = build(EVENT)
    try:
        matrix = tried(connection)
    finally:
        connection.execute("DROP EVENT TRIGGER deny")
    cells = [matrix.by_key[APP, "table public.t", "SELECT"], matrix.by_key[APP, "procedure public.p()", "EXECUTE"]]
    assert [cell.tried.outcome for cell in cells if cell.tried] == [Tried.DONE] * 2
    boss = matrix.by_key[BOSS, "table public.t", "TRIGGER"].tried
    assert boss is not None
    assert (boss.outcome, boss.said) == (Tried.OTHERWISE, "no DDL today")
